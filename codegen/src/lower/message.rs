//! Messages: payload, typed headers, and where the correlation id stands.
use super::{
    Ctx, avro,
    class::Class,
    codec::codec,
    flat::{Part, flatten},
    protobuf,
};
use crate::{
    Validate, docs,
    ir::{Codec, Headers, Key, Message, MessageIdx, Slot, Traits, Ty, Whole},
    note,
};
use tidings_document::{
    Span,
    api::{self, MessageId, Payload, SchemaFormat, SchemaId},
    schema_json, unescaped_token,
};

const JSON: &str = "application/json";
/// The content type of what is no JSON, where none is stated.
const BYTES: &str = "application/octet-stream";

impl<'a> Ctx<'a> {
    /// The message of that id, made where it was not met before.
    pub(crate) fn message(&mut self, id: MessageId) -> MessageIdx {
        if let Some(index) = self.messages.get(&id) {
            return *index;
        }
        let message = &self.api[id];
        let hint = message.key.value;
        let usual = |payload: &Payload<'_>| match (payload.schema, payload.format) {
            (Some(_), _) => JSON,
            (None, SchemaFormat::Avro) => avro::CONTENT_TYPE,
            (None, SchemaFormat::Protobuf) => protobuf::CONTENT_TYPE,
            (None, _) => BYTES,
        };
        let usual = message.payload.as_ref().map_or(JSON, usual);
        let content_type = self.api.content_type_of(message).unwrap_or(usual);
        let headers = message.headers.and_then(|id| self.headers(id, hint));
        let payload = message.payload.as_ref();
        let payload = payload.map(|payload| self.payload(message, payload, content_type, hint));
        let (payload, codec) = match payload {
            Some((slot, codec)) => (Some(slot), codec),
            None => (None, Codec::Json),
        };
        let whole = self.whole(message, &codec);
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
            codec,
            whole,
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
            examples: Vec::new(),
            examples_ident: String::new(),
            test: String::new(),
        });
        self.messages.insert(id, index);
        self.examples(message, index);
        index
    }

    /// The schemas that a message is held to; bytes are held to none.
    fn whole(&self, message: &api::Message<'_>, codec: &Codec) -> Whole {
        if self.ir.validate != Validate::Full {
            return Whole::default();
        }
        let json = |id: Option<SchemaId>| id.map(|id| schema_json(self.api, id));
        let payload = message.payload.as_ref();
        let payload = payload.filter(|_| !matches!(codec, Codec::Bytes));
        Whole {
            payload: json(payload.and_then(|payload| payload.schema)),
            headers: json(message.headers),
        }
    }

    /// The type of a payload, and how it is written.
    fn payload(
        &mut self,
        message: &'a api::Message<'a>,
        payload: &Payload<'a>,
        content_type: &str,
        hint: &str,
    ) -> (Slot, Codec) {
        let told = (payload.format, payload.proto, payload.format_text);
        let made = match (payload.schema, told) {
            (Some(schema), _) => self.plain(message, schema, content_type, hint),
            (None, (SchemaFormat::Avro, ..)) => self.avro(message, payload, hint),
            (None, (_, Some(proto), _)) => self.protobuf(message, payload, proto),
            (None, (_, None, Some(format))) => {
                let language = docs::code(format.value);
                Err((
                    format.span,
                    format!("described in {language}, so it stays bytes"),
                ))
            }
            (None, (_, None, None)) => Ok((Slot::new(Ty::Bytes), Codec::Bytes)),
        };
        made.unwrap_or_else(|(span, reason)| {
            self.note(&note::TYPE_OPAQUE, Some(span), reason);
            (Slot::new(Ty::Bytes), Codec::Bytes)
        })
    }

    /// The same of one in JSON Schema; else why it stays bytes, and where that is said.
    fn plain(
        &mut self,
        message: &api::Message<'_>,
        schema: SchemaId,
        content_type: &str,
        hint: &str,
    ) -> Result<(Slot, Codec), (Span, String)> {
        let key = vec![Part::whole(schema)];
        let types = || {
            let flat = flatten(self.api, &key);
            // Where null may be, no text is known to be none.
            let types = Some(flat.types()).filter(|_| !flat.allows_null());
            types.unwrap_or_default()
        };
        let stated = match codec(content_type, types) {
            Some(Codec::Bytes) => return Ok((Slot::new(Ty::Bytes), Codec::Bytes)),
            Some(codec) => {
                self.note_binary(&codec, self.api[schema].node.span);
                return Ok((self.slot(&key, &format!("{hint} payload")), codec));
            }
            None => message.content_type.or(self.api.default_content_type),
        };
        let span = stated.map_or(self.api[schema].node.span, |text| text.span);
        let name = docs::code(content_type);
        Err((
            span,
            format!("no encoding is known by {name}, so the payload stays bytes"),
        ))
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
