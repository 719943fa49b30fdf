//! Reports about unions, names and shapes of schemas, most of all in generated code.
use super::{Case, Finding, at, built, compiles, squeezed, without_error};

/// The documents of the report on discriminators, the message of each, and payloads to pass through its type.
pub(super) const TAGGED: [(&str, &str, &[&str]); 4] = [
    ("doc.yaml", "Parked", VEHICLES),
    ("file.yaml", "Parked", VEHICLES),
    ("names.yaml", "Parked", VEHICLES),
    ("inherit.yaml", "Fed", ANIMALS),
];

const VEHICLES: &[&str] = &[
    r#"{"sort":"car","doors":3}"#,
    r#"{"sort":"lorry","axles":3}"#,
    r#"{"sort":"lorry","doors":3}"#,
    r#"{"sort":"van","axles":2}"#,
];

const ANIMALS: &[&str] = &[
    r#"{"petType":"c","lives":9}"#,
    r#"{"petType":"d","bark":"loud"}"#,
    r#"{"petType":"hound","bark":"low"}"#,
    r#"{"petType":"Eel","volts":220.5}"#,
];

pub(super) fn prelude_names(case: &mut Case) {
    for name in ["doc.yaml", "more.yaml"] {
        without_error(case, name);
        compiles(case, name);
    }
}

pub(super) fn all_of_scalars(case: &mut Case) {
    without_error(case, "doc.yaml");
    compiles(case, "doc.yaml");
    let built_doc = built(case, "doc.yaml");
    let source = squeezed(built_doc);
    let defined = source.matches("pub struct Word ").count()
        + source.matches("pub struct Word(").count()
        + source.matches("pub type Word ").count();
    case.right("Word is one type", defined == 1);
    case.right(
        "Word is used by name",
        source.contains("pub one: Option<Word>") && source.contains("pub region: Word"),
    );
    let verdicts: Vec<_> = built_doc
        .trips
        .iter()
        .map(|trip| trip.text.is_some())
        .collect();
    case.right("Word keeps its bound", verdicts == [true, false]);
    let headers = ["pub version: ", "pub sent_at: ", "pub region: "];
    case.right(
        "the headers have all three",
        headers.iter().all(|field| source.contains(field)),
    );
    case.right(
        "list is a list of lists",
        source.contains("Vec<Vec<String>>"),
    );
    let (_, found) = case.findings("doc.yaml", &[]);
    let line = case.line("doc.yaml", "format: dateTime");
    let told = at(&found, line)
        .iter()
        .any(|it| it.says("dateTime") && it.mend.contains("date-time"));
    case.right("`dateTime` is told of, with `date-time`", told);
    without_error(case, "single-ref.yaml");
    compiles(case, "single-ref.yaml");
    let source = squeezed(built(case, "single-ref.yaml"));
    for (field, of) in [
        ("home", "Address"),
        ("work", "Address"),
        ("plain", "Address"),
        ("colour", "Colour"),
        ("tone", "Colour"),
    ] {
        let typed = source.contains(&format!("pub {field}: Option<{of}>"));
        case.right(format!("single-ref.yaml: {field} is {of}"), typed);
    }
}

pub(super) fn pattern_properties(case: &mut Case) {
    without_error(case, "doc.yaml");
    let page = case.page("doc.yaml");
    for pattern in ["^service:camera:[0-9]+$", "^x-", "^[a-zA-Z0-9]+$"] {
        case.right(
            format!("the page shows `{pattern}`"),
            page.contains(pattern),
        );
    }
    compiles(case, "doc.yaml");
    let built = built(case, "doc.yaml");
    let source = squeezed(built);
    let maps = source.contains("BTreeMap<String, Camera>") || built.notes.contains("type-opaque");
    case.right("a typed map, or a note that the type is lost", maps);
    let named = source.contains("service_camera") || source.contains("ServiceCamera");
    case.right(
        "nothing is named after a pattern",
        !source.is_empty() && !named,
    );
    case.right(
        "the tuple keeps its types",
        source.contains("(String, i64)"),
    );
}

pub(super) fn discriminator(case: &mut Case) {
    for name in ["doc.yaml", "file.yaml", "names.yaml", "inherit.yaml"] {
        let (code, found) = case.findings(name, &[]);
        let quiet = !found.iter().any(Finding::is_error);
        case.right(format!("{name}: valid"), code == 0 && quiet);
        let dialect = ["nullable", "exclusiveMinimum", "discriminator"];
        let foreign = found
            .iter()
            .any(|it| dialect.iter().any(|word| it.message.contains(word)));
        case.right(format!("{name}: keywords of OpenAPI are known"), !foreign);
        let overlap = found.iter().any(|it| it.rule == "one-of-overlap");
        case.right(format!("{name}: no branches overlap"), !overlap);
        compiles(case, name);
    }
    check_messages(case);
    for (document, _, payloads) in TAGGED {
        let branches = match document {
            "names.yaml" => &["Car", "Truck", "", "Truck"][..],
            "inherit.yaml" => &["Cat", "Dog", "Dog", "Eel"],
            _ => &["Car", "Truck", "", "any"],
        };
        let trips = &built(case, document).trips;
        for (index, (payload, branch)) in payloads.iter().zip(branches).enumerate() {
            let trip = trips.get(index);
            let right = match *branch {
                "" => trip.is_some_and(|trip| trip.text.is_none()),
                "any" => trip.is_some(),
                branch => {
                    trip.is_some_and(|trip| trip.text.is_some() && trip.shown.contains(branch))
                }
            };
            if *branch != "any" {
                let what = if branch.is_empty() { "refused" } else { branch };
                case.right(
                    format!("{document}: generated code: {payload} is {what}"),
                    right,
                );
            }
        }
    }
    let source = squeezed(built(case, "doc.yaml"));
    case.right(
        "generated code: told apart by `car` and `lorry`",
        source.contains("\"car\"") && source.contains("\"lorry\""),
    );
}

fn check_messages(case: &mut Case) {
    let [good, bad] = ["good.json", "bad.json"].map(|name| case.read(name));
    for name in ["doc.yaml", "file.yaml"] {
        let run = case.check(name, &["--message", "Parked"], &good);
        case.right(
            format!("{name}: message check: good.json passes"),
            run.code == 0,
        );
        let run = case.check(name, &["--message", "Parked"], &bad);
        let said = run.code == 0 || run.code == 1 && run.all().contains("Truck");
        case.right(
            format!("{name}: message check: bad.json has an answer"),
            said,
        );
        let wrong = case.check(
            name,
            &["--message", "Parked"],
            r#"{"sort":"lorry","doors":3}"#,
        );
        let closest =
            wrong.code == 1 && wrong.out.contains("`axles`") && !wrong.out.contains("`doors`");
        case.right(
            format!("{name}: message check: a lorry without axles is told so"),
            closest,
        );
    }
    for payload in &VEHICLES[..2] {
        let run = case.check("names.yaml", &["--message", "Parked"], payload);
        case.right(
            format!("names.yaml: message check: {payload} passes"),
            run.code == 0,
        );
    }
    for payload in ANIMALS {
        let run = case.check("inherit.yaml", &["--message", "Fed"], payload);
        let said =
            run.code == 0 || run.all().contains("overlap") || run.all().contains("more than one");
        case.right(
            format!("inherit.yaml: message check: {payload} passes, or it is said why not"),
            said,
        );
    }
}

pub(super) fn components_only(case: &mut Case) {
    without_error(case, "doc.yaml");
    compiles(case, "doc.yaml");
    let built = built(case, "doc.yaml");
    let page = case.page("doc.yaml");
    let empty = built.notes.contains("nothing to generate");
    for name in ["Thing", "Flag", "Text", "Lone"] {
        let made = ["struct", "type", "enum"].iter().any(|kind| {
            let source = squeezed(built);
            [" ", "("]
                .iter()
                .any(|end| source.contains(&format!("pub {kind} {name}{end}")))
        });
        case.right(
            format!("{name} is generated, or it is said why nothing is"),
            made || empty,
        );
        case.right(format!("the page lists {name}"), page.contains(name));
    }
}

pub(super) fn message_one_of(case: &mut Case) {
    without_error(case, "doc.yaml");
    let login = case.read("login.json");
    let signup = r#"{"shownName":"Kim"}"#;
    let neither = r#"{"shownName":5}"#;
    for (options, payload, code) in [
        (["--message", "signup"], signup, 0),
        (["--message", "login"], &login, 0),
        (["--message", "signup"], &login, 1),
        (["--message", "login"], signup, 1),
        (["--operation", "account"], &login, 0),
        (["--operation", "account"], signup, 0),
        (["--operation", "account"], neither, 1),
        (["--channel", "account"], &login, 0),
        (["--channel", "account"], signup, 0),
        (["--channel", "account"], neither, 1),
    ] {
        let run = case.check("doc.yaml", &options, payload);
        let check = format!(
            "{} {}: {} {}",
            options[0],
            options[1],
            payload.trim(),
            if code == 0 { "passes" } else { "fails" }
        );
        case.right(check, run.code == code);
    }
    compiles(case, "doc.yaml");
    let source = squeezed(built(case, "doc.yaml"));
    let both = source.split("pub enum ").skip(1).any(|rest| {
        let body = rest.split_once('}').map_or("", |parts| parts.0);
        body.contains("Signup(") && body.contains("Login(")
    });
    case.right("generated code: an enum of both", both);
}
