//! Ids of messages and of what they answer: texts, and in a form of their own the other types that AMQP has for them, as clients in
//! Java write them.
use fe2o3_amqp::types::{messaging::MessageId as Wire, primitives::Uuid as WireUuid};
use uuid::Uuid;

const ULONG: &str = "ID:AMQP_ULONG:";
const UUID: &str = "ID:AMQP_UUID:";
const BINARY: &str = "ID:AMQP_BINARY:";

/// An id as a text.
pub(crate) fn text(id: &Wire) -> String {
    match id {
        Wire::String(text) => text.clone(),
        Wire::Ulong(number) => format!("{ULONG}{number}"),
        Wire::Uuid(id) => format!("{UUID}{}", Uuid::from_bytes(id.clone().into_inner())),
        Wire::Binary(bytes) => {
            let hex = bytes.iter().map(|byte| format!("{byte:02X}"));
            format!("{BINARY}{}", hex.collect::<String>())
        }
    }
}

/// The id of a text: of the type that it had when it came, so that who asked knows it again. What would not come back as that text is one.
pub(crate) fn wire(id: &str) -> Wire {
    let number = id
        .strip_prefix(ULONG)
        .and_then(|number| number.parse().ok().map(Wire::Ulong));
    let uuid = || {
        let uuid = Uuid::parse_str(id.strip_prefix(UUID)?).ok()?;
        Some(Wire::Uuid(WireUuid::from(uuid.into_bytes())))
    };
    let binary = || {
        let bytes = unhex(id.strip_prefix(BINARY)?)?;
        Some(Wire::Binary(bytes.into()))
    };
    number
        .or_else(uuid)
        .or_else(binary)
        .filter(|typed| text(typed) == id)
        .unwrap_or_else(|| Wire::String(id.to_owned()))
}

fn unhex(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = hex
        .chars()
        .map(|digit| digit.to_digit(16)?.try_into().ok())
        .collect();
    let pairs = digits?;
    pairs
        .len()
        .is_multiple_of(2)
        .then(|| pairs.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_every_type_come_back_as_they_were() {
        let uuid = Uuid::now_v7();
        for id in [
            Wire::String("order-17/\u{fc}".into()),
            Wire::String("ID:AMQP_ULONG:x".into()),
            Wire::Ulong(u64::MAX),
            Wire::Uuid(WireUuid::from(uuid.into_bytes())),
            Wire::Binary(vec![0, 159, 255].into()),
        ] {
            assert_eq!(wire(&text(&id)), id);
        }
        for given in [
            "ID:AMQP_ULONG:007",
            "ID:AMQP_ULONG:+7",
            "ID:AMQP_UUID:0192F0E4-3C5B-7D1A-8F00-000000000001",
            "ID:AMQP_BINARY:009f",
        ] {
            assert_eq!(text(&wire(given)), given);
        }
        assert_eq!(
            text(&Wire::Binary(vec![0, 159].into())),
            "ID:AMQP_BINARY:009F"
        );
    }
}
