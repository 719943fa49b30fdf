//! What a store of `Dedup` is told, and when.
use crate::{Text, text};
use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    BoxFuture, Channel, Client, DynTransport, Layers, MessageId, Received, Result, Router, Service,
    layers::{Dedup, DedupStore},
    serve,
    testing::TestBroker,
};

const SECOND: Duration = Duration::from_secs(1);

/// Remembers; each note takes that long.
#[derive(Default)]
pub(crate) struct Store {
    noted: Mutex<HashSet<MessageId>>,
    takes: Duration,
}

impl Store {
    pub(crate) fn noted(&self) -> usize {
        self.noted.lock().unwrap().len()
    }
}

impl DedupStore for Store {
    fn is_handled<'a>(&'a self, _: &'a str, id: &'a MessageId) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { Ok(self.noted.lock().unwrap().contains(id)) })
    }

    fn handled<'a>(&'a self, _: &'a str, id: &'a MessageId) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            tokio::time::sleep(self.takes).await;
            self.noted.lock().unwrap().insert(id.clone());
            Ok(())
        })
    }

    fn forget<'a>(&'a self, _: &'a str, id: &'a MessageId) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            self.noted.lock().unwrap().remove(id);
            Ok(())
        })
    }
}

fn texts() -> Channel {
    Channel::point_to_point("texts")
}

/// A service that sends on what comes, within half a second, and counts that.
async fn copying(broker: &TestBroker, store: &Arc<Store>, calls: &Arc<AtomicUsize>) -> Service {
    let calls = calls.clone();
    let mut router = Router::new();
    router.layers(Layers::new().with(Dedup::new(100).with_store(store.clone())));
    router.on(texts(), move |text: Received<Text>| {
        calls.fetch_add(1, SeqCst);
        async move {
            tokio::time::sleep(SECOND / 2).await;
            let copies = Channel::point_to_point("copies");
            Ok(text.context.send(&copies, &text.message)?)
        }
    });
    serve(Arc::new(broker.clone()), router).await.unwrap()
}

/// What became of a message of which one service handles and another gets it: how often a handler ran, and how many copies are there.
async fn handed_on(takes: Duration, between: impl AsyncFnOnce(&TestBroker)) -> (usize, usize) {
    let broker = TestBroker::new();
    let noted = Mutex::default();
    let (store, calls) = (Arc::new(Store { noted, takes }), Arc::default());
    let one = copying(&broker, &store, &calls).await;
    let transport: Arc<dyn DynTransport> = Arc::new(broker.clone());
    let client = Client::new(transport);
    client.send(&texts(), &text("a")).await.unwrap();
    between(&broker).await;
    one.stop(60 * SECOND).await.unwrap();
    broker.mend();
    let other = copying(&broker, &store, &calls).await;
    broker.settled().await;
    other.stop(SECOND).await.unwrap();
    assert_eq!(store.noted(), 1);
    (calls.load(SeqCst), broker.published("copies").len())
}

#[tokio::test(start_paused = true)]
async fn what_a_service_could_not_send_is_sent_by_whoever_gets_its_message_next() {
    let cut = async |broker: &TestBroker| {
        broker.refuse(1);
        tokio::time::sleep(SECOND * 55 / 100).await;
        broker.cut();
        tokio::time::sleep(SECOND).await;
    };
    assert_eq!(handed_on(Duration::ZERO, cut).await, (2, 1));
    let stop = async |broker: &TestBroker| {
        broker.refuse(2);
        tokio::time::sleep(SECOND * 55 / 100).await;
    };
    assert_eq!(handed_on(Duration::ZERO, stop).await, (2, 1));
}

#[tokio::test(start_paused = true)]
async fn what_a_service_has_sent_is_noted_before_it_is_settled() {
    let cut = async |broker: &TestBroker| {
        tokio::time::sleep(SECOND).await;
        broker.cut();
        tokio::time::sleep(5 * SECOND).await;
    };
    assert_eq!(handed_on(2 * SECOND, cut).await, (1, 1));
}
