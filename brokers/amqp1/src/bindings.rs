//! What the document's bindings of AMQP 1.0 and JMS say, read; what cannot be honoured is an error that names it.
mod jms;
mod server;

pub(crate) use jms::{Headers, check_message, check_receiving, destination, is_fifo};
pub(crate) use server::server;

/// The bindings of the protocol itself, which have no fields yet.
const AMQP1: &str = "amqp1";
/// Those of the interface that clients in Java have.
const JMS: &str = "jms";

#[cfg(test)]
mod tests {
    use super::{check_message, destination, is_fifo, server};
    use serde_json::{Value, json};
    use tidings::{Bindings, Channel, Message, Result, Server};
    use tidings_document::{Level, binding_fields};

    fn of_server(protocol: &str, field: &str, value: &Value) -> Result<Option<String>> {
        let bindings = Bindings::new([(protocol, json!({ field: value }))]);
        server(&Server::new("jms", "jms://a").with_bindings(bindings)).map(|identity| identity.name)
    }

    fn of_channel(protocol: &str, level: Level, field: &str, value: &Value) -> Channel {
        let binding = json!({ field: value });
        let told = match level {
            Level::Operation => json!({ "operations": { "send": { protocol: binding } } }),
            Level::Message => json!({ "messages": { "Order": { protocol: binding } } }),
            _ => json!({ "own": { protocol: binding } }),
        };
        Channel::point_to_point("a").with_bindings(Bindings::read(&told.to_string()))
    }

    /// Whether something else happens by what a field of a `jms` binding says.
    fn has_effect(level: Level, field: &str) -> bool {
        let told = |value: Value| of_channel("jms", level, field, &value);
        let is_taken = |channel: &Channel| destination(channel).is_ok();
        match (level, field) {
            (Level::Server, "clientID") => {
                of_server("jms", field, &json!("shop")).unwrap() == Some("shop".to_owned())
            }
            (Level::Server, "jmsConnectionFactory") => {
                let other = of_server("jms", field, &json!("com.ibm.mq.jms.MQConnectionFactory"));
                let own = json!("org.apache.qpid.jms.JmsConnectionFactory");
                other.is_err() && of_server("jms", field, &own).is_ok()
            }
            (Level::Channel, "destination") => {
                destination(&told(json!("q"))).unwrap().as_deref() == Some("q")
            }
            (Level::Channel, "destinationType") => {
                is_fifo(&told(json!("fifo-queue")))
                    && !is_fifo(&told(json!("queue")))
                    && is_taken(&told(json!("queue")))
                    && !is_taken(&told(json!("topic")))
            }
            (Level::Message, "headers") => {
                let channel = told(json!({ "required": ["JMSReplyTo"] }));
                let mut order = Message::named("Order", "text/plain", "a");
                let is_missed = check_message(&channel, &order).is_err();
                order.reply_to = Some("replies".into());
                is_missed && check_message(&channel, &order).is_ok()
            }
            _ => false,
        }
    }

    #[test]
    fn every_field_of_the_schemas_has_an_effect_or_is_refused_by_name() {
        for protocol in [super::JMS, super::AMQP1] {
            for (level, name) in Level::ALL {
                let fields = binding_fields(protocol, level);
                // And one that no schema has.
                for field in fields.iter().copied().chain(["unknown"]) {
                    if protocol == "jms" && has_effect(level, field) {
                        continue;
                    }
                    let value = match field {
                        "bindingVersion" => json!("0.0.1"),
                        _ => json!([{ "name": field }]),
                    };
                    let outcome = match level {
                        Level::Server => of_server(protocol, field, &value).map(drop),
                        _ => destination(&of_channel(protocol, level, field, &value)).map(drop),
                    };
                    if field == "bindingVersion" {
                        assert!(outcome.is_ok(), "{protocol} {name}: {outcome:?}");
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
