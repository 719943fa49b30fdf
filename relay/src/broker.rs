//! From the address of a broker to its transport.
use crate::{Failure, config::Broker};
use std::sync::Arc;
use tidings::{DynTransport, Registry, Result, Server};

/// The brokers of this build.
fn registry() -> Registry {
    let registry = Registry::new();
    #[cfg(feature = "socket")]
    let registry = registry.with(socket());
    #[cfg(feature = "rabbitmq")]
    let registry = registry.with(tidings_rabbitmq::RabbitConnector::default());
    #[cfg(feature = "kafka")]
    let registry = registry.with(tidings_kafka::KafkaConnector::default());
    registry
}

/// It waits for who listens no longer than one try takes.
#[cfg(feature = "socket")]
fn socket() -> tidings_socket::SocketConnector {
    let settings = tidings_socket::SocketSettings::default();
    let wait = std::time::Duration::from_secs(2);
    tidings_socket::SocketConnector::new(settings.with_connect_wait(wait))
}

/// The protocols of any build, with the feature that each takes, and whether it is in this one.
const PROTOCOLS: &[(&str, &str, bool)] = &[
    ("unix", "socket", cfg!(feature = "socket")),
    ("tcp", "socket", cfg!(feature = "socket")),
    ("tcps", "socket-tls", cfg!(feature = "socket-tls")),
    ("amqp", "rabbitmq", cfg!(feature = "rabbitmq")),
    ("amqps", "rabbitmq", cfg!(feature = "rabbitmq")),
    ("kafka", "kafka", cfg!(feature = "kafka")),
    ("kafka-secure", "kafka", cfg!(feature = "kafka")),
];

/// Whether this build knows the broker.
pub(crate) fn check(broker: &Broker) -> Result<(), Failure> {
    let scheme = broker.url.scheme();
    let mend = match PROTOCOLS.iter().find(|(known, ..)| *known == scheme) {
        Some((.., true)) => return Ok(()),
        Some((_, feature, false)) => format!("build it with `--features {feature}`"),
        None => {
            let known = PROTOCOLS.iter().filter(|(.., is_there)| *is_there);
            let known: Vec<_> = known.map(|(protocol, ..)| *protocol).collect();
            format!("there are `{}`", known.join("`, `"))
        }
    };
    let reason = format!("`broker.url`: this build speaks no `{scheme}`; {mend}");
    Err(Failure::Configured(reason))
}

/// What is better known of a broker before messages are lost by it.
pub(crate) fn advice(broker: &Broker) -> Option<&'static str> {
    let is_socket = ["unix", "tcp", "tcps"].contains(&broker.url.scheme());
    (is_socket && !broker.url.reveal().contains('?')).then_some(
        "a publish over sockets is confirmed once it is queued at the listening end, and what is queued goes with that process; write \
         `?confirm=settled` behind `broker.url` to have it confirmed once it is settled",
    )
}

/// Reaches the broker once.
pub(crate) async fn open(broker: &Broker) -> Result<Arc<dyn DynTransport>> {
    let mut server = Server::new(broker.url.scheme(), broker.url.reveal());
    for security in &broker.security {
        server = server.with_security(security.clone());
    }
    if let Some(instance) = &broker.instance {
        server = server.with_instance(&**instance);
    }
    tidings::connect(&server, &registry()).await
}
