//! Places lie within their texts, and can be shown.
use tidings_document::{Diagnostic, Document, Node, Span, Value};

/// The span lies in its file, between characters, and has lines and columns.
pub(crate) fn span_fits(document: &Document, span: Span) {
    let text = document.sources().text(span.file);
    let (start, end) = (span.start as usize, span.end as usize);
    assert!(
        start <= end && end <= text.len(),
        "{span:?} of {}",
        text.len()
    );
    assert!(
        text.is_char_boundary(start) && text.is_char_boundary(end),
        "{span:?} splits a character"
    );
    let range = document.sources().range(span);
    assert!(range.start.line >= 1 && range.start.column >= 1);
    assert!(
        (range.start.line, range.start.column) <= (range.end.line, range.end.column),
        "{range:?} runs backwards"
    );
}

/// Every finding can be shown, with all that explains it.
pub(crate) fn findings_fit(document: &Document, findings: &[Diagnostic]) {
    for found in findings {
        assert!(!found.message.is_empty(), "{found:?} says nothing");
        span_fits(document, found.span);
        let _ = document.pointer_at(found.span);
        for related in &found.related {
            span_fits(document, related.span);
        }
    }
}

/// Every node of a tree has a place. What an alias stands for lies elsewhere, so that nodes need not nest.
pub(crate) fn tree_fits(document: &Document, root: &Node) -> usize {
    let mut todo = vec![root];
    let mut count = 0;
    while let Some(node) = todo.pop() {
        count += 1;
        span_fits(document, node.span);
        match &node.value {
            Value::Array(items) => todo.extend(items),
            Value::Object(object) => {
                for entry in object.iter() {
                    span_fits(document, entry.key_span);
                    let found = object.entry(&entry.key);
                    assert!(found.is_some_and(|found| std::ptr::eq(found, entry)));
                    todo.push(&entry.value);
                }
            }
            _ => {}
        }
    }
    count
}
