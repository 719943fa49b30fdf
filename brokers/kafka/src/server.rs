//! A server of a document as the library wants to be told of it.
use crate::{
    KafkaSettings, asker::Asker, bindings, client::Cluster, link::Link, properties,
    security::security,
};
use std::sync::Arc;
use tidings::{Error, ErrorKind, Result, Server};

/// Where brokers listen that say nothing else.
const PORT: u16 = 9092;

impl Cluster {
    /// The cluster at a server's address.
    pub(crate) fn of(server: &Server, settings: KafkaSettings) -> Result<Self> {
        bindings::server(server)?;
        let servers = servers(server)?;
        check(server, &settings)?;
        Ok(Self {
            servers,
            instance: server.instance.as_deref().map(str::to_owned),
            security: security(server, &settings)?,
            settings: settings.countable(),
            link: Arc::new(Link::new()),
            asker: Asker::default(),
        })
    }
}

/// Whether settings can be kept.
fn check(server: &Server, settings: &KafkaSettings) -> Result<()> {
    let wrong = properties::refused(settings);
    wrong.map_or(Ok(()), |reason| Err(refused(&server.shown(), &reason)))
}

/// `host:port` with commas between, of an address with or without a scheme.
fn servers(server: &Server) -> Result<String> {
    let url = &*server.url;
    let (scheme, rest) = url.split_once("://").unwrap_or(("kafka", url));
    if !matches!(scheme, "kafka" | "kafka-secure") {
        return Err(refused(&server.shown(), "the scheme is not `kafka`"));
    }
    let hosts = rest.trim_end_matches('/');
    if hosts.contains('@') {
        let reason = "a user stands in the address; give it as `Security::Password`";
        return Err(refused(&server.shown(), reason));
    }
    let hosts = hosts.split(',').map(|host| with_port(host, url));
    Ok(hosts.collect::<Result<Vec<_>>>()?.join(","))
}

fn with_port(host: &str, url: &str) -> Result<String> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let is_name = !name.is_empty() && !name.contains(['/', '?', '#', ' ', '\0']);
    if !is_name {
        return Err(refused(
            url,
            "write it as `kafka://host:port`, several with commas between",
        ));
    }
    match port.map_or(Ok(PORT), str::parse::<u16>) {
        Ok(port) => Ok(format!("{name}:{port}")),
        Err(_) => Err(refused(url, "the port is no number up to 65535")),
    }
}

fn refused(url: &str, reason: &str) -> Error {
    Error::new(ErrorKind::Invalid, "connect", reason).with("server", url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_lists_of_hosts() -> Result<()> {
        let servers = |url: &str| servers(&Server::new("kafka", url));
        assert_eq!(servers("kafka://a:1,b")?, "a:1,b:9092");
        assert_eq!(servers("localhost:9092/")?, "localhost:9092");
        assert_eq!(servers("kafka://[::1]:7")?, "[::1]:7");
        assert_eq!(servers("kafka://[::1]")?, "[::1]:9092");
        for wrong in [
            "",
            "kafka://",
            "amqp://a",
            "kafka://a:x",
            "kafka://a:70000",
            "kafka://a,",
            "kafka://a/b",
        ] {
            let error = servers(wrong).err().map(|error| error.kind());
            assert_eq!(error, Some(ErrorKind::Invalid), "{wrong}");
        }
        let error = servers("kafka://ann:s3cret@a")
            .err()
            .map(|error| error.to_string());
        let says = |error: &String| error.contains("`kafka://a`") && !error.contains("s3cret");
        assert!(error.as_ref().is_some_and(says), "{error:?}");
        let other = servers("amqp://ann:s3cret@a").err();
        let other = other.map(|error| error.to_string());
        assert!(other.is_some_and(|error| !error.contains("s3cret")));
        Ok(())
    }

    #[test]
    fn a_server_that_names_a_registry_is_refused() {
        let told = serde_json::json!({ "schemaRegistryUrl": "https://a" });
        let bindings = tidings::Bindings::new([("kafka", told)]);
        let server = Server::new("kafka", "kafka://a:1").with_bindings(bindings);
        let error = Cluster::of(&server, KafkaSettings::default()).err();
        assert_eq!(
            error.map(|error| error.kind()),
            Some(ErrorKind::Unsupported)
        );
    }

    #[test]
    fn a_consumer_fetches_as_much_ahead_as_it_is_told() -> Result<()> {
        let server = Server::new("kafka", "kafka://a");
        let cluster = Cluster::of(&server, KafkaSettings::default())?;
        let ahead = |bytes| {
            let config = cluster.consumer("g", 10, bytes);
            let kilobytes = config.get("queued.max.messages.kbytes");
            kilobytes.map(str::to_owned)
        };
        assert_eq!(ahead(64 << 20).as_deref(), Some("65536"));
        assert_eq!(ahead(1).as_deref(), Some("1"));
        Ok(())
    }
}
