//! The fault matrix at the servers that `dev/services` starts in the place of AWS, with links by toxiproxy. `dev/faults sqs`, `sns` and
//! `kinesis` run the full form. No server is killed: one has no order of keys once it is started again, the others have nothing left
//! then.
use std::{process::ExitCode, sync::Arc, time::Duration};
use tidings::{BoxError, BoxFuture, Channel, ChannelKind, DynTransport};
use tidings_aws::{AwsSettings, KinesisTransport, SnsTransport, SqsTransport};
use tidings_conformance::faults::{
    Cell, Fault, Host, Link, Place, Subject, Trouble, run, variable,
};

const TOXIPROXY: &str = "TIDINGS_TEST_TOXIPROXY";
/// How long keys and shards of a process that was killed wait for another; longer than a busy machine keeps one silent.
const LEASE: Duration = Duration::from_secs(10);
/// Shards of a stream.
const SHARDS: u16 = 8;

fn main() -> ExitCode {
    run(&[&Aws::Queue, &Aws::Topic, &Aws::Stream])
}

/// What a round's channel is.
enum Aws {
    /// A FIFO queue, whose groups are the keys.
    Queue,
    /// A FIFO topic, to which the queue of a group is subscribed.
    Topic,
    Stream,
}

impl Aws {
    fn address(&self) -> Result<String, String> {
        match self {
            Self::Queue => variable("TIDINGS_TEST_SQS", "elasticmq"),
            Self::Topic => variable("TIDINGS_TEST_SNS", "moto"),
            Self::Stream => variable("TIDINGS_TEST_KINESIS", "kinesis moto"),
        }
    }

    /// The address of the server, and the same by a link; of streams their tables are reached without.
    async fn linked(&self, server: String) -> Result<Place, BoxError> {
        let toxiproxy = variable(TOXIPROXY, "toxiproxy")?;
        let (credentials, rest) = server.split_once('@').ok_or("no credentials")?;
        let (host, options) = rest.split_once('?').ok_or("no options")?;
        let link = Link::toxiproxy(&toxiproxy, self.name(), "127.0.0.1:0", host).await?;
        let address = format!("{credentials}@{}?{options}", link.address());
        Ok(Place::at(server, Host::Here).through(link, address))
    }
}

impl Subject for Aws {
    fn name(&self) -> &'static str {
        match self {
            Self::Queue => "sqs",
            Self::Topic => "sns",
            Self::Stream => "kinesis",
        }
    }

    fn cells(&self) -> Vec<Cell> {
        let faults = [
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
        // Where a connection is reset, kinesis-mock listens no more.
        let stands = |cell: &Cell| match self {
            Self::Queue | Self::Topic => true,
            Self::Stream => cell.trouble() != Some(Trouble::Reset),
        };
        all.map(Cell::handle).filter(stands).collect()
    }

    fn absent(&self, cell: &Cell) -> Option<String> {
        let missing = self.address().and_then(|_| match cell.fault {
            Fault::Link(_) => variable(TOXIPROXY, "toxiproxy").map(drop),
            _ => Ok(()),
        });
        missing.err()
    }

    fn open(&self, cell: Cell) -> BoxFuture<'_, Result<Place, BoxError>> {
        Box::pin(async move {
            let server = self.address()?;
            match cell.trouble() {
                Some(_) => self.linked(server).await,
                None => Ok(Place::at(server, Host::Here)),
            }
        })
    }

    fn connect<'a>(
        &'a self,
        address: &'a str,
    ) -> BoxFuture<'a, Result<Arc<dyn DynTransport>, BoxError>> {
        Box::pin(async move {
            let mut settings = AwsSettings::default();
            settings.lease = Some(LEASE);
            settings.wait = Duration::from_secs(2);
            settings.heartbeat = Duration::from_secs(1);
            settings.poll = Duration::from_millis(50);
            Ok(match self {
                Self::Queue => Arc::new(SqsTransport::connect_with(address, settings).await?) as _,
                Self::Topic => Arc::new(SnsTransport::connect_with(address, settings).await?) as _,
                Self::Stream => {
                    Arc::new(KinesisTransport::connect_with(address, settings).await?) as _
                }
            })
        })
    }

    fn channel(&self, kind: ChannelKind, address: &str) -> Channel {
        let channel = Channel::new(kind, address.to_owned()).with_keys();
        match self {
            Self::Queue | Self::Topic => channel,
            Self::Stream => channel.with_shards(SHARDS),
        }
    }

    fn group(&self) -> Option<&'static str> {
        matches!(self, Self::Topic).then_some("services")
    }

    /// A shard is settled up to a position: what was done behind a message that was not comes again with it, whenever the shard goes to
    /// another process.
    fn repeats(&self, cell: Cell) -> bool {
        let may_be = !matches!(
            cell.fault,
            Fault::Rebalance | Fault::RollingRestart | Fault::Link(Trouble::Slow)
        );
        may_be || matches!(self, Self::Stream)
    }
}
