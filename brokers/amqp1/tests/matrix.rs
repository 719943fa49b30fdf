//! The fault matrix at the brokers that `dev/services` starts, with links by toxiproxy. `dev/faults artemis` and `dev/faults activemq` run the full form.
use std::{process::ExitCode, sync::Arc, time::Duration};
use tidings::{BoxError, BoxFuture, DynTransport};
use tidings_amqp1::{Amqp1Settings, Amqp1Transport};
use tidings_conformance::faults::{Cell, Fault, Place, Subject, run, variable};

/// A link that is silent for twice this is given up, which it is for longer; a machine that is busy keeps nobody silent that long.
const HEARTBEAT: Duration = Duration::from_secs(4);

fn main() -> ExitCode {
    run(&[&Broker::Artemis, &Broker::Classic])
}

enum Broker {
    Artemis,
    Classic,
}

impl Broker {
    fn service(&self) -> &'static str {
        match self {
            Self::Artemis => "artemis",
            Self::Classic => "activemq",
        }
    }

    fn variable(&self) -> &'static str {
        match self {
            Self::Artemis => "TIDINGS_TEST_ARTEMIS",
            Self::Classic => "TIDINGS_TEST_ACTIVEMQ",
        }
    }
}

impl Subject for Broker {
    fn name(&self) -> &'static str {
        self.service()
    }

    fn cells(&self) -> Vec<Cell> {
        Fault::AT_A_BROKER.map(Cell::handle).into()
    }

    fn absent(&self, cell: &Cell) -> Option<String> {
        cell.lacks(self.variable(), self.service())
    }

    fn open(&self, cell: Cell) -> BoxFuture<'_, Result<Place, BoxError>> {
        Box::pin(async move {
            let broker = variable(self.variable(), self.service())?;
            Place::of_service(broker, self.service(), cell).await
        })
    }

    fn connect<'a>(
        &'a self,
        address: &'a str,
    ) -> BoxFuture<'a, Result<Arc<dyn DynTransport>, BoxError>> {
        Box::pin(async move {
            let mut settings = Amqp1Settings::default();
            settings.heartbeat = HEARTBEAT;
            let transport = Amqp1Transport::connect_with(address, settings).await?;
            Ok(Arc::new(transport) as Arc<dyn DynTransport>)
        })
    }
}
