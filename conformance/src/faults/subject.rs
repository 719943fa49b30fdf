//! What the matrix has to know of a transport.
use super::{
    cell::{Cell, Fault, Trouble},
    place::Place,
};
use std::{any::Any, sync::Arc, time::Duration};
use tidings::{BoxError, BoxFuture, Channel, ChannelKind, DynTransport};

/// A transport in the matrix. It is a static: the processes of a round find it by its name.
pub trait Subject: Send + Sync {
    /// What its cells begin with.
    fn name(&self) -> &'static str;

    /// Which cells there are.
    fn cells(&self) -> Vec<Cell>;

    /// Why a cell cannot be run here.
    fn absent(&self, _cell: &Cell) -> Option<String> {
        None
    }

    /// Makes a broker ready for a round.
    fn open(&self, cell: Cell) -> BoxFuture<'_, Result<Place, BoxError>>;

    /// Connects, in whichever process.
    fn connect<'a>(
        &'a self,
        address: &'a str,
    ) -> BoxFuture<'a, Result<Arc<dyn DynTransport>, BoxError>>;

    /// Is the broker, in a [process](super::Host::Process) of its own, for as long as what is given is there.
    fn host<'a>(
        &'a self,
        _address: &'a str,
    ) -> BoxFuture<'a, Result<Box<dyn Any + Send>, BoxError>> {
        Box::pin(async { Err("no broker of its own".into()) })
    }

    /// The channel of that address, whose messages have keys.
    fn channel(&self, kind: ChannelKind, address: &str) -> Channel {
        Channel::new(kind, address.to_owned()).with_keys()
    }

    /// The group that services are of, where messages are published to a topic rather than a queue.
    fn group(&self) -> Option<&'static str> {
        None
    }

    /// Removes the channels of those addresses, which are a round's own, where a broker has less to do without them.
    fn clear<'a>(&'a self, _addresses: &'a [String]) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async { Ok(()) })
    }

    /// How long a broker has to have had a channel before it is killed, to have it again.
    fn settling(&self) -> Duration {
        Duration::ZERO
    }

    /// How many connections each process of the service has.
    fn consumers(&self) -> usize {
        1
    }

    /// Whether clients and services are tasks of this process, which are aborted rather than killed.
    fn is_in_process(&self) -> bool {
        false
    }

    /// Whether messages may come twice: where whoever published or held them is no more, or was not heard.
    fn repeats(&self, cell: Cell) -> bool {
        !matches!(
            cell.fault,
            Fault::Rebalance | Fault::RollingRestart | Fault::Link(Trouble::Slow)
        )
    }
}
