//! Single objects with the verdicts of the official meta-schemas, from `../shared/conformance` where it lies beside the
//! repository: each is put into a document and read.
use std::{fs, io::Write, path::Path, sync::Arc};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use serde_json::{Value, json};
use tidings_document::{MemoryLoader, Settings, Severity, open, read};

/// Agreement below this is a regression, in percent.
const BAR: f64 = 98.0;

fn main() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let manifest = shared.join("conformance/spec-json-schemas.fragments.json");
    let trial = if manifest.exists() {
        Trial::test("fragments", move || fragments(&manifest))
    } else {
        Trial::ignorable_test("fragments", || {
            Ok(Completion::ignored_with(
                "no ../shared/conformance beside the repository",
            ))
        })
    };
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit();
}

/// Where an object of the specification stands in a document, and what its place asks for besides, which the schema of the
/// object alone does not.
struct Place {
    pointer: String,
    besides: Value,
}

/// Objects by the name of their definition.
const PLACES: &[(&str, &str)] = &[
    ("APIKeyHTTPSecurityScheme", "/components/securitySchemes/x"),
    ("BearerHTTPSecurityScheme", "/components/securitySchemes/x"),
    ("HTTPSecurityScheme", "/components/securitySchemes/x"),
    (
        "NonBearerHTTPSecurityScheme",
        "/components/securitySchemes/x",
    ),
    ("Reference", "/components/schemas/x"),
    ("SaslGssapiSecurityScheme", "/components/securitySchemes/x"),
    ("SaslPlainSecurityScheme", "/components/securitySchemes/x"),
    ("SaslScramSecurityScheme", "/components/securitySchemes/x"),
    ("SaslSecurityScheme", "/components/securitySchemes/x"),
    ("X509", "/components/securitySchemes/x"),
    ("apiKey", "/components/securitySchemes/x"),
    ("asymmetricEncryption", "/components/securitySchemes/x"),
    ("channel", "/components/channels/x"),
    ("contact", "/info/contact"),
    ("correlationId", "/components/correlationIds/x"),
    ("info", "/info"),
    ("infoExtensions", "/info"),
    ("license", "/info/license"),
    ("messageExampleObject", "/components/messages/x/examples"),
    ("messageObject", "/components/messages/x"),
    ("messageTrait", "/components/messageTraits/x"),
    ("oauth2Flows", "/components/securitySchemes/x"),
    ("openIdConnect", "/components/securitySchemes/x"),
    ("operation", "/components/operations/x"),
    ("operationReplyAddress", "/components/replyAddresses/x"),
    ("operationTrait", "/components/operationTraits/x"),
    ("parameter", "/components/parameters/x"),
    ("server", "/components/servers/x"),
    ("serverVariable", "/components/serverVariables/x"),
    ("symmetricEncryption", "/components/securitySchemes/x"),
    ("tag", "/components/tags/x"),
    ("userPassword", "/components/securitySchemes/x"),
];

/// Bindings that no document of version 3 can name: its meta-schemas do not hold these versions.
const OLD_BINDINGS: &[(&str, &str)] = &[
    ("amqp", "0.2.0"),
    ("googlepubsub", "0.1.0"),
    ("http", "0.1.0"),
    ("kafka", "0.1.0"),
    ("mqtt", "0.1.0"),
];

const FLOWS: &[(&str, &str)] = &[
    ("OAuth2 Authorization Code Flow", "authorizationCode"),
    ("OAuth2 Client Credentials Flow", "clientCredentials"),
    ("OAuth2 Implicit Flow", "implicit"),
    ("OAuth2 Password Flow", "password"),
];

fn place_of(id: &str, name: &str) -> Option<Place> {
    let rest = id.strip_prefix("http://asyncapi.com/")?;
    let rest = rest.strip_suffix(".json")?;
    if let Some(definition) = rest.strip_prefix("definitions/3.0.0/") {
        return match definition {
            "oauth2Flow" => flow(name),
            _ => definition_place(definition),
        };
    }
    let mut parts = rest.strip_prefix("bindings/")?.split('/');
    let (protocol, version, kind) = (parts.next()?, parts.next()?, parts.next()?);
    if OLD_BINDINGS.contains(&(protocol, version)) {
        return None;
    }
    let protocol = match protocol {
        "websockets" => "ws",
        other => other,
    };
    Some(Place {
        pointer: format!("/components/{kind}Bindings/x/{protocol}"),
        besides: json!({"bindingVersion": version}),
    })
}

fn definition_place(definition: &str) -> Option<Place> {
    let (_, pointer) = PLACES.iter().find(|(known, _)| *known == definition)?;
    let besides = match definition {
        "infoExtensions" => json!({"title": "a", "version": "1"}),
        _ => json!({}),
    };
    Some(Place {
        pointer: (*pointer).to_owned(),
        besides,
    })
}

/// The kind of a flow stands only in the name of its case; each kind has URLs that it must have.
fn flow(name: &str) -> Option<Place> {
    let (_, key) = FLOWS.iter().find(|(start, _)| name.starts_with(start))?;
    let mut besides = json!({"availableScopes": {}});
    if matches!(*key, "authorizationCode" | "implicit") {
        besides["authorizationUrl"] = json!("https://example.com/authorize");
    }
    if *key != "implicit" {
        besides["tokenUrl"] = json!("https://example.com/token");
    }
    Some(Place {
        pointer: format!("/components/securitySchemes/x/flows/{key}"),
        besides,
    })
}

fn fragments(manifest: &Path) -> Result<(), Failed> {
    let cases: Value = serde_json::from_slice(&fs::read(manifest)?)?;
    let (mut passed, mut total) = (0, 0);
    let mut report = String::new();
    for case in cases.as_array().into_iter().flatten() {
        let text = |name: &str| case[name].as_str().unwrap_or_default();
        let Some(place) = place_of(text("schema_id"), text("name")) else {
            continue;
        };
        total += 1;
        let found = errors_in(&document_with(&place, case["instance"].clone()))?;
        if found.is_empty() == (case["expected"]["valid"] == true) {
            passed += 1;
        } else {
            report.push_str(&format!("{} {} {found:?}\n", text("id"), text("name")));
        }
    }
    let percent = f64::from(passed) * 100.0 / f64::from(total.max(1));
    let line = format!("{report}spec-json-schemas.fragments: {passed}/{total} ({percent:.1} %)\n");
    std::io::stderr().write_all(line.as_bytes())?;
    if percent < BAR {
        return Err(format!("below {BAR} %").into());
    }
    Ok(())
}

/// A document that is valid but for what stands at a place.
fn document_with(place: &Place, mut instance: Value) -> Value {
    if let (Some(instance), Some(besides)) = (instance.as_object_mut(), place.besides.as_object()) {
        for (name, value) in besides {
            instance.entry(name).or_insert(value.clone());
        }
    }
    let mut document = json!({"asyncapi": "3.0.0", "info": {"title": "a", "version": "1"}});
    let mut at = &mut document;
    for step in place.pointer.split('/').skip(1) {
        at = &mut at[step];
    }
    *at = match place.pointer.ends_with("examples") {
        true => json!([instance]),
        false => instance,
    };
    if place.pointer.contains("/flows/") {
        document["components"]["securitySchemes"]["x"]["type"] = json!("oauth2");
    }
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
