//! Rust that meets the operations of a document.
use std::{borrow::Cow, collections::HashMap};
use tidings_codegen::Settings;
use tidings_document::{
    api::{Api, Operation, OperationId},
    masked_everywhere,
};

/// How somebody on the other side does their part of each operation, with the crate that `tidings generate rust` makes by itself. Of
/// names that are made of addresses with credentials nothing is shown: they are words of an identifier there, which nobody would know.
pub(super) fn calls(api: &Api<'_>) -> HashMap<OperationId, String> {
    let settings = Settings::default();
    let (plan, _) = tidings_codegen::plan(api, &settings);
    let calls = plan.calls(&settings).into_iter();
    calls
        .filter(|(id, _)| !tells_credentials(api, &api[*id]))
        .collect()
}

fn tells_credentials(api: &Api<'_>, operation: &Operation<'_>) -> bool {
    let channel = operation.channel.map(|id| &api[id]);
    let of_channel = channel.into_iter().flat_map(|channel| {
        let messages = channel.messages.iter().map(|message| message.key.value);
        let address = channel.address.as_ref().map(|address| address.value);
        messages.chain(address).chain([channel.key.value])
    });
    let mut names = of_channel.chain([operation.key.value]);
    names.any(|name| matches!(masked_everywhere(name), Cow::Owned(_)))
}
