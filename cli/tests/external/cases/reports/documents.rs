//! Reports about the form of documents.
use super::{Case, Finding, at, crates, scratch};
use std::path::{Path, PathBuf};

pub(super) fn generated_json(case: &mut Case) {
    let (code, found) = case.findings("doc.json", &[]);
    let host = case.line("doc.json", "\"host\"");
    let scheme = at(&found, host).iter().any(|it| it.says("http://"));
    case.right("the scheme in `host` is told of", scheme);
    let of = case.line("doc.json", "\"enum\": []");
    let told = at(&found, of).iter().any(|it| it.says("enum"));
    case.right("the empty `enum` is told of", told);
    let examples = case.line("doc.json", "\"examples\"");
    let told = at(&found, examples).iter().any(|it| it.says("example"));
    case.right("the example that breaks it is told of", told);
    let key = case.line("doc.json", "\"Trace id header\": {");
    let told = at(&found, key)
        .iter()
        .any(|it| it.is_error() && it.says("Trace id header"));
    case.right("the key with spaces is an error", told && code == 1);
    let mended = mended_json(case.folder()).display().to_string();
    let built = crates::built(case.folder(), &mended);
    case.right(
        "mended: compiles without a warning",
        built.complaint.is_empty(),
    );
    let clash = built.source.split_whitespace().any(|word| {
        let word = word.trim_end_matches(['{', '(', ';', ',']);
        let is_type = word.starts_with(|c: char| c.is_ascii_uppercase());
        is_type && word.ends_with(|c: char| c.is_ascii_digit())
    });
    case.right(
        "mended: no numbered names",
        !built.source.is_empty() && !clash,
    );
    for name in ["Open", "Close"] {
        let named = built.source.contains(&format!("{name} {{"));
        case.right(format!("mended: there is a type for {name}"), named);
    }
}

/// The same document with what is told of put right.
pub(super) fn mended_json(cases: &Path) -> PathBuf {
    let document = cases.join("reports/09-generated-json/doc.json");
    let text = std::fs::read_to_string(document).unwrap_or_default();
    let text = text
        .replace("http://localhost", "localhost")
        .replace(", \"enum\": []", "");
    let path = scratch("mended.json");
    // Whoever comes first writes it, whole: cases run at the same time.
    if std::fs::read_to_string(&path).ok().as_ref()
        != Some(&text.replace("Trace id header", "TraceId"))
    {
        let own = scratch(&format!("mended-{:?}.json", std::thread::current().id()));
        std::fs::write(&own, text.replace("Trace id header", "TraceId")).expect("written");
        std::fs::rename(own, &path).expect("renamed");
    }
    path
}

pub(super) fn nested_one_of(case: &mut Case) {
    let (_, found) = case.findings("doc.yaml", &[]);
    let inner = case.line("doc.yaml", "          - oneOf:");
    let told = at(&found, inner).len() == 1 || at(&found, inner + 1).len() == 1;
    case.right("told at the inner `oneOf`", told);
    let named = found.iter().any(|it| it.is_told() && it.says("oneOf"));
    case.right("it is called so", named);
}

pub(super) fn messages_as_list(case: &mut Case) {
    let (code, found) = case.findings("doc.yaml", &[]);
    let line = case.line("doc.yaml", "    messages:");
    let told: Vec<_> = found
        .iter()
        .filter(|it| it.is_error() && (it.line == line || it.line == line + 1))
        .collect();
    case.right("one error at `messages`", code == 1 && told.len() == 1);
    let form = told
        .iter()
        .any(|it| it.mend.contains("StockReserved:") && it.mend.contains("$ref"));
    case.right("the help shows the map", form);
    let text = case.text("doc.yaml");
    let headings = text.headings();
    case.right(
        "the cause comes first",
        headings
            .first()
            .is_some_and(|it| it.starts_with("error") && it.contains("`messages`")),
    );
    let errors = headings.iter().filter(|it| it.starts_with("error")).count();
    case.right("at most one error follows from it", errors <= 2);
}

pub(super) fn inline_operation(case: &mut Case) {
    let (code, found) = case.findings("doc.yaml", &[]);
    let channel = case.line("doc.yaml", "    channel:");
    let item = case.line("doc.yaml", "      - name: Tick");
    let errors: Vec<_> = found.iter().filter(|it| it.is_error()).collect();
    let one = |lines: &[u64]| {
        let here: Vec<_> = errors
            .iter()
            .filter(|it| lines.contains(&it.line))
            .collect();
        here.len() == 1 && here[0].says("reference")
    };
    case.right(
        "`channel` must be a reference",
        one(&[channel, channel + 1]),
    );
    case.right("items of `messages` must be references", one(&[item]));
    case.right("no other error", code == 1 && errors.len() == 2);
    case.right("no empty name", !found.iter().any(|it| it.says("``")));
    let forms = errors.iter().all(|it| it.mend.contains("$ref"));
    case.right("each shows the form", forms);
}

pub(super) fn yaml_kinds(case: &mut Case) {
    let (code, found) = case.findings("doc.yaml", &[]);
    case.right("it fails", code == 1);
    let text = case.read("doc.yaml");
    let line = case.line("doc.yaml", "enum: [on");
    let whole = text
        .lines()
        .find(|it| it.contains("enum: [on"))
        .unwrap_or_default();
    let told = |value: &str| {
        let column = whole.find(value).unwrap_or_default() as u64 + 1;
        let about = |it: &Finding| it.message.contains("enum");
        found
            .iter()
            .any(|it| about(it) && it.places.contains(&(line, column)))
    };
    for value in ["~", "0o17", ".inf", "0x1F"] {
        case.right(format!("`{value}` is no string"), told(value));
    }
    for value in ["on,", "off", "yes", "NO", "12:30:45", "1_000"] {
        case.right(format!("`{value}` is a string"), !told(value));
    }
    let default = case.line("doc.yaml", "default: yes");
    case.right(
        "`default: yes` is no boolean",
        !at(&found, default).is_empty(),
    );
    let number = case.line("doc.yaml", "default: .5");
    case.right("`.5` is a number", at(&found, number).is_empty());
    let version = case.line("doc.yaml", "version: 1.10");
    let quoted = at(&found, version)
        .iter()
        .any(|it| it.is_error() && it.mend.contains("quotes"));
    case.right("`version` wants quotes", quoted);
    let resolved = !found.iter().any(|it| it.message.contains("messages/200"));
    case.right("the key 200 can be referred to", resolved);
    for (name, text) in [
        ("parameters", "    parameters:"),
        ("bindings", "    bindings:"),
        ("Null", "      Null:"),
    ] {
        let line = case.line("doc.yaml", text);
        let told = at(&found, line)
            .iter()
            .any(|it| it.says(name) && it.says("has no value"));
        case.right(format!("`{name}` has no value"), told);
    }
}

pub(super) fn bindings(case: &mut Case) {
    let (_, found) = case.findings("doc.yaml", &[]);
    let of = |text: &str| case_line(case, text);
    let [registry, partitions, topic, client] = [
        "schema registry:",
        "partitions:",
        "topicConfiguration:",
        "clientId:",
    ]
    .map(of);
    let told = |(line, column): (u64, u64), width: u64| {
        let here = at(&found, line);
        let exact = |it: &&Finding| it.column == column || it.column == column + width;
        here.len() == 1 && here.iter().all(exact)
    };
    case.right("`schema registry` is no protocol", told(registry, 0));
    case.right("`partitions` must be an integer", told(partitions, 12));
    case.right("`clientId` must be a schema", told(client, 10));
    case.right(
        "`topicConfiguration` is fine",
        at(&found, topic.0).is_empty(),
    );
    let known = found.iter().filter(|it| it.is_told()).count();
    case.right("each is an error or a warning, nothing else is", known == 3);
}

/// Line and column of a text.
fn case_line(case: &Case, text: &str) -> (u64, u64) {
    let all = case.read("doc.yaml");
    let line = all
        .lines()
        .find(|line| line.contains(text))
        .unwrap_or_default();
    let column = line.find(text).map_or(0, |at| at as u64 + 1);
    (case.line("doc.yaml", text), column)
}
