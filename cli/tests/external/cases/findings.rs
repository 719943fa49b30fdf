//! Single documents, judged by `validate`: what is right stands in the first line of each.
use super::case::{Case, Named};

pub(crate) const CASES: [Named; 17] = [
    ("binding-protocol-elsewhere.yaml", binding_elsewhere),
    ("contact-incomplete-which.yaml", contact_incomplete),
    ("content-type-malformed.yaml", content_type_malformed),
    ("default-outside-enum-v3.yaml", default_outside_enum),
    ("enum-one-finding-a-value.yaml", enum_of_other_type),
    ("example-singular-is-no-keyword.yaml", example_singular),
    ("headers-not-object.yaml", headers_not_object),
    ("host-trailing-slash-twice.yaml", host_trailing_slash),
    ("inline-channel-v3.yaml", inline_channel),
    ("json-codes-of-other-versions.yaml", codes_of_the_version),
    ("protobuf-google-type.yaml", protobuf_google_type),
    ("protobuf-same-error-many-times.yaml", protobuf_same_error),
    ("server-variable-ref-2.4.yaml", server_variable_reference),
    ("small-sound-v3.yaml", small_and_sound),
    ("unsatisfiable-no-reason.yaml", unsatisfiable),
    ("url-credentials-echoed.yaml", credentials),
    ("yaml-tab-line.yaml", tab_line),
];

fn binding_elsewhere(case: &mut Case) {
    let (code, found) = case.findings("", &[]);
    let line = case.line("", "mqtt: {}");
    let told = found
        .iter()
        .find(|it| it.line == line && it.message.contains("mqtt"));
    case.right(
        "a warning at the binding",
        told.is_some_and(|it| it.severity == "warning"),
    );
    case.right("nothing fails", code == 0);
}

fn contact_incomplete(case: &mut Case) {
    let (_, found) = case.findings("", &["--profile", "strict"]);
    let told: Vec<_> = found
        .iter()
        .filter(|it| it.message.contains("`contact`"))
        .collect();
    case.right(
        "strict: one finding names `url` alone",
        told.len() == 1
            && told[0].message.contains("`url`")
            && !told[0].message.contains("`name`")
            && !told[0].message.contains("`email`"),
    );
    let (_, found) = case.findings("", &[]);
    let quiet = !found.iter().any(|it| it.message.contains("contact"));
    case.right("not by default", quiet);
}

fn content_type_malformed(case: &mut Case) {
    let (_, found) = case.findings("", &[]);
    for (field, value) in [
        ("defaultContentType", "everything"),
        ("contentType", "json"),
    ] {
        let line = case
            .line("", &format!(" {field}: {value}"))
            .max(case.line("", &format!("{field}: {value}")));
        let told = found
            .iter()
            .any(|it| it.line == line && it.is_told() && it.says(value));
        case.right(format!("`{field}` is told of at its line"), told);
    }
}

fn default_outside_enum(case: &mut Case) {
    let (code, found) = case.findings("", &[]);
    case.right("no error", !found.iter().any(|it| it.is_error()));
    case.right("exit code 0", code == 0);
}

fn enum_of_other_type(case: &mut Case) {
    let run = case.text("");
    let about = run
        .headings()
        .iter()
        .filter(|it| it.contains("enum"))
        .count();
    case.right("one finding for people", about == 1);
    let (_, found) = case.findings("", &[]);
    let about: Vec<_> = found
        .iter()
        .filter(|it| it.message.contains("enum"))
        .collect();
    let all = [70, 73, 76, 79].iter().all(|column| {
        let place = (5, *column);
        about.iter().any(|it| it.places.contains(&place))
    });
    case.right("JSON has the place of each value", all);
}

fn example_singular(case: &mut Case) {
    let (code, found) = case.findings("", &[]);
    case.right(
        "no error",
        code == 0 && !found.iter().any(|it| it.is_error()),
    );
    let told: Vec<_> = found
        .iter()
        .filter(|it| it.message.contains("`example`"))
        .collect();
    case.right(
        "said once, with `examples` as a fix",
        told.len() == 1 && told[0].fix.contains("examples") && told[0].fix.contains("2022"),
    );
}

fn headers_not_object(case: &mut Case) {
    let (_, found) = case.findings("", &[]);
    let line = case.line("", "headers:");
    let told = found.iter().filter(|it| it.line == line && it.is_told());
    case.right("one error or warning at the headers", told.count() == 1);
}

fn host_trailing_slash(case: &mut Case) {
    let (_, found) = case.findings("", &["--profile", "strict"]);
    let line = case.line("", "host:");
    let told = found
        .iter()
        .filter(|it| it.line == line && it.says("slash"));
    case.right("told of", told.count() >= 1);
    let all = found
        .iter()
        .filter(|it| it.line == line && it.says("queue.example"));
    case.right("one finding", all.count() == 1);
}

fn inline_channel(case: &mut Case) {
    let (_, found) = case.findings("", &[]);
    let line = case.line("", "channel: {");
    let here: Vec<_> = found
        .iter()
        .filter(|it| it.line == line && it.is_told())
        .collect();
    case.right(
        "one type mismatch at the channel",
        here.len() == 1 && here[0].rule == "type-mismatch" && here[0].is_error(),
    );
    let errors: Vec<_> = found.iter().filter(|it| it.is_error()).collect();
    case.right(
        "no error but where a reference is asked for",
        errors
            .iter()
            .all(|it| it.rule == "type-mismatch" && it.says("reference")),
    );
    case.right(
        "no empty name",
        !found
            .iter()
            .any(|it| it.says("``") || it.says("channels//")),
    );
}

fn codes_of_the_version(case: &mut Case) {
    let (_, found) = case.findings("", &[]);
    let told = found.iter().find(|it| it.message.contains("`unused`"));
    case.right(
        "the code of version 3 alone",
        told.is_some_and(|it| it.codes == ["asyncapi3-channel-parameters"]),
    );
}

fn protobuf_google_type(case: &mut Case) {
    for profile in ["official", "recommended", "strict"] {
        let (code, found) = case.findings("", &["--profile", profile]);
        let quiet = !found.iter().any(|it| it.says("protobuf"));
        case.right(format!("{profile}: valid"), code == 0 && quiet);
    }
    let valid = case.check("", &["--message", "m"], r#"{"date": {"year": 2024}}"#);
    case.right("message check: valid", valid.code == 0);
    let invalid = case.check("", &["--message", "m"], r#"{"date": {"jahr": 2024}}"#);
    case.right("message check: invalid", invalid.code == 1);
    case.right(
        "message check: where",
        invalid.instances() == ["/date/jahr"],
    );
}

fn protobuf_same_error(case: &mut Case) {
    let run = case.text("");
    let headings = run.headings();
    let about: Vec<_> = headings.iter().filter(|it| it.contains("`rule`")).collect();
    case.right("told once", about.len() == 1);
    case.right("with the count", about.len() == 1 && run.out.contains('3'));
    let (_, found) = case.findings("", &[]);
    let places = (14..=16).all(|line| {
        found
            .iter()
            .any(|it| it.says("`rule`") && it.names_line(line))
    });
    case.right("JSON has every place", places);
}

fn server_variable_reference(case: &mut Case) {
    let line = case.line("", "variables:");
    let (_, found) = case.findings("", &["--profile", "official"]);
    let told = found.iter().any(|it| it.line == line && it.is_error());
    case.right("official: an error at the reference", told);
    let (code, found) = case.findings("", &[]);
    let quiet = !found.iter().any(|it| it.is_error());
    case.right("recommended: no error", quiet && code == 0);
}

fn small_and_sound(case: &mut Case) {
    let run = case.text("");
    case.right("exit code 0", run.code == 0);
    case.right("one finding at most", run.headings().len() <= 1);
    let (_, found) = case.findings("", &[]);
    let quiet = !found.iter().any(|it| it.is_told());
    case.right("no warning", quiet);
}

fn unsatisfiable(case: &mut Case) {
    let (_, found) = case.findings("", &[]);
    let told = found.iter().find(|it| it.rule == "schema-unsatisfiable");
    case.right("told of", told.is_some_and(|it| it.is_told()));
    let told = told.filter(|it| it.says("kind"));
    case.right("names the property", told.is_some());
    case.right(
        "names both values",
        told.is_some_and(|it| it.says("Work") && it.says("Mail")),
    );
}

fn credentials(case: &mut Case) {
    const SECRET: &str = "not-a-real-secret";
    for profile in ["official", "recommended", "strict"] {
        for format in [
            "text", "concise", "json", "sarif", "junit", "github", "gitlab", "spectral",
        ] {
            let run = case.validate("", &["--profile", profile, "--format", format]);
            let clean = !run.all().contains(SECRET);
            case.right(format!("{profile}: no secret as {format}"), clean);
        }
    }
    let run = case.validate("", &["--diff"]);
    case.right("no secret in a diff", !run.all().contains(SECRET));
    let page = case.page("");
    case.right(
        "no secret on the page",
        !page.is_empty() && !page.contains(SECRET),
    );
    let line = case.line("", "url:");
    for profile in ["recommended", "strict"] {
        let (_, found) = case.findings("", &["--profile", profile]);
        let told = found.iter().find(|it| it.rule == "credentials-in-document");
        case.right(
            format!("{profile}: a warning of its own"),
            told.is_some_and(|it| it.severity == "warning" && it.line == line),
        );
    }
}

fn tab_line(case: &mut Case) {
    let (_, found) = case.findings("", &[]);
    let line = case.line("", "\ttitle");
    case.right(
        "one syntax error, at the line of the tab",
        found.len() == 1 && found[0].rule == "syntax-error" && found[0].line == line,
    );
    case.right(
        "it speaks of the tab",
        found.iter().any(|it| it.says("tab")),
    );
}
