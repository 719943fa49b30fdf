//! The fault matrix at the cluster that `dev/services` starts, with links by toxiproxy. `dev/faults kafka` runs the full form.
use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions},
    client::DefaultClientContext,
};
use serde_json::json;
use std::{process::ExitCode, sync::Arc, time::Duration};
use tidings::{Bindings, BoxError, BoxFuture, Channel, ChannelKind, DynTransport, Server};
use tidings_conformance::faults::{
    Cell, Fault, Host, Link, Place, Subject, Trouble, run, variable,
};
use tidings_kafka::{GroupProtocol, KafkaSettings, KafkaTransport};

const CLUSTER: &str = "TIDINGS_TEST_KAFKA";
/// Where the cluster tells its clients that it is, when they come by the link.
const LINKED: &str = "TIDINGS_TEST_KAFKA_LINKED";
/// Where what comes by the link goes to.
const BEHIND: &str = "TIDINGS_TEST_KAFKA_BEHIND";
const TOXIPROXY: &str = "TIDINGS_TEST_TOXIPROXY";
const PARTITIONS: usize = 8;
/// After how long without a sign of life a member is given up.
const SESSION: Duration = Duration::from_secs(6);
/// How long a transaction that was left open holds back who reads what is behind it.
const OPEN: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    run(&[
        &Kafka(GroupProtocol::Classic),
        &Kafka(GroupProtocol::Consumer),
    ])
}

/// By which protocol the members of a group share.
struct Kafka(GroupProtocol);

async fn linked(place: Place) -> Result<Place, BoxError> {
    let toxiproxy = variable(TOXIPROXY, "toxiproxy")?;
    let (linked, behind) = (variable(LINKED, "kafka")?, variable(BEHIND, "kafka")?);
    let listen = linked.trim_start_matches("kafka://");
    let link = Link::toxiproxy(&toxiproxy, "kafka", listen, &behind).await?;
    Ok(place.through(link, linked))
}

impl Subject for Kafka {
    fn name(&self) -> &'static str {
        match self.0 {
            GroupProtocol::Classic => "kafka",
            _ => "kafka, consumer",
        }
    }

    fn cells(&self) -> Vec<Cell> {
        if self.0 != GroupProtocol::Classic {
            let faults = [Fault::BrokerKilled, Fault::ServiceKilled, Fault::Rebalance];
            return faults.map(Cell::handle).into();
        }
        let transformed = [
            Fault::BrokerKilled,
            Fault::ServiceKilled,
            Fault::Rebalance,
            Fault::Link(Trouble::Cut),
            Fault::Link(Trouble::HalfOpen),
        ];
        let sent = [
            Fault::BrokerKilled,
            Fault::ServiceKilled,
            Fault::Rebalance,
            Fault::RollingRestart,
            Fault::HandlerPanics,
            Fault::Link(Trouble::Cut),
            Fault::Link(Trouble::HalfOpen),
        ];
        let handled = Fault::AT_A_BROKER.map(Cell::handle).into_iter();
        let transformed = transformed.map(Cell::transform);
        let sent = sent.map(Cell::send);
        handled.chain(transformed).chain(sent).collect()
    }

    fn absent(&self, cell: &Cell) -> Option<String> {
        cell.lacks(CLUSTER, "kafka")
    }

    fn open(&self, cell: Cell) -> BoxFuture<'_, Result<Place, BoxError>> {
        Box::pin(async move {
            let place = Place::at(variable(CLUSTER, "kafka")?, Host::Service("kafka"));
            match cell.trouble() {
                Some(_) => linked(place).await,
                None => Ok(place),
            }
        })
    }

    fn connect<'a>(
        &'a self,
        address: &'a str,
    ) -> BoxFuture<'a, Result<Arc<dyn DynTransport>, BoxError>> {
        Box::pin(async move {
            let open = OPEN.as_millis().to_string();
            let settings = KafkaSettings {
                protocol: self.0,
                session: SESSION,
                heartbeat: Duration::from_millis(200),
                drain: Duration::from_secs(2),
                delivery: OPEN,
                properties: [("transaction.timeout.ms".to_owned(), open)].into(),
                ..KafkaSettings::default()
            };
            let server = Server::new("kafka", address);
            let transport = KafkaTransport::connect_to(&server, settings).await?;
            Ok(Arc::new(transport) as Arc<dyn DynTransport>)
        })
    }

    /// A partition is settled up to a position: what was done behind a message that was not comes again with it, whenever the
    /// partition goes to another process, as it does when the second one of a round begins.
    fn repeats(&self, _: Cell) -> bool {
        true
    }

    /// A broker that is killed looks through all topics that there are when it is started again.
    fn clear<'a>(&'a self, addresses: &'a [String]) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async {
            let servers = variable(CLUSTER, "kafka")?;
            let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
                .set("bootstrap.servers", servers.trim_start_matches("kafka://"))
                .create()?;
            let topics: Vec<_> = addresses.iter().map(|address| &**address).collect();
            // One that was never made is not there.
            drop(admin.delete_topics(&topics, &AdminOptions::new()).await?);
            Ok(())
        })
    }

    fn channel(&self, kind: ChannelKind, address: &str) -> Channel {
        let binding = json!({ "partitions": PARTITIONS });
        let bindings = Bindings::new([("kafka", binding)]);
        let channel = Channel::new(kind, address.to_owned());
        channel.with_keys().with_bindings(bindings)
    }
}
