//! Services at connecting ends take what they have places for, and leave the rest to others.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Channel, DynTransport, Memory, Message, Received, Router, Service, SubscribeSpec, Transport,
    serve, transport::Event,
};
use tidings_socket::{Address, SocketSettings, SocketTransport};
use tokio::{sync::Semaphore, time::Instant};

const SECOND: Duration = Duration::from_secs(1);

struct Ends {
    memory: Memory,
    _listening: SocketTransport,
    address: Address,
    channel: Channel,
    _folder: tempfile::TempDir,
}

impl Ends {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = Address::Unix(Path::new(folder.path()).join("s"));
        let memory = Memory::new();
        let settings = SocketSettings::default();
        let listening = SocketTransport::host(address.clone(), settings, memory.clone());
        Self {
            memory,
            _listening: listening.await.unwrap(),
            address,
            channel: Channel::point_to_point("jobs"),
            _folder: folder,
        }
    }

    async fn fill(&self, count: usize) {
        let batch: Vec<_> = (0..count).map(|_| Message::new("x")).collect();
        let deadline = Instant::now() + 10 * SECOND;
        let outcomes = Transport::publish(&self.memory, &self.channel, &batch, deadline).await;
        assert!(outcomes.iter().all(Result::is_ok));
    }

    async fn connect(&self) -> Arc<dyn DynTransport> {
        let connecting = SocketTransport::connect(self.address.clone());
        Arc::new(connecting.await.unwrap())
    }

    /// A service at a connecting end of its own, whose handlers take a permit each; gives how many messages came to them.
    async fn serve(&self, router: &mut Router, permits: &Arc<Semaphore>) -> (Service, Count) {
        let count = Count::default();
        let (counted, permits) = (count.clone(), permits.clone());
        router.on(self.channel.clone(), move |_: Received<Message>| {
            let (counted, permits) = (counted.clone(), permits.clone());
            async move {
                counted.0.fetch_add(1, SeqCst);
                permits.acquire().await.unwrap().forget();
                tokio::time::sleep(Duration::from_millis(2)).await;
                Ok(())
            }
        });
        let service = serve(self.connect().await, router.clone()).await.unwrap();
        (service, count)
    }
}

#[derive(Default, Clone)]
struct Count(Arc<AtomicUsize>);

impl Count {
    fn get(&self) -> usize {
        self.0.load(SeqCst)
    }

    async fn reaches(&self, count: usize) {
        let waiting = async {
            while self.get() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let in_time = tokio::time::timeout(60 * SECOND, waiting).await;
        assert!(in_time.is_ok(), "{} of {count}", self.get());
    }
}

fn router(concurrency: usize, prefetch: usize) -> Router {
    let mut router = Router::new();
    router.concurrency(concurrency).prefetch(prefetch);
    router
}

#[tokio::test]
async fn who_comes_later_has_its_share_of_what_waits() {
    let ends = Ends::open().await;
    ends.fill(1000).await;
    let open = Arc::new(Semaphore::new(0));
    let (first, of_first) = ends.serve(&mut router(4, 256), &open).await;
    of_first.reaches(4).await;
    let (second, of_second) = ends.serve(&mut router(4, 256), &open).await;
    of_second.reaches(4).await;
    open.add_permits(1000);
    while of_first.get() + of_second.get() < 1000 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let shares = [of_first.get(), of_second.get()];
    assert!(shares.iter().all(|share| *share > 300), "{shares:?}");
    first.stop(SECOND).await.unwrap();
    second.stop(SECOND).await.unwrap();
}

#[tokio::test]
async fn a_long_job_holds_up_no_others_where_one_is_taken_at_a_time() {
    let ends = Ends::open().await;
    ends.fill(100).await;
    let closed = Arc::new(Semaphore::new(0));
    let (_busy, of_busy) = ends.serve(&mut router(1, 1), &closed).await;
    of_busy.reaches(1).await;
    let open = Arc::new(Semaphore::new(1000));
    let (_free, of_free) = ends.serve(&mut router(1, 1), &open).await;
    of_free.reaches(99).await;
    assert_eq!(of_busy.get(), 1);
}

#[tokio::test]
async fn no_more_is_taken_than_there_are_places_for() {
    let ends = Ends::open().await;
    let closed = Arc::new(Semaphore::new(0));
    let (_service, taken) = ends.serve(&mut router(4, 20), &closed).await;
    ends.fill(100).await;
    taken.reaches(4).await;
    let spec = SubscribeSpec::new(ends.channel.clone());
    let mut others = DynTransport::subscribe(&ends.memory, &spec).await.unwrap();
    let mut count = 0;
    while let Ok(next) = tokio::time::timeout(SECOND, others.next(100)).await {
        if let Event::Deliveries(deliveries) = next.unwrap() {
            count += deliveries.len();
        }
    }
    assert_eq!(count, 80, "twenty are with the service");
}
