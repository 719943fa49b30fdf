//! The fault matrix at the broker that `dev/services` starts, with links by toxiproxy. `dev/faults rabbitmq` runs the full form.
use std::{process::ExitCode, sync::Arc, time::Duration};
use tidings::{BoxError, BoxFuture, DynTransport};
use tidings_conformance::faults::{Cell, Fault, Place, Subject, Trouble, run, variable};
use tidings_rabbitmq::{QueueType, RabbitSettings, RabbitTransport};

const BROKER: &str = "TIDINGS_TEST_RABBITMQ";
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

impl Subject for Rabbit {
    fn name(&self) -> &'static str {
        match self {
            Self::Queue => "rabbitmq",
            Self::Quorum => "rabbitmq, quorum",
            Self::Shards => "rabbitmq, shards",
        }
    }

    fn cells(&self) -> Vec<Cell> {
        let faults: Vec<_> = match self {
            Self::Queue => Fault::AT_A_BROKER.into(),
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
        cell.lacks(BROKER, "rabbitmq")
    }

    fn open(&self, cell: Cell) -> BoxFuture<'_, Result<Place, BoxError>> {
        Box::pin(async move {
            let broker = variable(BROKER, "rabbitmq")?;
            Place::of_service(broker, "rabbitmq", cell).await
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
