//! Situations from public bug reports: what is right stands in the `expected.txt` of each.
mod documents;
mod formats;
mod unions;

use super::{
    case::{Case, Named},
    crates::{self, Built, Order},
    run::Finding,
};
use std::path::{Path, PathBuf};

pub(crate) const CASES: [Named; 17] = [
    ("09-generated-json", documents::generated_json),
    ("10-nested-message-oneof", documents::nested_one_of),
    ("12-messages-as-list", documents::messages_as_list),
    ("14-inline-operation", documents::inline_operation),
    ("17-yaml-kinds", documents::yaml_kinds),
    ("19-bindings-in-wild", documents::bindings),
    ("22-prelude-names", unions::prelude_names),
    ("24-big-integers", formats::big_integers),
    ("25-allof-scalars", unions::all_of_scalars),
    ("28-pattern-properties", unions::pattern_properties),
    ("30-openapi-discriminator", unions::discriminator),
    ("31-components-only", unions::components_only),
    ("50-avro-named-types", formats::avro_named),
    ("51-avro-unknown-type", formats::avro_unknown),
    ("52-protobuf-recursive", formats::protobuf_recursive),
    ("54-message-oneof", unions::message_one_of),
    ("55-protobuf-cloudevents", formats::protobuf_events),
];

/// The crates to make, and the payloads to pass through the types of a message.
pub(crate) fn orders(cases: &Path) -> Vec<Order> {
    let order = |document: &str, message, payloads: Vec<String>| Order {
        document: cases.join("reports").join(document),
        message,
        payloads,
    };
    let mut all: Vec<_> = [
        "22-prelude-names/doc.yaml",
        "22-prelude-names/more.yaml",
        "25-allof-scalars/single-ref.yaml",
        "28-pattern-properties/doc.yaml",
        "31-components-only/doc.yaml",
        "50-avro-named-types/doc.yaml",
        "52-protobuf-recursive/doc.yaml",
        "52-protobuf-recursive/without-map.yaml",
        "54-message-oneof/doc.yaml",
        "55-protobuf-cloudevents/doc.yaml",
    ]
    .iter()
    .map(|document| order(document, "", Vec::new()))
    .collect();
    all.push(order(
        "25-allof-scalars/doc.yaml",
        "Fed",
        texts(&["\"ab\"", "\"a\""]),
    ));
    let numbers = formats::numbers(&cases.join("reports/24-big-integers"));
    all.push(order("24-big-integers/doc.yaml", "N", numbers));
    for (document, message, payloads) in unions::TAGGED {
        let document = format!("30-openapi-discriminator/{document}");
        all.push(order(&document, message, texts(payloads)));
    }
    all.push(Order {
        document: documents::mended_json(cases),
        message: "",
        payloads: Vec::new(),
    });
    all
}

fn texts(payloads: &[&str]) -> Vec<String> {
    payloads.iter().map(|&it| it.to_owned()).collect()
}

/// What became of the crate of a document of the case.
fn built(case: &Case, name: &str) -> &'static Built {
    crates::built(case.folder(), &case.file(name).display().to_string())
}

/// Its source, with each run of white space as one space.
fn squeezed(built: &Built) -> String {
    built
        .source
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// What is told at a line, as error or warning.
fn at(found: &[Finding], line: u64) -> Vec<&Finding> {
    found
        .iter()
        .filter(|it| it.line == line && it.is_told())
        .collect()
}

fn without_error(case: &mut Case, name: &str) {
    let (code, found) = case.findings(name, &[]);
    let valid = code == 0 && !found.iter().any(Finding::is_error);
    case.right(format!("{name}: valid"), valid);
}

fn compiles(case: &mut Case, name: &str) {
    let clean = built(case, name).complaint.is_empty();
    case.right(format!("{name}: compiles without a warning"), clean);
}

/// A file in the folder of scratch files.
fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}
