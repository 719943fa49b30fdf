//! What the document's bindings of AMQP 1.0 and JMS say, read; what cannot be honoured is an error that names it.
mod jms;
mod server;
mod told;

pub(crate) use jms::{Headers, check_message, check_receiving, destination, is_fifo};
pub(crate) use server::server;

#[cfg(test)]
mod tests {
    use super::{destination, server};
    use serde_json::{Value, json};
    use tidings::{Bindings, Channel, Server};
    use tidings_document::{Level, binding_fields};

    /// The fields that are honoured, each with what it may say; all others of a binding's schema are refused.
    const HONOURED: [(&str, &str, &str); 5] = [
        (
            "server",
            "jmsConnectionFactory",
            r#""org.apache.qpid.jms.JmsConnectionFactory""#,
        ),
        ("server", "clientID", r#""shop""#),
        ("channel", "destination", r#""orders""#),
        ("channel", "destinationType", r#""queue""#),
        (
            "message",
            "headers",
            r#"{"properties": {"JMSType": {"type": "string"}}}"#,
        ),
    ];

    /// What is said of a binding with that field, at that level.
    fn outcome(protocol: &str, level: Level, field: &str, value: &Value) -> tidings::Result<()> {
        let binding = json!({ field: value });
        if level == Level::Server {
            let bindings = Bindings::new([(protocol, binding)]);
            return server(&Server::new("jms", "jms://a").with_bindings(bindings)).map(drop);
        }
        let told = match level {
            Level::Operation => json!({ "operations": { "send": { protocol: binding } } }),
            Level::Message => json!({ "messages": { "Order": { protocol: binding } } }),
            _ => json!({ "own": { protocol: binding } }),
        };
        let bindings = Bindings::read(&told.to_string());
        destination(&Channel::point_to_point("a").with_bindings(bindings)).map(drop)
    }

    #[test]
    fn every_field_of_the_schemas_is_honoured_or_refused_by_name() {
        for protocol in ["jms", "amqp1"] {
            for (level, name) in Level::ALL {
                let fields = binding_fields(protocol, level);
                // And one that no schema has.
                for field in fields.iter().copied().chain(["unknown"]) {
                    let honoured = HONOURED
                        .iter()
                        .find(|(at, known, _)| (*at, *known, protocol) == (name, field, "jms"));
                    let value = match honoured {
                        Some((.., value)) => serde_json::from_str(value).unwrap(),
                        None if field == "bindingVersion" => json!("0.0.1"),
                        None => json!([{ "name": field }]),
                    };
                    let outcome = outcome(protocol, level, field, &value);
                    if honoured.is_some() || field == "bindingVersion" {
                        assert!(outcome.is_ok(), "{protocol} {name} {field}: {outcome:?}");
                        continue;
                    }
                    let error = outcome.expect_err(field).to_string();
                    assert!(error.contains(&format!("`{field}`")), "{error}");
                }
            }
        }
        assert!(binding_fields("jms", Level::Channel).len() >= 3);
    }
}
