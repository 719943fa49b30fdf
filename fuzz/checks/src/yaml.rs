//! Bytes to trees: the same twice, in bounds, and for JSON the verdict and the values of `serde_json`.
use serde_json::Value;
use tidings_document::{Document, Severity};

use crate::{
    open_one,
    places::{findings_fit, tree_fits},
};

/// Bytes as YAML and as JSON.
pub fn yaml(bytes: &[u8]) {
    as_yaml(bytes);
    as_json(bytes);
}

fn as_yaml(bytes: &[u8]) {
    let Some((document, findings)) = open_one("/a.yaml", bytes) else {
        return;
    };
    findings_fit(&document, &findings);
    if let Some(root) = document.root() {
        tree_fits(&document, root);
    } else {
        assert!(!findings.is_empty(), "no tree, and no reason");
    }
    let Some((again, same)) = open_one("/a.yaml", bytes) else {
        panic!("read once, but not twice");
    };
    assert_eq!(findings, same, "other findings the second time");
    assert_eq!(
        document.root(),
        again.root(),
        "another tree the second time"
    );
}

fn as_json(bytes: &[u8]) {
    let Some((document, findings)) = open_one("/a.json", bytes) else {
        return;
    };
    findings_fit(&document, &findings);
    // A mark of the byte order is none of JSON's, but in many files.
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let expected = serde_json::from_slice::<Value>(text);
    let is_wrong = findings
        .iter()
        .any(|found| found.severity == Severity::Error && found.rule.id == "syntax-error");
    match expected {
        Ok(expected) => {
            assert!(!is_wrong, "serde_json reads it: {findings:?}");
            same_value(
                &document,
                &expected,
                findings
                    .iter()
                    .any(|found| found.rule.id == "key-duplicate"),
            );
        }
        Err(error) => assert!(!findings.is_empty(), "serde_json: {error}"),
    }
}

/// Of a key that stands twice the first value counts for us and the last for `serde_json`.
fn same_value(document: &Document, expected: &Value, has_duplicates: bool) {
    let Some(root) = document.root() else {
        return;
    };
    tree_fits(document, root);
    if !has_duplicates {
        assert_eq!(root.to_json(), *expected, "another value");
    }
}
