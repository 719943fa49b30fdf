//! What the bindings of messages and servers say of schemas that a registry keeps: nobody asks it.
use super::KAFKA;
use tidings::{Binding, Channel, Result, Server};

/// Whether a message of that name can be written as its binding says: ids of schemas, and what looks them up, are not. One
/// without a name may be any of the channel's.
pub(crate) fn message(channel: &Channel, name: Option<&str>) -> Result<()> {
    match name {
        Some(name) => plain(&Binding::of_message(channel, KAFKA, name)?),
        None => messages(channel),
    }
}

/// The same of all messages of a channel, which may come with what cannot be read.
pub(crate) fn messages(channel: &Channel) -> Result<()> {
    Binding::of_messages(channel, KAFKA).try_for_each(|binding| plain(&binding?))
}

fn plain(binding: &Binding<'_>) -> Result<()> {
    binding.known(&["key"])
}

/// Refuses what the binding of a server says: nobody asks a registry of schemas, and records that carry ids of them are read wrong.
pub(crate) fn server(server: &Server) -> Result<()> {
    let why = "is not looked at, since records carry no ids of schemas; leave it out, or connect by `Server::with_bindings(Bindings::none())`";
    Binding::of_server(server, KAFKA)?.nothing(why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tidings::Bindings;

    #[test]
    fn ids_of_schemas_are_neither_written_nor_read() {
        let bindings = Bindings::read(
            r#"{"messages": {"Order": {"kafka": {"key": {}, "schemaIdLocation": "payload"}}, "Other": {"kafka": {"key": {}}}}}"#,
        );
        let channel = Channel::publish_subscribe("orders").with_bindings(bindings);
        let said = |outcome: Result<()>| outcome.err().map(|error| error.to_string());
        for outcome in [
            message(&channel, Some("Order")),
            // It may be any of them.
            message(&channel, None),
            messages(&channel),
        ] {
            let error = said(outcome).expect("they would be read wrong");
            assert!(error.contains("`schemaIdLocation`"), "{error}");
        }
        assert_eq!(said(message(&channel, Some("Other"))), None);
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
