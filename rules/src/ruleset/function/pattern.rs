//! `pattern`: a text matches a regular expression, or does not match another.
use std::sync::Arc;

use tidings_schema::Pattern;

use super::{Check, Function, options::Options};

#[derive(Debug, Clone)]
pub(crate) struct Patterns {
    wanted: Option<Written>,
    unwanted: Option<Written>,
}

/// A pattern as the ruleset has it.
#[derive(Debug, Clone)]
struct Written {
    text: String,
    pattern: Arc<Pattern>,
}

pub(super) fn read(options: &mut Options<'_, '_>) -> Option<Function> {
    let object = options.object(&["match", "notMatch"])?;
    let wanted = written(options, object, "match")?;
    let unwanted = written(options, object, "notMatch")?;
    if wanted.is_none() && unwanted.is_none() {
        let span = options.function.span;
        let message = "`pattern` needs the option `match` or `notMatch`".to_owned();
        return options.error(span, message);
    }
    Some(Function::Pattern(Patterns { wanted, unwanted }))
}

fn written(
    options: &mut Options<'_, '_>,
    object: &tidings_document::Object,
    key: &str,
) -> Option<Option<Written>> {
    let Some(node) = object.get(key) else {
        return Some(None);
    };
    let Some(text) = node.as_str() else {
        return options.wrong(node, key, "a regular expression");
    };
    let (source, flags) = parts(text);
    match Pattern::new(source, flags) {
        Ok(pattern) => Some(Some(Written {
            text: text.to_owned(),
            pattern: Arc::new(pattern),
        })),
        Err(message) => options.error(node.span, message),
    }
}

/// Source and flags of `/source/flags`; any other text is the source.
fn parts(text: &str) -> (&str, &str) {
    let inner = text
        .strip_prefix('/')
        .and_then(|rest| rest.rsplit_once('/'));
    let is_literal = |(source, flags): &(&str, &str)| {
        !source.is_empty() && flags.bytes().all(|flag| flag.is_ascii_lowercase())
    };
    inner.filter(is_literal).unwrap_or((text, ""))
}

impl Patterns {
    pub(super) fn check(&self, check: &mut Check<'_, '_>) {
        let Some(text) = check.text() else { return };
        if let Some(wanted) = self
            .wanted
            .as_ref()
            .filter(|it| !it.pattern.is_match(&text))
        {
            check.report(format!("`{text}` does not match `{}`", wanted.text));
        }
        if let Some(unwanted) = self
            .unwanted
            .as_ref()
            .filter(|it| it.pattern.is_match(&text))
        {
            check.report(format!("`{text}` must not match `{}`", unwanted.text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn flags_stand_behind_the_last_slash() {
        assert_eq!(parts("/^a/b$/im"), ("^a/b$", "im"));
        for text in ["^a$", "/", "//", "/a", "/a/B", "a/b/"] {
            assert_eq!(parts(text), (text, ""));
        }
    }
}
