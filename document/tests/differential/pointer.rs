//! JSON pointers into `serde_json` values.
use serde_json::Value;

/// A pointer with one step more.
pub(crate) fn below(pointer: &str, step: &str) -> String {
    format!("{pointer}/{}", step.replace('~', "~0").replace('/', "~1"))
}

pub(crate) fn parent(pointer: &str) -> &str {
    pointer.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Steps of a pointer, or of the fragment of a reference.
pub(crate) fn steps(pointer: &str) -> impl Iterator<Item = String> {
    let steps = pointer.split('/').skip(1);
    steps.map(|step| step.replace("~1", "/").replace("~0", "~"))
}

pub(crate) fn child<'a>(value: &'a Value, step: &str) -> Option<&'a Value> {
    match value {
        Value::Object(object) => object.get(step),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    }
}

/// What a pointer leads to, through references on its way, and the pointer of the place where that stands.
pub(crate) fn follow<'a>(root: &'a Value, pointer: &str) -> Option<(&'a Value, String)> {
    follow_within(root, pointer, 30)
}

fn follow_within<'a>(root: &'a Value, pointer: &str, hops: u32) -> Option<(&'a Value, String)> {
    let mut at = (root, String::new());
    for step in steps(pointer) {
        while child(at.0, &step).is_none() {
            at = follow_within(root, &local(at.0)?, hops.checked_sub(1)?)?;
        }
        at = (child(at.0, &step)?, below(&at.1, &step));
    }
    Some(at)
}

/// The fragment of a reference into the same document.
pub(crate) fn local(value: &Value) -> Option<String> {
    let reference = value.get("$ref")?.as_str()?;
    let fragment = match reference {
        "" => "",
        reference => reference.strip_prefix('#')?,
    };
    (fragment.is_empty() || fragment.starts_with('/')).then(|| fragment.to_owned())
}
