//! Reads documents that nobody here wrote, where they lie beside the project, and compares verdicts with the official ones.
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;
use tidings_document::{Document, MemoryLoader, Settings, Severity, open, read};

/// Agreement below this is a regression, in percent.
const LEAST: usize = 90;

fn main() {
    let args = Arguments::from_args();
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let trials = vec![
        trial("corpus", &shared.join("corpus/manifest.jsonl"), corpus),
        trial(
            "specification_examples_are_valid",
            &shared.join("conformance/spec-embedded.manifest.json"),
            embedded,
        ),
        trial(
            "official_documents",
            &shared.join("conformance/documents.manifest.json"),
            documents,
        ),
        trial(
            "fragments",
            &shared.join("conformance/spec-json-schemas.fragments.json"),
            fragments,
        ),
    ];
    libtest_mimic::run(&args, trials).exit();
}

/// A test that is shown as ignored where its data is not there.
fn trial(name: &str, manifest: &Path, run: fn(&Path) -> Result<(), Failed>) -> Trial {
    let there = manifest.exists();
    let manifest = manifest.to_owned();
    Trial::test(name, move || run(&manifest)).with_ignored_flag(!there)
}

/// A document and what the official parser says of it.
struct Case {
    path: PathBuf,
    valid: bool,
    codes: Vec<String>,
    counts: bool,
}

fn corpus(manifest: &Path) -> Result<(), Failed> {
    let folder = manifest.parent().ok_or("no folder")?;
    let mut cases = Vec::new();
    for line in fs::read_to_string(manifest)?.lines() {
        let entry: Value = serde_json::from_str(line)?;
        cases.push(Case {
            path: folder.join(text(&entry["file"])),
            valid: entry["official"]["verdict"] == "valid",
            codes: texts(&entry["official"]["error_codes"]),
            counts: entry["network_dependent"] == false,
        });
    }
    compare("corpus", &cases, &folder.join("docs"), LEAST)
}

fn embedded(manifest: &Path) -> Result<(), Failed> {
    compare(
        "specification examples",
        &listed(manifest)?,
        manifest.parent().ok_or("no folder")?,
        100,
    )
}

fn documents(manifest: &Path) -> Result<(), Failed> {
    compare(
        "official documents",
        &listed(manifest)?,
        manifest.parent().ok_or("no folder")?,
        LEAST,
    )
}

fn listed(manifest: &Path) -> Result<Vec<Case>, Failed> {
    let folder = manifest.parent().ok_or("no folder")?;
    let entries: Value = serde_json::from_slice(&fs::read(manifest)?)?;
    let entries = entries.as_array().ok_or("the manifest is a list")?;
    let cases = entries.iter().map(|entry| Case {
        path: folder.join(text(&entry["file"])),
        valid: entry["expected"]["valid"] == true,
        codes: texts(&entry["expected"]["error_codes"]),
        counts: entry["expected"]["valid"].is_boolean(),
    });
    Ok(cases.filter(|case| case.path.is_file()).collect())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items.map(|item| text(item).to_owned()).collect()
}

/// Where an object of the specification stands in a document, as a pointer.
const PLACES: &[(&str, &str)] = &[
    ("APIKeyHTTPSecurityScheme", "/components/securitySchemes/x"),
    ("BearerHTTPSecurityScheme", "/components/securitySchemes/x"),
    ("HTTPSecurityScheme", "/components/securitySchemes/x"),
    (
        "NonBearerHTTPSecurityScheme",
        "/components/securitySchemes/x",
    ),
    ("SaslGssapiSecurityScheme", "/components/securitySchemes/x"),
    ("SaslPlainSecurityScheme", "/components/securitySchemes/x"),
    ("SaslScramSecurityScheme", "/components/securitySchemes/x"),
    ("SaslSecurityScheme", "/components/securitySchemes/x"),
    ("X509", "/components/securitySchemes/x"),
    ("apiKey", "/components/securitySchemes/x"),
    ("asymmetricEncryption", "/components/securitySchemes/x"),
    ("oauth2Flows", "/components/securitySchemes/x"),
    ("openIdConnect", "/components/securitySchemes/x"),
    ("symmetricEncryption", "/components/securitySchemes/x"),
    ("userPassword", "/components/securitySchemes/x"),
    ("channel", "/components/channels/x"),
    ("contact", "/info/contact"),
    ("correlationId", "/components/correlationIds/x"),
    ("info", "/info"),
    ("license", "/info/license"),
    ("messageExampleObject", "/components/messages/x/examples"),
    ("messageObject", "/components/messages/x"),
    ("messageTrait", "/components/messageTraits/x"),
    ("operation", "/components/operations/x"),
    ("operationReplyAddress", "/components/replyAddresses/x"),
    ("operationTrait", "/components/operationTraits/x"),
    ("parameter", "/components/parameters/x"),
    ("server", "/components/servers/x"),
    ("serverVariable", "/components/serverVariables/x"),
    ("tag", "/components/tags/x"),
];

/// Single objects with the verdict of the official meta-schema, each put into a document.
fn fragments(manifest: &Path) -> Result<(), Failed> {
    let cases: Value = serde_json::from_slice(&fs::read(manifest)?)?;
    let mut agree = 0;
    let mut report = String::new();
    for case in cases.as_array().into_iter().flatten() {
        let name = text(&case["schema_id"]).strip_prefix("http://asyncapi.com/definitions/3.0.0/");
        let name = name.and_then(|name| name.strip_suffix(".json"));
        let place = PLACES.iter().find(|(known, _)| Some(*known) == name);
        let Some((_, place)) = place else {
            continue;
        };
        let found = errors_in(&document_with(place, case["instance"].clone()))?;
        if found.is_empty() == (case["expected"]["valid"] == true) {
            agree += 1;
        } else {
            report.push_str(&format!("{} {} {found:?}\n", case["id"], case["name"]));
        }
    }
    let line = format!("{report}fragments: {agree} agree\n");
    std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes())?;
    if report.is_empty() {
        Ok(())
    } else {
        Err(report.into())
    }
}

/// A document that is valid but for what stands at a place.
fn document_with(place: &str, instance: Value) -> Value {
    let mut document =
        serde_json::json!({"asyncapi": "3.0.0", "info": {"title": "a", "version": "1"}});
    let mut at = &mut document;
    for step in place.split('/').skip(1) {
        at = &mut at[step];
    }
    *at = if place.ends_with("examples") {
        serde_json::json!([instance])
    } else {
        instance
    };
    document
}

/// What is wrong with a document, apart from references: a fragment refers to what is not there.
fn errors_in(document: &Value) -> Result<Vec<String>, Failed> {
    let loader = MemoryLoader::new([("/api.json", serde_json::to_vec(document)?)]);
    let settings = Settings {
        loader: Arc::new(loader),
        ..Settings::default()
    };
    let (document, _) = open(Path::new("/api.json"), &settings)?;
    let found = read(&document).1.into_iter();
    Ok(found
        .filter(|found| found.severity == Severity::Error)
        .map(|found| found.message)
        .collect())
}

fn compare(name: &str, cases: &[Case], root: &Path, least: usize) -> Result<(), Failed> {
    let settings = Settings {
        roots: vec![root.to_owned()],
        ..Settings::default()
    };
    let verbose = std::env::var_os("TIDINGS_CORPUS_SHOW").is_some();
    let mut agree = 0;
    let mut total = 0;
    let mut report = String::new();
    for case in cases {
        let started = Instant::now();
        let (document, diagnostics) = open(&case.path, &settings)?;
        let (_, more) = read(&document);
        let errors: Vec<_> = diagnostics.into_iter().chain(more).collect();
        let errors: Vec<_> = errors
            .iter()
            .filter(|found| found.severity == Severity::Error)
            .collect();
        let took = started.elapsed();
        if took.as_secs() >= 5 {
            return Err(format!("{} took {took:?}", case.path.display()).into());
        }
        // Some documents came without the files that they refer to.
        let incomplete =
            |found: &&tidings_document::Diagnostic| found.message.ends_with("does not exist");
        if !case.counts || (case.valid && errors.iter().any(incomplete)) {
            continue;
        }
        total += 1;
        if errors.is_empty() == case.valid {
            agree += 1;
        } else if verbose {
            let kind = if case.valid { "FALSE ERROR" } else { "MISSED" };
            report.push_str(&format!(
                "{kind} {} {:?}\n",
                case.path.display(),
                case.codes
            ));
            for found in errors.iter().take(3) {
                report.push_str(&format!("    {}\n", shown(&document, found)));
            }
        }
    }
    let percent = agree * 100 / total.max(1);
    let line = format!("{report}{name}: {agree}/{total} ({percent} %)\n");
    std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes())?;
    if percent < least {
        return Err(format!("{name}: only {percent} % agree").into());
    }
    Ok(())
}

fn shown(document: &Document, found: &tidings_document::Diagnostic) -> String {
    let at = document.sources().range(found.span).start;
    let path = document.sources().path(found.span.file);
    format!(
        "{}:{}:{} {}: {}",
        path.display(),
        at.line,
        at.column,
        found.rule.id,
        found.message
    )
}
