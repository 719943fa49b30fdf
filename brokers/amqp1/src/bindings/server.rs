//! What the bindings of a server say: whose client in Java it is for, and what that is called.
use super::told::{AMQP1, JMS, is_silent};
use serde_json::Value;
use tidings::{Error, ErrorKind, Result, Server};

/// What begins the names of the connection factories of these brokers, and of the client that speaks AMQP 1.0.
const FACTORIES: [&str; 2] = ["org.apache.activemq.", "org.apache.qpid.jms."];

/// What a server's bindings say of who connects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Identity {
    /// What the broker is told that this is.
    pub(crate) name: Option<String>,
}

/// Reads the bindings of a server.
pub(crate) fn server(server: &Server) -> Result<Identity> {
    let mut identity = Identity::default();
    for protocol in [AMQP1, JMS] {
        let told = server.bindings.of(protocol);
        if told.is_some_and(|told| !told.is_object() && !told.is_null()) {
            let reason = format!("the server's `{protocol}` binding is no object");
            let error = Error::new(ErrorKind::Invalid, "connect", reason);
            return Err(error.with("server", server.shown()));
        }
    }
    if let Some(Value::Object(told)) = server.bindings.of(AMQP1)
        && let Some(field) = told.keys().find(|field| !is_silent(field))
    {
        return Err(refused(server, AMQP1, field, "is not known; leave it out"));
    }
    let told = server.bindings.of(JMS).and_then(Value::as_object);
    for (field, value) in told.into_iter().flatten() {
        match (field.as_str(), value) {
            ("clientID", Value::String(name)) => identity.name = Some(name.clone()),
            ("jmsConnectionFactory", Value::String(factory)) => {
                if !FACTORIES.iter().any(|known| factory.starts_with(known)) {
                    let what = format!("jmsConnectionFactory` `{factory}");
                    let why = "is of another provider; connect to ActiveMQ, or leave it out";
                    return Err(refused(server, JMS, &what, why));
                }
            }
            ("properties", Value::Array(properties)) => {
                if let Some(first) = properties.first() {
                    let name = first
                        .get("name")
                        .and_then(Value::as_str)
                        .unwrap_or_default();
                    let what = format!("properties` `{name}");
                    let why = "is for a factory of Java; use `Amqp1Settings`, or leave it out";
                    return Err(refused(server, JMS, &what, why));
                }
            }
            (field, _) if is_silent(field) => {}
            (field, _) => {
                return Err(refused(
                    server,
                    JMS,
                    field,
                    "is not known, or no text; leave it out",
                ));
            }
        }
    }
    Ok(identity)
}

fn refused(server: &Server, protocol: &str, what: &str, why: &str) -> Error {
    let reason = format!("`{what}` of the server's `{protocol}` binding {why}");
    Error::new(ErrorKind::Unsupported, "connect", reason).with("server", server.shown())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tidings::Bindings;

    fn told(protocol: &'static str, binding: Value) -> Result<Identity> {
        let bindings = Bindings::new([(protocol, binding)]);
        server(&Server::new("jms", "jms://a:1").with_bindings(bindings))
    }

    #[test]
    fn a_client_has_the_name_that_the_document_gives_it() {
        for factory in [
            "org.apache.activemq.ActiveMQConnectionFactory",
            "org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory",
            "org.apache.qpid.jms.JmsConnectionFactory",
        ] {
            let binding = json!({ "jmsConnectionFactory": factory, "clientID": "shop", "properties": [], "bindingVersion": "0.0.1" });
            let named = Identity {
                name: Some("shop".into()),
            };
            assert_eq!(told("jms", binding).unwrap(), named);
        }
    }

    #[test]
    fn what_cannot_be_honoured_is_named() {
        for (protocol, binding, says) in [
            (
                "jms",
                json!({ "jmsConnectionFactory": "com.ibm.mq.jms.MQConnectionFactory" }),
                "`com.ibm.mq.jms.MQConnectionFactory`",
            ),
            (
                "jms",
                json!({ "properties": [{ "name": "disableTimeStampsByDefault", "value": false }] }),
                "`properties` `disableTimeStampsByDefault`",
            ),
            ("jms", json!({ "clientID": 1 }), "`clientID`"),
            ("jms", json!({ "clientId": "a" }), "`clientId`"),
            ("amqp1", json!({ "maxFrameSize": 1 }), "`maxFrameSize`"),
            ("amqp1", json!([]), "`amqp1` binding is no object"),
            ("jms", json!("factory"), "`jms` binding is no object"),
        ] {
            let error = told(protocol, binding).unwrap_err().to_string();
            assert!(
                error.contains(says) && error.contains("server `jms://a:1`"),
                "{error}"
            );
        }
    }
}
