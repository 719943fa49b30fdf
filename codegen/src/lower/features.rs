//! Which features of the runtime the code needs.
use super::graph::slots;
use crate::{
    DateTimes,
    ir::{Check, Codec, Format, Ir, Message, Rules, Slot, Ty},
};
use serde_json::Value;

/// Tells them, once everything else is known.
pub(crate) fn tell(ir: &mut Ir) {
    let mut features = Vec::new();
    for message in &ir.messages {
        features.extend(of_codec(&message.codec));
        features.extend((!message.whole.is_empty()).then_some("validation"));
    }
    features.extend(has_alphabets(ir).then_some("idn"));
    features.extend(of_dates(ir.date_time).filter(|_| held(ir).any(has_dates)));
    ir.features = features.into_iter().collect();
}

fn of_codec(codec: &Codec) -> Option<&'static str> {
    match codec {
        Codec::MessagePack => Some("message-pack"),
        Codec::Cbor => Some("cbor"),
        Codec::Avro(_) => Some("avro"),
        Codec::Protobuf(_) => Some("protobuf"),
        Codec::Json | Codec::Text | Codec::Bytes => None,
    }
}

fn of_dates(date_time: DateTimes) -> Option<&'static str> {
    match date_time {
        DateTimes::Chrono => Some("chrono"),
        DateTimes::Time => Some("time"),
        DateTimes::Tidings | DateTimes::Jiff | DateTimes::Text => None,
    }
}

fn has_dates(slot: &Slot) -> bool {
    matches!(slot.ty, Ty::Text(Format::DateTime)) || slot.inner().into_iter().any(has_dates)
}

/// The places of types, headers and payloads that hold a value.
fn held(ir: &Ir) -> impl Iterator<Item = &Slot> {
    let payloads = ir.messages.iter().filter_map(|it| it.payload.as_ref());
    let headers = ir.headers.iter().flat_map(|it| &it.fields);
    (ir.defs.iter().flat_map(|def| slots(&def.kind)))
        .chain(headers.map(|field| &field.slot))
        .chain(payloads)
}

/// Whether some text is a name that may have letters of other alphabets.
fn has_alphabets(ir: &Ir) -> bool {
    let mut checks = ir.checks.iter().flat_map(|checks| &checks.list);
    held(ir).any(asks)
        || checks.any(|check| matches!(check, Check::Format(name) if is_idn(name)))
        || {
            let mut schemas = ir.messages.iter().flat_map(whole);
            schemas.any(states)
        }
}

fn asks(slot: &Slot) -> bool {
    let format = slot.rules.as_deref().and_then(|rules: &Rules| rules.format);
    format.is_some_and(is_idn) || slot.inner().into_iter().any(asks)
}

fn is_idn(name: &str) -> bool {
    matches!(name, "IdnEmail" | "IdnHostname")
}

/// The schemas that a message is held to.
fn whole(message: &Message) -> impl Iterator<Item = &Value> {
    let schemas = [&message.whole.payload, &message.whole.headers];
    schemas.into_iter().flatten()
}

fn states(schema: &Value) -> bool {
    let format = schema.get("format").and_then(Value::as_str);
    format.is_some_and(|name| matches!(name, "idn-email" | "idn-hostname"))
        || match schema {
            Value::Object(entries) => entries.values().any(states),
            Value::Array(items) => items.iter().any(states),
            _ => false,
        }
}
