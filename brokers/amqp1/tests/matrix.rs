//! The fault matrix at the brokers that `dev/services` starts, with links by toxiproxy. `dev/faults artemis` and `dev/faults activemq` run the full form.
use std::{process::ExitCode, sync::Arc, time::Duration};
use tidings::{BoxError, BoxFuture, DynTransport};
use tidings_amqp1::{Amqp1Settings, Amqp1Transport};
use tidings_conformance::faults::{
    Cell, Fault, Host, Link, Place, Subject, Trouble, killable, run, variable,
};

const TOXIPROXY: &str = "TIDINGS_TEST_TOXIPROXY";
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

    fn address(&self) -> Result<String, String> {
        match self {
            Self::Artemis => variable("TIDINGS_TEST_ARTEMIS", "artemis"),
            Self::Classic => variable("TIDINGS_TEST_ACTIVEMQ", "activemq"),
        }
    }

    /// The address of the broker, and the same by a link.
    async fn linked(&self, broker: String) -> Result<Place, BoxError> {
        let toxiproxy = variable(TOXIPROXY, "toxiproxy")?;
        let (credentials, host) = broker.split_once('@').ok_or("no credentials")?;
        let link = Link::toxiproxy(&toxiproxy, self.service(), "127.0.0.1:0", host).await?;
        let address = format!("{credentials}@{}", link.address());
        let place = Place::at(broker, Host::Service(self.service()));
        Ok(place.through(link, address))
    }
}

impl Subject for Broker {
    fn name(&self) -> &'static str {
        self.service()
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
        let all = faults.into_iter().chain(links.map(Fault::Link));
        all.map(Cell::handle).collect()
    }

    fn absent(&self, cell: &Cell) -> Option<String> {
        let missing = self.address().and_then(|address| match cell.fault {
            Fault::BrokerKilled => killable(&address, self.service()),
            Fault::Link(_) => variable(TOXIPROXY, "toxiproxy").map(drop),
            _ => Ok(()),
        });
        missing.err()
    }

    fn open(&self, cell: Cell) -> BoxFuture<'_, Result<Place, BoxError>> {
        Box::pin(async move {
            let broker = self.address()?;
            match cell.trouble() {
                Some(_) => self.linked(broker).await,
                None => Ok(Place::at(broker, Host::Service(self.service()))),
            }
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
