//! `unreferencedReusableObject`: each of the objects kept for reuse is referred to.
use std::collections::HashSet;

use tidings_document::{Document, Node, Value};

use super::{Check, Function, options::Options};
use crate::places::segments;

#[derive(Debug, Clone)]
pub(crate) struct Unreferenced {
    /// JSON pointer of the object that holds them.
    location: String,
}

const LOCATION: &str = "reusableObjectsLocation";

pub(super) fn read(options: &mut Options<'_, '_>) -> Option<Function> {
    let object = options.object(&[LOCATION])?;
    let node = options.required(object, LOCATION)?;
    let pointer = node.as_str().and_then(|text| text.strip_prefix('#'));
    match pointer.filter(|pointer| pointer.is_empty() || pointer.starts_with('/')) {
        Some(pointer) => Some(Function::Unreferenced(Unreferenced {
            location: pointer.to_owned(),
        })),
        None => options.wrong(node, LOCATION, "a pointer such as `#/components/schemas`"),
    }
}

impl Unreferenced {
    pub(super) fn check(&self, check: &mut Check<'_, '_>) {
        let Some(names) = check.node().and_then(|node| node.as_object()) else {
            return;
        };
        let root = Some(check.walk.root());
        let holder =
            segments(&self.location).fold(root, |frame, step| check.walk.child(frame?, &step));
        let Some(holder) = holder else { return };
        let reusable = check.walk.frame(holder).node;
        let used = referred_to(check.walk.document());
        for name in names {
            let raw = reusable.get(&name.key);
            let is_used = raw.is_some_and(|raw| used.contains(&std::ptr::from_ref(raw)));
            let frame = check.walk.child(holder, &name.key);
            if let Some(frame) = frame.filter(|_| !is_used) {
                check.report_at(frame, format!("`{}` is referred to nowhere", name.key));
            }
        }
    }
}

/// What the references of all files name.
fn referred_to(document: &Document) -> HashSet<*const Node> {
    let files = document.sources().iter();
    let mut todo: Vec<&Node> = files.filter_map(|file| document.tree(file)).collect();
    let mut found = HashSet::new();
    while let Some(node) = todo.pop() {
        found.extend(document.named_by(node).map(std::ptr::from_ref));
        match &node.value {
            Value::Object(object) => todo.extend(object.iter().map(|entry| &entry.value)),
            Value::Array(items) => todo.extend(items),
            _ => {}
        }
    }
    found
}
