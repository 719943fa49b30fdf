//! The seam between the runtime and a broker: [`Transport`], [`Subscription`] and [`Settler`] are what a broker is written by,
//! their `Dyn…` forms what everybody else holds. [`Connections`] and [`Turns`] are there for brokers that need them.
mod capabilities;
mod connections;
mod delivery;
mod detached;
mod dial;
mod erased;
mod link;
mod one;
mod registry;
mod seam;
mod server;
mod spec;
mod turns;

pub use capabilities::{Affinity, Attempts, Capabilities, Confirm, HeaderSupport, Order, Settle};
pub use connections::{Connections, Stage};
pub use delivery::{Event, Incoming, Part, Token, Verdict};
pub(crate) use detached::Detached;
pub use dial::{Dial, Line, Purpose};
pub use erased::{DynSettler, DynSubscription, DynTransport};
pub(crate) use one::{CONFIRM, publish_one};
pub use registry::{Connector, Registry, connect};
pub use seam::{Settler, Subscription, Transport};
pub use server::{Scheme, Security, Server};
pub use spec::{Ensure, Group, PerKey, Start, State, SubscribeSpec, Wanted};
pub use turns::{Turn, Turns};

use crate::Message;
use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};
use tokio::time::{Instant, timeout_at};

/// A boxed future.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Takes messages while they are published, and neither waits nor panics.
pub type Taker = Arc<dyn Fn(Arc<Message>) + Send + Sync>;

/// The time after that duration, or one that is as good as never.
pub(crate) fn deadline(after: Duration) -> Instant {
    deadline_from(Instant::now(), after)
}

/// The same from that time on.
pub(crate) fn deadline_from(now: Instant, after: Duration) -> Instant {
    now.checked_add(after).unwrap_or_else(|| now + FAR)
}

/// What that gives, by then. What gives it at once sets no timer.
pub(crate) async fn in_time<T>(
    end: Instant,
    mut gives: Pin<&mut impl Future<Output = T>>,
) -> Option<T> {
    match poll_fn(|task| Poll::Ready(gives.as_mut().poll(task))).await {
        Poll::Ready(given) => Some(given),
        Poll::Pending => timeout_at(end, gives).await.ok(),
    }
}

/// As tokio's own far future: what overflows on no system.
const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_time_left_is_as_good_as_never() {
        let year = Duration::from_secs(60 * 60 * 24 * 365);
        let begun = Instant::now();
        let far = |after| deadline(after).duration_since(begun);
        assert!(far(year) >= year && far(year) < 2 * year);
        assert!(far(Duration::MAX) >= 30 * year);
    }
}
