//! Links that are cut, stall or are half open, beside a service that goes on: what is handled, how often, and in which order.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]
use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Channel, DynTransport, ErrorKind, Memory, Message, Received, Result, Router, SubscribeSpec,
    Verdict,
    memory::MemorySettings,
    serve,
    transport::{Confirm, Event},
};
use tidings_socket::{Address, SocketSettings, SocketTransport};
use tokio::{
    io::copy,
    net::{TcpListener, TcpStream},
    sync::broadcast,
    time::Instant,
};

const SECOND: Duration = Duration::from_secs(1);

fn num(key: u32, number: u32) -> Message {
    let mut message = Message::new(format!("{key} {number}"));
    message.key = Some(key.to_string().into());
    message
}

fn parsed(body: &[u8]) -> (u32, u32) {
    let text = str::from_utf8(body).unwrap();
    let (key, number) = text.split_once(' ').unwrap();
    (key.parse().unwrap(), number.parse().unwrap())
}

async fn publish(
    transport: &dyn DynTransport,
    channel: &Channel,
    batch: &[Message],
    within: Duration,
) -> Vec<Result<()>> {
    transport
        .publish(channel, batch, Instant::now() + within)
        .await
}

async fn put(transport: &dyn DynTransport, channel: &Channel, batch: Vec<Message>) {
    for outcome in publish(transport, channel, &batch, 5 * SECOND).await {
        outcome.unwrap();
    }
}

async fn comes_true(limit: Duration, holds: impl Fn() -> bool) -> bool {
    let end = Instant::now() + limit;
    while !holds() && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    holds()
}

/// What was handled: the numbers of each key, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<HashMap<u32, Vec<u32>>>>);

impl Log {
    fn push(&self, (key, number): (u32, u32)) {
        self.0.lock().unwrap().entry(key).or_default().push(number);
    }

    fn total(&self) -> usize {
        self.0.lock().unwrap().values().map(Vec::len).sum()
    }

    fn distinct(&self) -> usize {
        let log = self.0.lock().unwrap();
        log.values()
            .map(|numbers| numbers.iter().collect::<HashSet<_>>().len())
            .sum()
    }

    /// How many were handled for the first time after a later one of their key.
    fn overtaken(&self) -> usize {
        let log = self.0.lock().unwrap();
        let overtaken = |numbers: &Vec<u32>| {
            let (mut seen, mut latest, mut count) = (HashSet::new(), 0, 0);
            for number in numbers {
                count += usize::from(seen.insert(number) && *number < latest);
                latest = latest.max(*number);
            }
            count
        };
        log.values().map(overtaken).sum()
    }
}

/// A router that takes down what it handles, each for that long.
fn router(channel: &Channel, takes: Duration) -> (Router, Log) {
    let log = Log::default();
    let done = log.clone();
    let mut router = Router::new();
    router.on(channel.clone(), move |message: Received<Message>| {
        let done = done.clone();
        async move {
            tokio::time::sleep(takes).await;
            done.push(parsed(&message.body));
            Ok(())
        }
    });
    (router, log)
}

async fn host(path: &Path, memory: &Memory) -> SocketTransport {
    loop {
        let address = Address::Unix(path.to_owned());
        match SocketTransport::host(address, SocketSettings::default(), memory.clone()).await {
            // The tasks of the former end take a moment to go.
            Err(error) if error.kind() == ErrorKind::InUse => {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            outcome => return outcome.unwrap(),
        }
    }
}

async fn connect(path: &Path) -> Arc<SocketTransport> {
    Arc::new(
        SocketTransport::connect(Address::Unix(path.to_owned()))
            .await
            .unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reconnect_loses_repeats_and_turns_round_nothing() {
    const KEYS: u32 = 100;
    const EACH: u32 = 50;
    const LANES: usize = 16;
    const CUTS: usize = 8;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let memory = Memory::new();
    let mut listening = host(&path, &memory).await;
    let channel = Channel::point_to_point("a");
    let (mut router, log) = router(&channel, Duration::from_millis(1));
    router.concurrency(LANES);
    let service = serve(connect(&path).await, router).await.unwrap();
    for number in 0..EACH {
        put(
            &memory,
            &channel,
            (0..KEYS).map(|key| num(key, number)).collect(),
        )
        .await;
    }
    for _ in 0..CUTS {
        tokio::time::sleep(Duration::from_millis(40)).await;
        drop(listening);
        listening = host(&path, &memory).await;
    }
    let all = (KEYS * EACH) as usize;
    assert!(
        comes_true(60 * SECOND, || log.distinct() == all).await,
        "{}",
        log.distinct()
    );
    service.stop(5 * SECOND).await.unwrap();
    assert_eq!(log.overtaken(), 0);
    assert_eq!(log.total() - all, 0, "handled twice in {CUTS} cuts");
}

/// What of the memory of this process is in use, in MiB.
fn used() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<usize>()
        .unwrap()
        / 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reconnecting_takes_no_more_memory_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let memory = Memory::new();
    let mut listening = host(&path, &memory).await;
    let client = connect(&path).await;
    let channel = Channel::point_to_point("a");
    // Taken, and never read.
    let spec = SubscribeSpec::new(channel.clone()).prefetch(64);
    let mut unread = DynTransport::subscribe(&*client, &spec).await.unwrap();
    for _ in 0..64 {
        put(&memory, &channel, vec![Message::new(vec![b'x'; 100_000])]).await;
    }
    tokio::time::sleep(SECOND / 3).await;
    let before = used();
    for _ in 0..40 {
        drop(listening);
        listening = host(&path, &memory).await;
        tokio::time::sleep(SECOND / 20).await;
    }
    let grown = used().saturating_sub(before);
    assert!(
        grown < 60,
        "40 reconnects with 6.4 MB under way: {grown} MiB more"
    );
    let mut came = 0;
    while came < 64 {
        match unread.next(64).await.unwrap() {
            Event::Deliveries(deliveries) => came += deliveries.len(),
            event => panic!("the session went on, and yet: {event:?}"),
        }
    }
    assert_eq!(came, 64);
}

/// Forwards connections; when told, the end that connected sees its connection end, and the other sees nothing.
async fn half_open_proxy(target: String) -> (String, broadcast::Sender<()>) {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("tcp:{}", proxy.local_addr().unwrap());
    let (cut, _) = broadcast::channel(4);
    let cuts = cut.clone();
    tokio::spawn(async move {
        loop {
            let (client, _) = proxy.accept().await.unwrap();
            let server = TcpStream::connect(&target).await.unwrap();
            let mut cut = cuts.subscribe();
            tokio::spawn(async move {
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                tokio::select! {
                    _ = copy(&mut from_client, &mut to_server) => {}
                    _ = copy(&mut from_server, &mut to_client) => {}
                    _ = cut.recv() => {}
                }
                drop((from_client, to_client));
                tokio::time::sleep(600 * SECOND).await;
                drop((from_server, to_server));
            });
        }
    });
    (address, cut)
}

/// A link that is half open, and who was behind it comes back: by itself, or as another process.
async fn half_open(restarts: bool) {
    let memory = Memory::new();
    let settings = || SocketSettings::default().with_heartbeat(SECOND);
    let listening = SocketTransport::host(
        "tcp:127.0.0.1:0".parse().unwrap(),
        settings(),
        memory.clone(),
    )
    .await
    .unwrap();
    let target = listening.address().to_string();
    let (address, cut) = half_open_proxy(target.trim_start_matches("tcp:").to_owned()).await;
    let connect = || async {
        let connecting = SocketTransport::connect_with(address.parse().unwrap(), settings());
        Arc::new(connecting.await.unwrap())
    };
    let channel = Channel::point_to_point("a");
    let (mut router, log) = router(&channel, SECOND / 50);
    router.prefetch(20);
    let mut service = serve(connect().await, router.clone()).await.unwrap();
    for number in 0..100 {
        put(&memory, &channel, vec![num(number % 5, number / 5)]).await;
    }
    assert!(comes_true(5 * SECOND, || log.total() > 10).await);
    cut.send(()).unwrap();
    if restarts {
        drop(service);
        service = serve(connect().await, router).await.unwrap();
    }
    let begun = Instant::now();
    assert!(
        comes_true(60 * SECOND, || log.distinct() == 100).await,
        "{}",
        log.distinct()
    );
    let took = begun.elapsed();
    service.stop(5 * SECOND).await.unwrap();
    assert_eq!(log.overtaken(), 0);
    // Who comes back by itself is known, and waits for no heartbeat.
    assert!(restarts || took < 3 * SECOND, "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_open_link_keeps_the_order_of_a_key_and_is_replaced_at_once() {
    half_open(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_that_died_and_came_back_keeps_the_order_of_a_key() {
    half_open(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_publisher_was_told_to_have_failed_is_not_published_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let mut settings = MemorySettings::default();
    settings.queue_messages = 1;
    let memory = Memory::with_settings(settings);
    let _listening = host(&path, &memory).await;
    let client = connect(&path).await;
    let channel = Channel::point_to_point("a");
    put(&*client, &channel, vec![num(1, 0)]).await;
    let (reader, of) = (memory.clone(), channel.clone());
    let reading = tokio::spawn(async move {
        tokio::time::sleep(SECOND * 3 / 2).await;
        let spec = SubscribeSpec::new(of).prefetch(1);
        let mut subscription = DynTransport::subscribe(&reader, &spec).await.unwrap();
        let settler = subscription.settler();
        let mut bodies = Vec::new();
        while let Ok(Ok(Event::Deliveries(deliveries))) =
            tokio::time::timeout(2 * SECOND, subscription.next(1)).await
        {
            for incoming in deliveries {
                bodies.push(parsed(&incoming.message.body).1);
                let failed = settler.settle(&[(incoming.token, Verdict::Ack)]).await;
                assert!(failed.is_empty());
            }
        }
        bodies
    });
    // As a relay does: tries again what failed, until all is taken.
    let tries = AtomicUsize::new(0);
    let mut left: Vec<Message> = (1..=3).map(|number| num(1, number)).collect();
    while !left.is_empty() {
        tries.fetch_add(1, SeqCst);
        let outcomes = publish(&*client, &channel, &left, SECOND).await;
        let failed = left
            .into_iter()
            .zip(outcomes)
            .filter(|(_, outcome)| outcome.is_err());
        left = failed.map(|(message, _)| message).collect();
    }
    assert_eq!(reading.await.unwrap(), [0, 1, 2, 3]);
    assert!(tries.into_inner() > 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_confirmed_as_settled_outlives_the_listening_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    // The queues go with each.
    let mut listening = host(&path, &Memory::new()).await;
    let publisher = connect(&path).await.confirm_settled();
    let channel = Channel::point_to_point("a");
    assert_eq!(
        DynTransport::capabilities(&publisher, &channel).confirm,
        Confirm::Settled
    );
    let (router, log) = router(&channel, SECOND / 500);
    let service = serve(connect(&path).await, router).await.unwrap();
    let publishing = tokio::spawn(async move {
        for number in 0..60 {
            let batch = (0..5).map(|key| num(key, number)).collect();
            put(&publisher, &Channel::point_to_point("a"), batch).await;
        }
    });
    for _ in 0..5 {
        tokio::time::sleep(SECOND / 10).await;
        drop(listening);
        listening = host(&path, &Memory::new()).await;
    }
    publishing.await.unwrap();
    assert_eq!(log.distinct(), 300, "each was confirmed as settled");
    assert_eq!(log.overtaken(), 0);
    service.stop(SECOND).await.unwrap();
}
