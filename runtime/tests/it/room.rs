//! How much a worker takes: what it has room for, and no more.
use crate::{
    deliveries, listen,
    numbers::{KEYLESS, Num, num, put},
    wrap::Wrap,
};
use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    BoxFuture, Channel, DynTransport, HandlerError, Received, Result, Router, Service, serve,
    transport::{Affinity, DynSettler, DynSubscription, Event},
};

const SECOND: Duration = Duration::from_secs(1);

/// Notes how many messages it was last asked for, before anything else was.
struct Asked {
    inner: Box<dyn DynSubscription>,
    asked: Arc<AtomicUsize>,
}

impl DynSubscription for Asked {
    fn settler(&self) -> Arc<dyn DynSettler> {
        self.inner.settler()
    }

    fn next(&mut self, max: usize) -> BoxFuture<'_, Result<Event>> {
        self.asked.store(max, SeqCst);
        self.inner.next(max)
    }

    fn lease(&self) -> Option<Duration> {
        self.inner.lease()
    }
}

fn texts() -> Channel {
    Channel::point_to_point("texts")
}

/// A transport that tells how many messages services ask for.
fn asking(affinity: Affinity) -> (Wrap, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let told = asked.clone();
    let mut wrap = Wrap::new();
    (wrap.capabilities.affinity, wrap.capabilities.delay) = (affinity, None);
    wrap.on_subscribe = Box::new(move |inner, _| {
        let asked = told.clone();
        Box::new(Asked { inner, asked })
    });
    (wrap, asked)
}

/// A service that gets nothing done, and tries messages with an odd number again an hour later.
async fn stuck(transport: &Arc<dyn DynTransport>, concurrency: usize, prefetch: usize) -> Service {
    let mut router = Router::new();
    router.concurrency(concurrency).prefetch(prefetch);
    router.on(texts(), async |num: Received<Num>| {
        if num.number.is_multiple_of(2) {
            pending::<()>().await;
        }
        Err(HandlerError::retry_after(3600 * SECOND, "later"))
    });
    serve(transport.clone(), router).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_is_full_leaves_the_rest_to_others() {
    let (wrap, asked) = asking(Affinity::Keys);
    let transport: Arc<dyn DynTransport> = Arc::new(wrap);
    let _service = stuck(&transport, 3, 5).await;
    let even = |numbers: std::ops::Range<u32>| numbers.map(|number| num(KEYLESS, number * 2));
    let mut left = Vec::new();
    for (count, room) in [(0, 5), (2, 3), (2, 1), (1, 0), (7, 0)] {
        put(&*transport, &texts(), even(0..count)).await;
        tokio::time::sleep(SECOND).await;
        left.push((asked.load(SeqCst), room));
    }
    assert!(left.iter().all(|(asked, room)| asked == room), "{left:?}");
    let mut other = listen(&*transport, &texts()).await;
    assert_eq!(deliveries(&mut *other, 10).await.len(), 7);
}

/// How much less a worker with much room asks for when it has such messages.
async fn taken(affinity: Affinity, messages: impl Iterator<Item = (u32, u32)>) -> usize {
    let (wrap, asked) = asking(affinity);
    let transport: Arc<dyn DynTransport> = Arc::new(wrap);
    let _service = stuck(&transport, 1000, 1 << 20).await;
    tokio::time::sleep(SECOND).await;
    let room = asked.load(SeqCst);
    let messages = messages.map(|(key, number)| num(key, number));
    put(&*transport, &texts(), messages).await;
    tokio::time::sleep(SECOND).await;
    room - asked.load(SeqCst)
}

#[tokio::test(start_paused = true)]
async fn what_is_held_back_takes_room_unless_the_transport_bounds_it() {
    let behind = || (0..10).map(|number| (0, number * 2));
    assert_eq!(taken(Affinity::None, behind()).await, 9);
    assert_eq!(taken(Affinity::Keys, behind()).await, 0);
    for affinity in [Affinity::None, Affinity::Keys] {
        let later = (0..10).map(|number| (KEYLESS, number * 2 + 1));
        assert_eq!(taken(affinity, later).await, 10, "{affinity:?}");
        let both = (0..10).map(|number| (7, number * 2));
        let both = both.chain((0..10).map(|number| (KEYLESS, number * 2 + 1)));
        let expected = if affinity == Affinity::Keys { 10 } else { 19 };
        assert_eq!(taken(affinity, both).await, expected, "{affinity:?}");
    }
}
