//! Reads AsyncAPI documents: text to nodes with spans, resolved references, typed objects.
