//! Rust that meets the operations of a document.
use std::collections::HashMap;
use tidings_codegen::Settings;
use tidings_document::api::{Api, OperationId};

/// How somebody on the other side does their part of each operation, with the crate that `tidings generate rust` makes by itself.
pub(super) fn calls(api: &Api<'_>) -> HashMap<OperationId, String> {
    let settings = Settings::default();
    let (plan, _) = tidings_codegen::plan(api, &settings);
    plan.calls(&settings).into_iter().collect()
}
