//! The brokers, and how they are reached.
use crate::Outcome;
use std::{any::Any, net::TcpListener, sync::Arc, time::Duration};
use tidings::{Channel, ChannelKind, DynTransport};
use tidings_conformance::faults::{Host, Link, Place, killable, parted, variable};
use tidings_socket::{SocketSettings, SocketTransport};

/// How long a session waits for a client that is gone.
const RESUME: Duration = Duration::from_millis(500);

/// A broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broker {
    Socket,
    RabbitMq,
    Kafka,
}

impl Broker {
    pub(crate) const ALL: [Self; 3] = [Self::Socket, Self::RabbitMq, Self::Kafka];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Socket => "socket",
            Self::RabbitMq => "rabbitmq",
            Self::Kafka => "kafka",
        }
    }

    /// The one at that address.
    pub(crate) fn of(address: &str) -> Self {
        match address.split(':').next() {
            Some("amqp") => Self::RabbitMq,
            Some("kafka") => Self::Kafka,
            _ => Self::Socket,
        }
    }

    fn variable(self) -> &'static str {
        match self {
            Self::Socket => "",
            Self::RabbitMq => "TIDINGS_TEST_RABBITMQ",
            Self::Kafka => "TIDINGS_TEST_KAFKA",
        }
    }

    /// Why it is not there, or not to be killed.
    pub(crate) fn absent(self) -> Option<String> {
        let feature = match self {
            Self::Socket => return None,
            Self::RabbitMq => cfg!(feature = "rabbitmq"),
            Self::Kafka => cfg!(feature = "kafka"),
        };
        if !feature {
            return Some(format!("it takes `--features {}`", self.name()));
        }
        let address = variable(self.variable(), self.name());
        let killable = address.and_then(|address| killable(&address, self.name()));
        killable.err()
    }

    /// Ready for a round; what is queued in a process of its own dies with it.
    pub(crate) async fn open(self) -> Outcome<Place> {
        match self {
            Self::Socket => {
                // Held until the link has another port.
                let held = TcpListener::bind("127.0.0.1:0")?;
                let free = held.local_addr()?;
                let link = Link::forward(&free.to_string()).await?;
                drop(held);
                let address = format!("tcp:{}", link.address());
                let place = Place::at(format!("tcp:{free}"), Host::Process);
                Ok(place.through(link, address))
            }
            Self::RabbitMq => {
                let broker = variable(self.variable(), self.name())?;
                let [before, host, vhost] = parted(&broker);
                let link = Link::forward(host).await?;
                let address = format!("{before}{}{vhost}", link.address());
                Ok(Place::at(broker, Host::Service("rabbitmq")).through(link, address))
            }
            // It tells its clients where it is, so that its link has an address that it knows.
            Self::Kafka => {
                let toxiproxy = variable("TIDINGS_TEST_TOXIPROXY", "toxiproxy")?;
                let linked = variable("TIDINGS_TEST_KAFKA_LINKED", "kafka")?;
                let behind = variable("TIDINGS_TEST_KAFKA_BEHIND", "kafka")?;
                let listen = linked.trim_start_matches("kafka://");
                let link = Link::toxiproxy(&toxiproxy, "outbox", listen, &behind).await?;
                let place = Place::at(
                    variable(self.variable(), self.name())?,
                    Host::Service("kafka"),
                );
                Ok(place.through(link, linked))
            }
        }
    }

    /// How long it is not killed after channels were made: RabbitMQ 3.10.8 may forget queues that were made within seconds before, with
    /// all that they confirmed.
    pub(crate) fn settling(self) -> Duration {
        match self {
            Self::RabbitMq => Duration::from_secs(10),
            Self::Socket | Self::Kafka => Duration::ZERO,
        }
    }

    pub(crate) fn channel(self, address: &str) -> Channel {
        let channel = Channel::new(ChannelKind::PointToPoint, address.to_owned()).with_keys();
        match self {
            #[cfg(feature = "kafka")]
            Self::Kafka => {
                let binding = serde_json::json!({ "partitions": 4 });
                channel.with_bindings(tidings::Bindings::new([("kafka", binding)]))
            }
            _ => channel,
        }
    }
}

/// Connects for services.
pub(crate) async fn connect(address: &str) -> Outcome<Arc<dyn DynTransport>> {
    match Broker::of(address) {
        Broker::Socket => {
            let transport = SocketTransport::connect_with(address.parse()?, settings());
            Ok(Arc::new(transport.await?))
        }
        #[cfg(feature = "rabbitmq")]
        Broker::RabbitMq => {
            let mut settings = tidings_rabbitmq::RabbitSettings::default();
            settings.heartbeat = Duration::from_secs(4);
            let transport = tidings_rabbitmq::RabbitTransport::connect_with(address, settings);
            Ok(Arc::new(transport.await?))
        }
        #[cfg(feature = "kafka")]
        Broker::Kafka => {
            let settings = tidings_kafka::KafkaSettings {
                session: Duration::from_secs(6),
                heartbeat: Duration::from_millis(200),
                drain: Duration::from_secs(2),
                ..tidings_kafka::KafkaSettings::default()
            };
            let server = tidings::Server::new("kafka", address);
            let transport = tidings_kafka::KafkaTransport::connect_to(&server, settings);
            Ok(Arc::new(transport.await?))
        }
        #[cfg(not(all(feature = "rabbitmq", feature = "kafka")))]
        other => Err(format!("{} is not built in", other.name()).into()),
    }
}

fn settings() -> SocketSettings {
    SocketSettings::default().with_resume(RESUME)
}

/// Is the broker of sockets, for as long as what is given is there.
pub(crate) async fn listen(address: &str) -> Outcome<impl Any + Send> {
    Ok(SocketTransport::listen_with(address.parse()?, settings()).await?)
}
