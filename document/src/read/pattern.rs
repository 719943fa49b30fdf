//! Patterns of schemas that are no regular expressions: nothing could ever match them.
use crate::{Diagnostic, Span, Text, api::SchemaObject, pattern::fault, rules};

use super::reader::Reader;

/// Reports the patterns of a schema that are none, each at the characters that are wrong.
pub(super) fn check(reader: &mut Reader<'_, '_>, object: &SchemaObject<'_>) {
    let keys = object.pattern_properties.iter();
    let keys = keys.map(|property| property.name);
    for pattern in keys.chain(object.pattern) {
        let Some(fault) = fault(pattern.value) else {
            continue;
        };
        let message = format!(
            "pattern `{}` is no regular expression: {}",
            pattern.value, fault.why
        );
        let span = within(reader, pattern, fault.range);
        let found = Diagnostic::new(&rules::SCHEMA_PATTERN_INVALID, span, message);
        reader.diagnostics.push(found.help(fault.help));
    }
}

/// The place of a part of a text; that of the whole where it is written with escapes.
fn within(reader: &Reader<'_, '_>, text: Text<'_>, part: std::ops::Range<usize>) -> Span {
    let written = reader.document.sources().slice(text.span);
    let Some(from) = written.find(text.value) else {
        return text.span;
    };
    let offset = |at: usize| text.span.start + u32::try_from(from + at).unwrap_or_default();
    Span {
        start: offset(part.start),
        end: offset(part.end),
        ..text.span
    }
}
