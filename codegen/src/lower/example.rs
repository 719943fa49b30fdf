//! Examples of messages, for the tests that are made of them: those that are whole, in an encoding that a JSON value tells.
use super::{Ctx, check::exact};
use crate::ir::{Codec, Example, MessageIdx};
use tidings_document::api;

impl Ctx<'_> {
    /// Those of a message, else those of its payload alone.
    pub(super) fn examples(&mut self, message: &api::Message<'_>, index: MessageIdx) {
        let is_written = match self.ir.messages[index].codec {
            Codec::Json | Codec::MessagePack | Codec::Cbor | Codec::Text => true,
            Codec::Avro(_) | Codec::Protobuf(_) | Codec::Bytes => false,
        };
        if !self.tests || !is_written {
            return;
        }
        let own = message.examples.iter();
        let own = own.map(|example| {
            let name = example.name.map(|text| text.value.to_owned());
            (name, example.headers, example.payload)
        });
        let of_payload = || {
            let schema = message.payload.as_ref()?.schema?;
            let examples = self.api[schema].object()?.examples.iter();
            Some(examples.map(|node| (None, None, Some(*node))).collect())
        };
        let all: Vec<_> = match message.examples.is_empty() {
            true => of_payload().unwrap_or_default(),
            false => own.collect(),
        };
        let whole = all.into_iter().enumerate();
        let whole = whole.filter(|(_, (_, headers, payload))| {
            payload.is_some() == self.ir.messages[index].payload.is_some()
                && (headers.is_some() || !self.needs_headers(index))
        });
        let examples = whole.map(|(at, (name, headers, payload))| Example {
            name: name.unwrap_or_else(|| (at + 1).to_string()),
            headers: headers.map_or_else(|| "{}".to_owned(), exact),
            payload: payload.map(exact),
        });
        let examples = examples.collect();
        self.ir.messages[index].examples = examples;
    }

    fn needs_headers(&self, index: MessageIdx) -> bool {
        let headers = self.ir.messages[index].headers;
        headers.is_some_and(|headers| {
            let mut fields = self.ir.headers[headers].fields.iter();
            fields.any(|field| field.required)
        })
    }
}
