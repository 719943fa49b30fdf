//! Messages: payload, typed headers, and where the correlation id stands.
use super::{
    Ctx,
    class::Class,
    flat::{Part, flatten},
};
use crate::{
    docs,
    ir::{Headers, Key, Message, MessageIdx, Slot, Traits, Ty},
    note,
};
use tidings_document::{
    api::{MessageId, Payload, SchemaId},
    unescaped_token,
};

const JSON: &str = "application/json";
/// The content type of what is no JSON, where none is stated.
const BYTES: &str = "application/octet-stream";

impl Ctx<'_> {
    /// The message of that id, made where it was not met before.
    pub(crate) fn message(&mut self, id: MessageId) -> MessageIdx {
        if let Some(index) = self.messages.get(&id) {
            return *index;
        }
        let message = &self.api[id];
        let hint = message.key.value;
        let is_other = |payload: &Payload<'_>| payload.schema.is_none();
        let usual = match message.payload.as_ref().is_some_and(is_other) {
            true => BYTES,
            false => JSON,
        };
        let content_type = self.api.content_type_of(message).unwrap_or(usual);
        let headers = message.headers.and_then(|id| self.headers(id, hint));
        let payload = message
            .payload
            .as_ref()
            .map(|payload| self.payload(payload, content_type, hint));
        let about = &message.about;
        let text = [about.summary, about.description]
            .into_iter()
            .flatten()
            .map(|text| docs::markdown(text.value));
        let text = docs::join(text);
        let named = || vec![format!("Message {}.", docs::code(message.display_name()))];
        let titled = || {
            about
                .title
                .map(|title| docs::paragraph(title.value))
                .filter(|title| !title.is_empty())
        };
        let index = self.ir.messages.len();
        self.ir.messages.push(Message {
            wire: message.display_name().to_owned(),
            hint: hint.to_owned(),
            ident: String::new(),
            docs: if text.is_empty() {
                titled().unwrap_or_else(named)
            } else {
                text
            },
            content_type: content_type.to_owned(),
            headers,
            payload,
            correlation: message
                .correlation_id
                .as_ref()
                .and_then(|id| header_of(id.location.value)),
            correlation_property: message
                .correlation_id
                .as_ref()
                .and_then(|id| location(id.location.value, "$message.payload#/")),
            reply_to: None,
            key: Key::new(),
            key_is_stated: false,
            event: false,
            traits: Traits::default(),
        });
        self.messages.insert(id, index);
        index
    }

    fn payload(&mut self, payload: &Payload<'_>, content_type: &str, hint: &str) -> Slot {
        if let (None, Some(format)) = (payload.schema, payload.format_text) {
            let message = format!("described in `{}`, so it stays bytes", format.value);
            self.note(&note::TYPE_OPAQUE, Some(format.span), message);
        }
        match payload.schema {
            Some(schema) if is_json(content_type) => {
                self.slot(&vec![Part::whole(schema)], &format!("{hint} payload"))
            }
            _ => Slot::new(Ty::Bytes),
        }
    }

    /// The struct for a schema of headers; messages of one schema share it.
    fn headers(&mut self, id: SchemaId, hint: &str) -> Option<usize> {
        if let Some(index) = self.headers.get(&id) {
            return Some(*index);
        }
        let key = vec![Part::whole(id)];
        let flat = flatten(self.api, &key);
        let name = self
            .name_of(&key)
            .map_or_else(|| format!("{hint} headers"), str::to_owned);
        let mut fields = self.fields(&flat, &name);
        if fields.is_empty() {
            return None;
        }
        for field in &mut fields {
            // A header has no `null`: it is there or not.
            field.required &= !field.slot.nullable;
            field.slot.nullable = false;
        }
        if self.checks_left(&flat, &Class::Struct(false)).is_some() {
            let message = "what is said of all headers together is not checked by generated code";
            self.note(&note::LIMIT_UNCHECKED, flat.span, message);
        }
        let described = flat
            .first(|object| object.description)
            .map(|text| docs::markdown(text.value));
        let index = self.ir.headers.len();
        self.ir.headers.push(Headers {
            hint: name,
            ident: String::new(),
            docs: described
                .filter(|text| !text.is_empty())
                .unwrap_or_else(|| vec![format!("Headers of {}.", docs::code(hint))]),
            fields,
            traits: Traits::default(),
            validates: false,
        });
        self.headers.insert(id, index);
        Some(index)
    }
}

/// The header that a runtime expression names: `$message.header#/correlationId`.
pub(crate) fn header_of(expression: &str) -> Option<String> {
    location(expression, "$message.header#/")
}

/// The one segment after the prefix of a runtime expression.
fn location(expression: &str, prefix: &str) -> Option<String> {
    let pointer = expression.strip_prefix(prefix)?;
    let plain = !pointer.is_empty() && !pointer.contains('/');
    plain.then(|| unescaped_token(pointer).into_owned())
}

fn is_json(content_type: &str) -> bool {
    let media = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    media == JSON || media == "text/json" || media.ends_with("+json")
}
