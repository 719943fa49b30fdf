//! What the bindings of messages and servers say of schemas that a registry keeps: their numbers stand before values where generated
//! code puts them; nobody asks a registry.
use super::KAFKA;
use tidings::{Binding, Channel, Error, ErrorKind, Result, Server};

const LOCATION: &str = "schemaIdLocation";
const ENCODING: &str = "schemaIdPayloadEncoding";

/// Whether a message of that name and body is written as its binding says. One without a name may be any of the channel's.
pub(crate) fn message(channel: &Channel, name: Option<&str>, body: &[u8]) -> Result<()> {
    let Some(name) = name else {
        return messages(channel);
    };
    match is_framed(&Binding::of_message(channel, KAFKA, name)?)? && !has_number(body) {
        true => Err(without_number(name)),
        false => Ok(()),
    }
}

/// Whether all messages of a channel, which may come, can be read.
pub(crate) fn messages(channel: &Channel) -> Result<()> {
    Binding::of_messages(channel, KAFKA).try_for_each(|binding| is_framed(&binding?).map(drop))
}

/// Whether the number of its schema stands before a value; nothing is written to other places, nor in other ways.
fn is_framed(binding: &Binding<'_>) -> Result<bool> {
    let Some(location) = binding.get(LOCATION) else {
        binding.known(&["key"])?;
        return Ok(false);
    };
    if binding.text(LOCATION, location)? != "payload" {
        return Err(binding.cannot(LOCATION, "can be `payload` only"));
    }
    if let Some(encoding) = binding.get(ENCODING) {
        let encoding = binding.text(ENCODING, encoding)?;
        if !encoding.eq_ignore_ascii_case("confluent") && encoding != "4" {
            return Err(binding.cannot(ENCODING, "can be `confluent` or `4` only"));
        }
    }
    binding.known(&["key", LOCATION, ENCODING])?;
    Ok(true)
}

/// A zero, and four bytes.
fn has_number(body: &[u8]) -> bool {
    body.len() > 4 && body[0] == 0
}

fn without_number(name: &str) -> Error {
    let reason = format!(
        "`{name}` is to have the number of its schema before its value (`{LOCATION}`), a zero and four bytes, and has none; generated \
         code writes it before Avro and Protobuf"
    );
    Error::new(ErrorKind::Invalid, "publish", reason)
}

/// Refuses what the binding of a server says: nobody asks a registry of schemas.
pub(crate) fn server(server: &Server) -> Result<()> {
    let why = "is not looked at, since nobody asks a registry; leave it out, or connect by `Server::with_bindings(Bindings::none())`";
    Binding::of_server(server, KAFKA)?.nothing(why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tidings::Bindings;

    fn channel(order: &str) -> Channel {
        let told = format!(
            r#"{{"messages": {{"Order": {{"kafka": {order}}}, "Other": {{"kafka": {{"key": {{}}}}}}}}}}"#
        );
        Channel::publish_subscribe("orders").with_bindings(Bindings::read(&told))
    }

    fn said(outcome: Result<()>) -> Option<String> {
        outcome.err().map(|error| error.to_string())
    }

    #[test]
    fn ids_of_schemas_elsewhere_are_neither_written_nor_read() {
        for (order, field) in [
            (r#"{"schemaIdLocation": "header"}"#, LOCATION),
            (
                r#"{"schemaIdLocation": "payload", "schemaIdPayloadEncoding": "apicurio-new"}"#,
                ENCODING,
            ),
        ] {
            let channel = channel(order);
            for outcome in [
                message(&channel, Some("Order"), b"\0\0\0\0\x01"),
                // It may be any of them.
                message(&channel, None, b""),
                messages(&channel),
            ] {
                let error = said(outcome).expect("they would be read wrong");
                assert!(error.contains(&format!("`{field}`")), "{error}");
            }
            assert_eq!(said(message(&channel, Some("Other"), b"")), None);
        }
    }

    #[test]
    fn ids_of_schemas_before_values_have_to_be_there() {
        for encoding in ["", r#", "schemaIdPayloadEncoding": "Confluent""#] {
            let channel = channel(&format!(r#"{{"schemaIdLocation": "payload"{encoding}}}"#));
            assert_eq!(said(messages(&channel)), None);
            assert_eq!(
                said(message(&channel, Some("Order"), b"\0\0\0\0\x01")),
                None
            );
            for body in [&b"\0\0\0\0"[..], b"{\"a\":1}", b""] {
                let error = said(message(&channel, Some("Order"), body)).expect("it has none");
                assert!(error.contains("a zero and four bytes"), "{error}");
            }
        }
    }

    #[test]
    fn a_registry_is_not_asked() {
        let told = |binding| {
            let server = Server::new("kafka", "kafka://a:1");
            super::server(&server.with_bindings(Bindings::new([(KAFKA, binding)])))
        };
        for field in ["schemaRegistryUrl", "schemaRegistryVendor"] {
            let error = told(json!({ field: "https://a" }))
                .err()
                .map(|error| error.to_string());
            let error = error.expect(field);
            assert!(
                error.contains(field) && error.contains("server `kafka://a:1`"),
                "{error}"
            );
        }
        assert!(told(json!({ "bindingVersion": "0.5.0", "x-of-ours": 1 })).is_ok());
    }
}
