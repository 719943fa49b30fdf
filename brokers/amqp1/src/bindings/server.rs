//! What the bindings of a server say: whose client in Java it is for, and what that is called.
use super::{AMQP1, JMS};
use serde_json::Value;
use tidings::{Binding, Result, Server};

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
    Binding::of_server(server, AMQP1)?.known(&[])?;
    let told = Binding::of_server(server, JMS)?;
    let mut identity = Identity::default();
    for (field, value) in told.fields() {
        match field {
            "clientID" => identity.name = Some(told.text(field, value)?.to_owned()),
            "jmsConnectionFactory" => factory(&told, field, told.text(field, value)?)?,
            "properties" => properties(&told, field, value)?,
            _ => return Err(told.refused(field)),
        }
    }
    Ok(identity)
}

fn factory(told: &Binding<'_>, field: &str, factory: &str) -> Result<()> {
    match FACTORIES.iter().any(|known| factory.starts_with(known)) {
        true => Ok(()),
        false => {
            let why = format!(
                "is `{factory}`, of another provider; connect to ActiveMQ, or leave it out"
            );
            Err(told.cannot(field, &why))
        }
    }
}

fn properties(told: &Binding<'_>, field: &str, value: &Value) -> Result<()> {
    let all = value.as_array();
    let all = all.ok_or_else(|| told.wrong(field, "is no list"))?;
    let Some(first) = all.first() else {
        return Ok(());
    };
    let name = first
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let why = format!(
        "has `{name}`, which is for a factory of Java; use `Amqp1Settings`, or leave it out"
    );
    Err(told.cannot(field, &why))
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
                "`properties` of the `jms` binding has `disableTimeStampsByDefault`",
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
