//! Where a file has schemas under names of their own.
use crate::{Document, FileId, Node, pointer::unescaped_token};

/// The ways to its maps of schemas; the last is the file itself, which may be nothing but one.
pub(super) const HOMES: [&[&str]; 4] = [
    &["components", "schemas"],
    &["definitions"],
    &["$defs"],
    &[],
];

/// Steps that lead to schemas without a name: keywords of schemas, and fields of AsyncAPI.
const UNNAMED: &[&str] = &[
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "bindings",
    "contains",
    "contentSchema",
    "dependencies",
    "dependentSchemas",
    "else",
    "headers",
    "if",
    "items",
    "not",
    "oneOf",
    "patternProperties",
    "payload",
    "prefixItems",
    "properties",
    "propertyNames",
    "schema",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// One of a file's maps of schemas.
pub(super) fn map<'a>(document: &'a Document, file: FileId, home: &[&str]) -> Option<&'a Node> {
    let root = document.tree(file)?;
    let is_document = || {
        ["asyncapi", "openapi"]
            .iter()
            .any(|key| root.get(key).is_some())
    };
    if home.is_empty() && is_document() {
        return None;
    }
    let mut steps = home.iter();
    let map = steps.try_fold(root, |node, step| document.follow(node)?.get(step))?;
    document.follow(map)
}

/// Whether a key may be the name of a schema in one of these maps.
pub(super) fn may_name(home: &[&str], key: &str) -> bool {
    !home.is_empty() || !UNNAMED.contains(&key)
}

/// The name of the schema that a pointer leads to, if people gave it one there: in one of these maps, or in any that lies in no
/// schema.
pub(super) fn name_in(pointer: &str) -> Option<String> {
    let mut steps = pointer.rsplit('/').peekable();
    let last = steps.next()?;
    let mut name = last;
    if last == "schema" && pointer.starts_with("/components/schemas/") {
        name = steps.next_if(|step| *step != "schemas").unwrap_or(last);
    }
    let is_home = steps
        .next()
        .is_some_and(|home| matches!(home, "schemas" | "definitions" | "$defs"));
    let is_index = || name.bytes().all(|byte| byte.is_ascii_digit());
    let is_unnamed = || pointer.split('/').any(|step| UNNAMED.contains(&step)) || is_index();
    (is_home || !is_unnamed()).then(|| unescaped_token(name).into_owned())
}
