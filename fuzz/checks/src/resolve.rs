//! Files that refer to each other: every chain ends, at a place that exists.
use std::collections::BTreeMap;

use tidings_document::{Document, End, Node, Value};

use crate::{
    BETWEEN, open_files,
    places::{findings_fit, span_fits, tree_fits},
};

/// What the files of an input are called, in the order of its parts.
const NAMES: &[&str] = &["/a.yaml", "/b.yaml", "/c/d.json", "/c/e.avsc", "/f g.md"];

/// The parts of an input as files, the first of which is read.
pub fn resolve(bytes: &[u8]) {
    let parts = bytes.split(|byte| *byte == BETWEEN);
    let files: BTreeMap<&str, &[u8]> = NAMES.iter().copied().zip(parts).collect();
    let Some((document, findings)) = open_files(&files, NAMES[0]) else {
        return;
    };
    findings_fit(&document, &findings);
    assert!(
        document.sources().len() <= files.len(),
        "a file was read twice"
    );
    for file in document.sources().iter() {
        if let Some(via) = document.sources().via(file) {
            span_fits(&document, via);
        }
        if let Some(root) = document.tree(file) {
            tree_fits(&document, root);
            references_end(&document, root);
        }
    }
    let again = open_files(&files, NAMES[0]);
    assert_eq!(
        Some(findings),
        again.map(|again| again.1),
        "other findings the second time"
    );
}

fn references_end(document: &Document, root: &Node) {
    let mut todo = vec![root];
    while let Some(node) = todo.pop() {
        match &node.value {
            Value::Array(items) => todo.extend(items),
            Value::Object(object) => todo.extend(object.iter().map(|entry| &entry.value)),
            _ => continue,
        }
        let Some(reference) = node.reference() else {
            continue;
        };
        span_fits(document, reference.span);
        let resolved = document.resolve(node);
        for via in &resolved.via {
            span_fits(document, *via);
        }
        span_fits(document, resolved.node.span);
        assert!(!resolved.via.is_empty(), "no way to what was found");
        if resolved.end == End::Found {
            assert!(
                resolved.node.reference().is_none(),
                "a chain that does not end"
            );
            let pointer = resolved.pointer.unwrap_or_default();
            let tree = document.tree(resolved.node.span.file);
            let found = tree.and_then(|tree| at(tree, &pointer));
            assert!(
                found.is_some_and(|found| found.value == resolved.node.value),
                "`{pointer}` is not the place of what was found"
            );
        }
    }
}

fn at<'a>(root: &'a Node, pointer: &str) -> Option<&'a Node> {
    let mut steps = pointer.split('/').skip(1);
    steps.try_fold(root, |node, step| match &node.value {
        Value::Object(object) => object.get(&step.replace("~1", "/").replace("~0", "~")),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}
