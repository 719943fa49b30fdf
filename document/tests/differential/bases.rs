//! The documents that mutations begin with: valid ones in one file, from this repository, from what lies beside it, and made
//! of the examples in the meta-schemas; those of one version also under its neighbours'.
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use tidings_document::{Settings, open};

use crate::{
    official::{Official, VERSIONS, minimal},
    ours,
    pointer::{below, steps},
};

/// Bytes of a base document as JSON: larger ones would only take longer.
const LARGEST: usize = 24_000;

pub(crate) struct Base {
    pub(crate) name: String,
    pub(crate) document: Value,
}

/// An object or a list in a base document.
pub(crate) struct Site {
    pub(crate) base: usize,
    pub(crate) pointer: String,
}

/// Base documents and what can be mutated in them, by kind of object.
pub(crate) struct Bases {
    pub(crate) all: Vec<Base>,
    pub(crate) kinds: Vec<Vec<Site>>,
    /// Base documents on which the judges differ before any mutation.
    pub(crate) differing: Vec<String>,
}

impl Bases {
    pub(crate) fn collect(official: &Official) -> Self {
        let mut candidates = Vec::new();
        for folder in FOLDERS {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
            let mut files = Vec::new();
            walk(&folder, &mut files);
            candidates.extend(files.iter().filter_map(|file| read(file)));
        }
        for (version, schema) in &official.schemas {
            candidates.extend(from_examples(version, schema));
        }
        let mut bases = Self {
            all: Vec::new(),
            kinds: Vec::new(),
            differing: Vec::new(),
        };
        let mut known = BTreeSet::new();
        for base in candidates.into_iter().flat_map(under_neighbours) {
            let text = base.document.to_string();
            if text.len() > LARGEST || !known.insert(text.clone()) {
                continue;
            }
            let Some(expected) = official.judge(&base.document, "/") else {
                continue;
            };
            let found = ours::judge(text, "json");
            if found.is_empty() != expected.is_empty() {
                let both = found.iter().chain(&expected).take(3);
                let said: Vec<_> = both.map(ToString::to_string).collect();
                bases
                    .differing
                    .push(format!("{}: {}", base.name, said.join("; ")));
            } else if expected.is_empty() {
                bases.all.push(base);
            }
        }
        bases.find_sites();
        bases
    }

    fn find_sites(&mut self) {
        let mut kinds: BTreeMap<String, Vec<Site>> = BTreeMap::new();
        for (base, document) in self.all.iter().enumerate() {
            let mut todo = vec![(String::new(), &document.document)];
            while let Some((pointer, value)) = todo.pop() {
                match value {
                    Value::Object(object) => todo.extend(
                        object
                            .iter()
                            .map(|(key, value)| (below(&pointer, key), value)),
                    ),
                    Value::Array(items) => todo.extend(
                        items
                            .iter()
                            .enumerate()
                            .map(|(at, value)| (below(&pointer, &at.to_string()), value)),
                    ),
                    _ => continue,
                }
                let kind = kind(&document.document, &pointer);
                kinds.entry(kind).or_default().push(Site { base, pointer });
            }
        }
        self.kinds = kinds.into_values().collect();
    }
}

/// Where base documents are looked for.
const FOLDERS: &[&str] = &[
    "../specs",
    "../tests/documents",
    "../../shared/conformance/spec-embedded",
    "../../shared/conformance/spec-examples",
    "../../shared/conformance/parser-js-docs",
    "../../shared/corpus/docs",
];

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            walk(&path, files);
        } else if path
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml" || end == "json")
        {
            files.push(path);
        }
    }
}

fn read(file: &Path) -> Option<Base> {
    if fs::metadata(file).ok()?.len() > 2 * LARGEST as u64 {
        return None;
    }
    let (document, _) = open(file, &Settings::default()).ok()?;
    if document.sources().len() > 1 {
        return None;
    }
    let value = document.root()?.to_json();
    value.get("asyncapi")?;
    Some(Base {
        name: file.to_string_lossy().into_owned(),
        document: value,
    })
}

/// The document under its own version, and under the others of the same major one.
fn under_neighbours(base: Base) -> Vec<Base> {
    let own = base.document["asyncapi"].as_str().unwrap_or_default();
    let mut all: Vec<Base> = VERSIONS
        .iter()
        .filter(|version| **version != own && version.get(..1) == own.get(..1))
        .map(|version| {
            let mut document = base.document.clone();
            document["asyncapi"] = json!(version);
            let name = format!("{} as {version}", base.name);
            Base { name, document }
        })
        .collect();
    all.insert(0, base);
    all
}

/// A document for each example of a definition.
fn from_examples(version: &str, schema: &Value) -> Vec<Base> {
    let mut all = Vec::new();
    for (id, definition) in schema["definitions"].as_object().into_iter().flatten() {
        let Some((pointer, besides)) = place_of(id, version) else {
            continue;
        };
        let examples = definition["examples"].as_array();
        for (at, example) in examples.into_iter().flatten().enumerate() {
            let mut example = example.clone();
            for (name, value) in besides.as_object().into_iter().flatten() {
                if let Some(object) = example.as_object_mut() {
                    object.insert(name.clone(), value.clone());
                }
            }
            let mut document = minimal(version);
            let mut place = &mut document;
            for step in steps(&pointer) {
                place = &mut place[step];
            }
            *place = example;
            let name = format!("{id} example {at}");
            all.push(Base { name, document });
        }
    }
    all
}

/// Where an example of a definition may stand, and what it needs besides.
fn place_of(id: &str, version: &str) -> Option<(String, Value)> {
    let rest = id.strip_prefix("http://asyncapi.com/")?;
    let rest = rest.strip_suffix(".json")?;
    if let Some(binding) = rest.strip_prefix("bindings/") {
        let mut parts = binding.split('/');
        let (protocol, version, kind) = (parts.next()?, parts.next()?, parts.next()?);
        let protocol = protocol.replace("websockets", "ws");
        let pointer = format!("/components/{kind}Bindings/x/{protocol}");
        return Some((pointer, json!({"bindingVersion": version})));
    }
    let name = rest.rsplit('/').next()?;
    let (_, pointer) = PLACES.iter().find(|(known, _)| *known == name)?;
    let pointer = match name {
        "operation" if version.starts_with('2') => "/channels/x/publish",
        _ => pointer,
    };
    Some((pointer.to_owned(), json!({})))
}

const PLACES: &[(&str, &str)] = &[
    ("info", "/info"),
    ("contact", "/info/contact"),
    ("license", "/info/license"),
    ("servers", "/servers"),
    ("server", "/servers/x"),
    ("serverVariable", "/servers/x/variables/x"),
    ("channels", "/channels"),
    ("channel", "/channels/x"),
    ("channelItem", "/channels/x"),
    ("parameters", "/channels/x/parameters"),
    ("parameter", "/components/parameters/x"),
    ("operations", "/operations"),
    ("operation", "/operations/x"),
    ("operationTrait", "/components/operationTraits/x"),
    ("operationReplyAddress", "/components/replyAddresses/x"),
    ("message", "/components/messages/x"),
    ("messageObject", "/components/messages/x"),
    ("messageTrait", "/components/messageTraits/x"),
    ("correlationId", "/components/correlationIds/x"),
    ("schema", "/components/schemas/x"),
    ("components", "/components"),
    ("tag", "/components/tags/x"),
    ("externalDocs", "/components/externalDocs/x"),
    ("SecurityScheme", "/components/securitySchemes/x"),
    ("userPassword", "/components/securitySchemes/x"),
    ("apiKey", "/components/securitySchemes/x"),
    ("X509", "/components/securitySchemes/x"),
    ("symmetricEncryption", "/components/securitySchemes/x"),
    ("APIKeyHTTPSecurityScheme", "/components/securitySchemes/x"),
    ("oauth2Flow", "/components/securitySchemes/x"),
    ("SaslPlainSecurityScheme", "/components/securitySchemes/x"),
    ("SaslScramSecurityScheme", "/components/securitySchemes/x"),
    ("SaslGssapiSecurityScheme", "/components/securitySchemes/x"),
];

/// Objects whose keys are names.
const MAPS: &[&str] = &[
    "channels",
    "servers",
    "messages",
    "operations",
    "parameters",
    "variables",
    "properties",
    "patternProperties",
    "definitions",
    "dependencies",
    "scopes",
    "availableScopes",
    "mapping",
];

/// The kind of object at a pointer: the last steps to it, names left out, and whose version it is.
fn kind(document: &Value, pointer: &str) -> String {
    let steps: Vec<String> = steps(pointer).collect();
    let mut kind = Vec::new();
    let mut at = document;
    for (depth, step) in steps.iter().enumerate() {
        let before = depth.checked_sub(1).map(|at| steps[at].as_str());
        let named = before.is_some_and(|before| MAPS.contains(&before));
        let component = depth == 2 && steps[0] == "components";
        kind.push(match at {
            Value::Array(_) => "*",
            _ if named || component => "*",
            _ => step,
        });
        if matches!(
            step.as_str(),
            "examples" | "example" | "default" | "enum" | "const"
        ) || step.starts_with("x-")
        {
            break;
        }
        at = &at[step];
    }
    let begin = kind.len().saturating_sub(4);
    let version = document["asyncapi"].as_str().unwrap_or_default();
    let major = version.get(..1).unwrap_or_default();
    format!("{major}/{}", kind[begin..].join("/"))
}
