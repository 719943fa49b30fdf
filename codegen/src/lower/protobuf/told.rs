//! What a schema calls its types and says of them.
use crate::docs::{self, Docs, code};
use tidings_schema::ProtobufField;

/// A name without its package, which begins in lower case as a rule.
pub(super) fn words(name: &str) -> String {
    let parts = name.split('.');
    let parts = parts.skip_while(|part| !part.starts_with(char::is_uppercase));
    let mut words: Vec<_> = parts.collect();
    if words.is_empty() {
        words.extend(name.rsplit('.').next());
    }
    words.join(" ")
}

pub(super) fn described(comment: &str, otherwise: impl FnOnce() -> String) -> Docs {
    let text = docs::markdown(comment);
    match text.is_empty() {
        true => vec![otherwise()],
        false => text,
    }
}

/// What is said of a field.
pub(super) fn about(field: &ProtobufField) -> Docs {
    let text = described(&field.comment, || format!("Field {}.", code(&field.name)));
    let default = field.default.as_ref();
    let default = default.map(|value| {
        vec![format!(
            "Where it is not set, it counts as {}.",
            code(value)
        )]
    });
    let old = field.is_deprecated;
    let old = old.then(|| vec!["The document says not to use it any more.".to_owned()]);
    docs::join([Some(text), default, old].into_iter().flatten())
}
