//! The fault matrix at the broker that `dev/services` starts, with links by toxiproxy. `dev/faults rabbitmq` runs the full form.
use std::{process::ExitCode, sync::Arc, time::Duration};
use tidings::{BoxError, BoxFuture, DynTransport};
use tidings_conformance::faults::{
    Cell, Fault, Host, Link, Place, Subject, Trouble, killable, run, variable,
};
use tidings_rabbitmq::{QueueType, RabbitSettings, RabbitTransport};

const BROKER: &str = "TIDINGS_TEST_RABBITMQ";
const TOXIPROXY: &str = "TIDINGS_TEST_TOXIPROXY";
/// Into how many queues a channel is split: several times as many as there are processes that handle.
const SHARDS: u16 = 8;
/// A link that is silent for twice this is given up, which it is for longer; a machine that is busy keeps nobody silent that long.
const HEARTBEAT: Duration = Duration::from_secs(4);

fn main() -> ExitCode {
    run(&[&Rabbit::Queue, &Rabbit::Quorum, &Rabbit::Shards])
}

/// What the channel of messages is at the broker.
enum Rabbit {
    /// A queue that gives its messages to one consumer at a time, since they have keys.
    Queue,
    /// The same, replicated.
    Quorum,
    /// Several, which the consumers share.
    Shards,
}

impl Rabbit {
    fn settings(&self) -> RabbitSettings {
        let mut settings = RabbitSettings::default();
        settings.heartbeat = HEARTBEAT;
        match self {
            Self::Queue => {}
            Self::Quorum => settings.queues = QueueType::Quorum,
            Self::Shards => settings.shards = SHARDS,
        }
        settings
    }
}

/// The address of the broker, and the same by a link.
async fn linked(broker: String) -> Result<Place, BoxError> {
    let toxiproxy = variable(TOXIPROXY, "toxiproxy")?;
    let (credentials, rest) = broker.split_once('@').ok_or("no credentials")?;
    let (host, vhost) = rest.split_once('/').ok_or("no virtual host")?;
    let link = Link::toxiproxy(&toxiproxy, "rabbitmq", "127.0.0.1:0", host).await?;
    let address = format!("{credentials}@{}/{vhost}", link.address());
    let place = Place::at(broker, Host::Service("rabbitmq"));
    Ok(place.through(link, address))
}

impl Subject for Rabbit {
    fn name(&self) -> &'static str {
        match self {
            Self::Queue => "rabbitmq",
            Self::Quorum => "rabbitmq, quorum",
            Self::Shards => "rabbitmq, shards",
        }
    }

    fn cells(&self) -> Vec<Cell> {
        let faults = [
            Fault::BrokerKilled,
            Fault::ServiceKilled,
            Fault::ClientKilled,
            Fault::Rebalance,
            Fault::RollingRestart,
            Fault::HandlerPanics,
        ];
        let links = [
            Trouble::Cut,
            Trouble::Stall,
            Trouble::HalfOpen,
            Trouble::Slow,
            Trouble::Reset,
        ];
        let faults: Vec<_> = match self {
            Self::Queue => faults.into_iter().chain(links.map(Fault::Link)).collect(),
            Self::Quorum => vec![Fault::BrokerKilled, Fault::ServiceKilled],
            Self::Shards => vec![
                Fault::BrokerKilled,
                Fault::ServiceKilled,
                Fault::Rebalance,
                Fault::RollingRestart,
                Fault::Link(Trouble::Cut),
            ],
        };
        faults.into_iter().map(Cell::handle).collect()
    }

    fn absent(&self, cell: &Cell) -> Option<String> {
        let there = variable(BROKER, "rabbitmq");
        let missing = there.and_then(|address| match cell.fault {
            Fault::BrokerKilled => killable(&address, "rabbitmq"),
            Fault::Link(_) => variable(TOXIPROXY, "toxiproxy").map(drop),
            _ => Ok(()),
        });
        missing.err()
    }

    fn open(&self, cell: Cell) -> BoxFuture<'_, Result<Place, BoxError>> {
        Box::pin(async move {
            let broker = variable(BROKER, "rabbitmq")?;
            match cell.trouble() {
                Some(_) => linked(broker).await,
                None => Ok(Place::at(broker, Host::Service("rabbitmq"))),
            }
        })
    }

    /// A queue that was made within seconds before may not be there again (RabbitMQ 3.10.8), whatever it had confirmed.
    fn settling(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn connect<'a>(
        &'a self,
        address: &'a str,
    ) -> BoxFuture<'a, Result<Arc<dyn DynTransport>, BoxError>> {
        Box::pin(async move {
            let transport = RabbitTransport::connect_with(address, self.settings()).await?;
            Ok(Arc::new(transport) as Arc<dyn DynTransport>)
        })
    }
}
