//! Several instances of a service, each a process of its own: one that moves, dies or stands still, and what becomes of what was published to it.
use libtest_mimic::{Arguments, Failed, Trial};
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};
use tempfile::TempDir;
use tidings::{
    BoxError, Channel, Error, ErrorKind, Message, Received, Registry, Router, Server,
    SubscribeSpec, Transport, serve,
    transport::{Confirm, Event, Group, Subscription},
};
use tidings_socket::{
    Address, Discovery, InstancesFile, InstancesTransport, SocketConnector, SocketSettings,
    SocketTransport,
};
use tokio::time::{Instant, sleep, timeout};

type Outcome<T = ()> = Result<T, BoxError>;

/// What an instance is told by its environment: its address, its log, and the group that it announces itself in.
const ADDRESS: &str = "TIDINGS_DISCOVERY_ADDRESS";
const LOG: &str = "TIDINGS_DISCOVERY_LOG";
#[cfg(feature = "beacon")]
const GROUP: &str = "TIDINGS_DISCOVERY_GROUP";
/// How long anything may take, and how long it may be that nothing goes on for somebody when an instance goes.
const PATIENCE: Duration = Duration::from_secs(30);
const TAKEOVER: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    if let Ok(address) = env::var(ADDRESS) {
        return match runtime().block_on(instance(&address)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let trials = vec![
        trial("instances-share-the-work-and-keep-keys-apart", share),
        trial("one-that-dies-is-taken-over", || dies("KILL")),
        trial("one-that-stands-still-is-taken-over", || dies("STOP")),
        trial("a-client-finds-one-that-moved", moves),
        trial("a-subscriber-hears-all-and-those-to-come", hears_all),
        trial("replies-come-by-whoever-answers", replies),
        trial("a-document-leads-to-what-is-found", by_document),
        trial("nobody-there-is-told", nobody),
        trial("a-file-is-read-again", file_is_read_again),
        #[cfg(feature = "beacon")]
        trial("instances-announce-themselves", announced),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn runtime() -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.unwrap_or_else(|error| panic!("{error}"))
}

fn trial<F>(name: &str, check: fn() -> F) -> Trial
where
    F: Future<Output = Outcome> + 'static,
{
    Trial::test(name, move || {
        let outcome = runtime().block_on(async { timeout(2 * PATIENCE, check()).await });
        let outcome = outcome.map_err(|_| Failed::from("not done in time"))?;
        outcome.map_err(|error| error.to_string().into())
    })
}

fn orders() -> Channel {
    Channel::point_to_point("orders")
}

/// Handles orders, and takes down each, until its standard input ends or it is killed.
async fn instance(address: &str) -> Outcome {
    let log = OpenOptions::new().append(true).open(env::var(LOG)?)?;
    let log = Arc::new(Mutex::new(log));
    let address: Address = address.parse()?;
    let listening = Arc::new(SocketTransport::listen(address.clone()).await?);
    let mut router = Router::new();
    let name = address.to_string();
    router.on(orders(), move |order: Received<Message>| {
        let (log, name) = (log.clone(), name.clone());
        async move {
            sleep(Duration::from_millis(2)).await;
            let line = format!("{} {name}\n", String::from_utf8_lossy(&order.body));
            // One write, which no other process writes into.
            note(&log, &line)?;
            Ok(())
        }
    });
    let _service = serve(listening, router).await?;
    #[cfg(feature = "beacon")]
    let _announcement = match env::var(GROUP) {
        Ok(group) => Some(tidings_socket::Announcement::begin(
            &group, "orders", &address,
        )?),
        Err(_) => None,
    };
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    Ok(())
}

fn note(log: &Mutex<File>, line: &str) -> tidings::Result<()> {
    let mut log = log.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let failed =
        |error: std::io::Error| Error::new(ErrorKind::Unexpected, "note", error.to_string());
    log.write_all(line.as_bytes()).map_err(failed)
}

/// A folder with sockets, a log of what was handled, and the processes.
struct Place {
    folder: TempDir,
    instances: BTreeMap<String, Child>,
}

impl Place {
    fn new() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        File::create(folder.path().join("log"))?;
        Ok(Self {
            folder,
            instances: BTreeMap::new(),
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn address(&self, name: &str) -> Address {
        Address::Unix(self.path(name))
    }

    fn start(&mut self, name: &str) -> Outcome {
        self.start_with(name, &[])
    }

    fn start_with(&mut self, name: &str, told: &[(&str, &str)]) -> Outcome {
        let child = Command::new(env::current_exe()?)
            .env(ADDRESS, self.address(name).to_string())
            .env(LOG, self.path("log"))
            .envs(told.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        self.instances.insert(name.to_owned(), child);
        let begun = Instant::now();
        while !self.path(name).exists() {
            if begun.elapsed() > PATIENCE {
                return Err("it does not listen".into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn signal(&self, name: &str, signal: &str) -> Outcome {
        let id = self.instances.get(name).ok_or("no such instance")?.id();
        let done = Command::new("kill")
            .args(["-s", signal, &id.to_string()])
            .status()?;
        assert!(done.success());
        Ok(())
    }

    /// What was handled, and by whom.
    fn handled(&self) -> Outcome<Vec<(u32, u32, String)>> {
        let text = fs::read_to_string(self.path("log"))?;
        let lines = text.lines().map(|line| {
            let mut words = line.split(' ');
            let mut next = || words.next().ok_or("a line is cut off");
            Ok((next()?.parse()?, next()?.parse()?, next()?.to_owned()))
        });
        lines.collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for child in self.instances.values_mut() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

async fn connect(discovery: impl Discovery) -> Outcome<InstancesTransport> {
    Ok(InstancesTransport::connect(discovery)
        .await?
        .confirm_settled())
}

fn order(key: u32, number: u32) -> Message {
    let mut message = Message::new(format!("{key} {number}"));
    message.key = Some(key.to_string().into());
    message
}

async fn publish(transport: &impl Transport, batch: &[Message]) -> Outcome {
    let deadline = Instant::now() + PATIENCE;
    for outcome in transport.publish(&orders(), batch, deadline).await {
        outcome?;
    }
    Ok(())
}

/// That everything confirmed was handled, and of each key for the first time in its order.
fn none_lost_none_turned_round(handled: &[(u32, u32, String)], keys: u32, each: u32) {
    let mut first = BTreeMap::<u32, Vec<u32>>::new();
    for (key, number, _) in handled {
        let numbers = first.entry(*key).or_default();
        if !numbers.contains(number) {
            numbers.push(*number);
        }
    }
    assert_eq!(first.len(), keys as usize);
    for (key, numbers) in first {
        assert!(numbers.iter().copied().eq(0..each), "{key}: {numbers:?}");
    }
}

async fn share() -> Outcome {
    let mut place = Place::new()?;
    let names = ["a", "b", "c"];
    for name in names {
        place.start(name)?;
    }
    let transport = connect(names.map(|name| place.address(name)).to_vec()).await?;
    for number in 0..20 {
        let batch: Vec<_> = (0..30).map(|key| order(key, number)).collect();
        publish(&transport, &batch).await?;
    }
    let handled = place.handled()?;
    assert_eq!(handled.len(), 600);
    none_lost_none_turned_round(&handled, 30, 20);
    let mut of_keys = BTreeMap::<_, BTreeSet<_>>::new();
    for (key, _, name) in &handled {
        of_keys.entry(key).or_default().insert(name);
    }
    assert!(
        of_keys.values().all(|names| names.len() == 1),
        "{of_keys:?}"
    );
    let busy: BTreeSet<_> = of_keys.values().flatten().collect();
    assert_eq!(busy.len(), 3);
    // What has no key goes to each in turn.
    for number in 0..9 {
        publish(&transport, &[Message::new(format!("99 {number}"))]).await?;
    }
    let handled = place.handled()?;
    for name in names {
        let name = place.address(name).to_string();
        let some = handled
            .iter()
            .filter(|(key, _, by)| *key == 99 && *by == name);
        assert_eq!(some.count(), 3);
    }
    Ok(())
}

/// Under load, of publishers that each publish one batch after the other.
async fn dies(signal: &str) -> Outcome {
    const KEYS: u32 = 24;
    const BATCH: u32 = 5;
    let mut place = Place::new()?;
    let names = ["a", "b", "c"];
    for name in names {
        place.start(name)?;
    }
    let transport = connect(names.map(|name| place.address(name)).to_vec()).await?;
    let transport = Arc::new(transport);
    let is_over = Arc::new(AtomicBool::new(false));
    let publishers: Vec<_> = (0..KEYS)
        .map(|key| {
            let (transport, is_over) = (transport.clone(), is_over.clone());
            tokio::spawn(async move {
                let (mut number, mut longest) = (0, Duration::ZERO);
                while !is_over.load(SeqCst) {
                    let batch: Vec<_> = (number..number + BATCH).map(|at| order(key, at)).collect();
                    let begun = Instant::now();
                    publish(&*transport, &batch)
                        .await
                        .map_err(|error| error.to_string())?;
                    longest = longest.max(begun.elapsed());
                    number += BATCH;
                }
                Ok::<_, String>((number, longest))
            })
        })
        .collect();
    sleep(Duration::from_secs(1)).await;
    place.signal("b", signal)?;
    sleep(Duration::from_secs(6)).await;
    is_over.store(true, SeqCst);
    if signal == "STOP" {
        // It goes on with what it has, which others have done by now.
        place.signal("b", "CONT")?;
        sleep(Duration::from_secs(1)).await;
    }
    let mut ends = Vec::new();
    for publisher in publishers {
        ends.push(publisher.await??);
    }
    let longest = ends
        .iter()
        .map(|(_, longest)| *longest)
        .max()
        .unwrap_or_default();
    let handled = place.handled()?;
    for (key, (count, _)) in (0..).zip(&ends) {
        let of_key: Vec<_> = handled.iter().filter(|one| one.0 == key).cloned().collect();
        let mut own = of_key;
        own.iter_mut().for_each(|one| one.0 = 0);
        none_lost_none_turned_round(&own, 1, *count);
    }
    let b = place.address("b").to_string();
    assert!(
        handled.iter().any(|(_, _, name)| *name == b),
        "it had nothing to do"
    );
    assert!(longest < TAKEOVER, "somebody waited for {longest:?}");
    Ok(())
}

/// A list that takes the place of another, as deployments do.
fn list(path: &Path, addresses: &[Address]) -> Outcome {
    let lines: String = addresses
        .iter()
        .map(|address| format!("{address} # one\n"))
        .collect();
    let new = path.with_extension("new");
    fs::write(&new, format!("# the instances\n\n{lines}"))?;
    fs::rename(new, path)?;
    Ok(())
}

async fn moves() -> Outcome {
    let mut place = Place::new()?;
    place.start("old")?;
    let file = place.path("instances");
    list(&file, &[place.address("old")])?;
    let transport = connect(InstancesFile::watch(&file).await?).await?;
    for number in 0..10 {
        publish(&transport, &[order(1, number)]).await?;
    }
    // It goes without a word, and with whatever it has; the one that comes is somewhere else.
    place.signal("old", "KILL")?;
    let begun = Instant::now();
    let tenth = [order(1, 10)];
    let publishing = publish(&transport, &tenth);
    let moved = async {
        place.start("new")?;
        list(&file, &[place.address("new")])
    };
    let (published, moved) = tokio::join!(publishing, moved);
    published?;
    moved?;
    assert!(begun.elapsed() < TAKEOVER, "{:?}", begun.elapsed());
    for number in 11..20 {
        publish(&transport, &[order(1, number)]).await?;
    }
    let handled = place.handled()?;
    none_lost_none_turned_round(&handled, 1, 20);
    let new = place.address("new").to_string();
    assert!(
        handled
            .iter()
            .rev()
            .take(9)
            .all(|(_, _, name)| *name == new)
    );
    Ok(())
}

async fn body(subscription: &mut impl Subscription) -> Outcome<String> {
    match timeout(PATIENCE, subscription.next(1)).await?? {
        Event::Deliveries(all) => {
            let first = all.first().ok_or("nothing came")?;
            Ok(String::from_utf8(first.message.body.to_vec())?)
        }
        other => Err(format!("{other:?}").into()),
    }
}

async fn hears_all() -> Outcome {
    let place = Place::new()?;
    let events = Channel::publish_subscribe("events");
    let listen = async |name| SocketTransport::listen(place.address(name)).await;
    let (one, other) = (listen("one").await?, listen("other").await?);
    let file = place.path("instances");
    list(&file, &[place.address("one"), place.address("other")])?;
    let transport = InstancesTransport::connect(InstancesFile::watch(&file).await?).await?;
    let spec = SubscribeSpec::new(events.clone()).group(Group::Shared("g".into()));
    let mut subscription = transport.subscribe(&spec).await?;
    // As soon as it is there, which of those to come is so too.
    let third = listen("third").await?;
    list(
        &file,
        &["one", "other", "third"].map(|name| place.address(name)),
    )?;
    let mut heard = BTreeSet::new();
    let begun = Instant::now();
    while heard.len() < 3 && begun.elapsed() < TAKEOVER {
        for (from, name) in [(&one, "one"), (&other, "other"), (&third, "third")] {
            let deadline = Instant::now() + PATIENCE;
            let outcomes = from.publish(&events, &[Message::new(name)], deadline).await;
            assert!(outcomes.iter().all(Result::is_ok));
        }
        while let Ok(heard_now) = timeout(Duration::from_millis(50), body(&mut subscription)).await
        {
            heard.insert(heard_now?);
        }
    }
    assert_eq!(heard.len(), 3, "{heard:?}");
    // One that is listed no more is heard as long as it is there.
    list(&file, &[place.address("one")])?;
    sleep(Duration::from_secs(1)).await;
    let deadline = Instant::now() + PATIENCE;
    other
        .publish(&events, &[Message::new("still")], deadline)
        .await;
    assert_eq!(body(&mut subscription).await?, "still");
    Ok(())
}

async fn replies() -> Outcome {
    let place = Place::new()?;
    let mut addresses = Vec::new();
    let mut services = Vec::new();
    for name in ["a", "b"] {
        let listening = Arc::new(SocketTransport::listen(place.address(name)).await?);
        let mut router = Router::new();
        router.on_request(orders(), move |_: Received<Message>| async move {
            Ok(Message::new(name))
        });
        services.push(serve(listening, router).await?);
        addresses.push(place.address(name));
    }
    let transport = InstancesTransport::connect(addresses).await?;
    let client = tidings::Client::new(Arc::new(transport));
    let mut answered = BTreeSet::new();
    for _ in 0..4 {
        let asked = Message::new("who?");
        let reply: Message = client.request(&orders(), &asked, PATIENCE).await?;
        answered.insert(reply.body.to_vec());
    }
    assert_eq!(answered.len(), 2, "{answered:?}");
    Ok(())
}

async fn by_document() -> Outcome {
    let mut place = Place::new()?;
    place.start("a")?;
    let connector = SocketConnector::default().with_discovery(vec![place.address("a")]);
    let registry = Registry::new().with(connector);
    let server = Server::new("unix", "unix:/anywhere?confirm=settled");
    let transport = tidings::connect(&server, &registry).await?;
    assert_eq!(transport.capabilities(&orders()).confirm, Confirm::Settled);
    let deadline = Instant::now() + PATIENCE;
    for outcome in transport.publish(&orders(), &[order(1, 0)], deadline).await {
        outcome?;
    }
    none_lost_none_turned_round(&place.handled()?, 1, 1);
    Ok(())
}

async fn nobody() -> Outcome {
    let place = Place::new()?;
    let settings = SocketSettings::default().with_connect_wait(Duration::from_millis(300));
    let nowhere = vec![place.address("nowhere")];
    let error = InstancesTransport::connect_with(nowhere, settings).await;
    let error = error.err().ok_or("somebody is there")?.to_string();
    assert!(
        error.contains("no instance was found that answers within 300ms"),
        "{error}"
    );
    Ok(())
}

async fn file_is_read_again() -> Outcome {
    let place = Place::new()?;
    let path = place.path("instances");
    let error = InstancesFile::watch(&path)
        .await
        .err()
        .ok_or("there is none")?;
    assert!(
        error.to_string().contains(&path.display().to_string()),
        "{error}"
    );
    fs::write(&path, "nonsense")?;
    let error = InstancesFile::watch(&path)
        .await
        .err()
        .ok_or("it is none")?;
    assert!(error.to_string().contains("`nonsense`"), "{error}");
    let (a, b) = (place.address("a"), place.address("b"));
    list(&path, std::slice::from_ref(&a))?;
    let file = InstancesFile::watch(&path).await?;
    let mut known = file.instances();
    assert_eq!(*known.borrow_and_update(), BTreeSet::from([a.clone()]));
    // Neither a file that is away nor one that makes no sense changes anything.
    fs::remove_file(&path)?;
    sleep(Duration::from_millis(500)).await;
    fs::write(&path, "tcp:half")?;
    sleep(Duration::from_millis(500)).await;
    assert!(!known.has_changed()?);
    list(&path, &[a.clone(), b.clone()])?;
    timeout(Duration::from_secs(1), known.changed()).await??;
    assert_eq!(*known.borrow_and_update(), BTreeSet::from([a, b.clone()]));
    // Written over in place, too.
    fs::write(&path, format!("{b}"))?;
    timeout(Duration::from_secs(1), known.changed()).await??;
    assert_eq!(*known.borrow_and_update(), BTreeSet::from([b]));
    Ok(())
}

#[cfg(feature = "beacon")]
async fn announced() -> Outcome {
    use tidings_socket::{Announcement, Beacon};
    let port = std::net::UdpSocket::bind("127.0.0.1:0")?
        .local_addr()?
        .port();
    let group = format!("udp://239.255.78.1:{port}?interface=127.0.0.1&hops=0");
    let mut place = Place::new()?;
    place.start_with("a", &[(GROUP, &group)])?;
    let beacon = Beacon::hear(&group, "orders").await?;
    let mut known = beacon.instances();
    let transport = connect(beacon).await?;
    for number in 0..5 {
        publish(&transport, &[order(1, number)]).await?;
    }
    // Another service's are not among them.
    let stranger = Announcement::begin(&group, "bills", &place.address("stranger"))?;
    place.signal("a", "KILL")?;
    place.start_with("b", &[(GROUP, &group)])?;
    let begun = Instant::now();
    publish(&transport, &[order(1, 5)]).await?;
    assert!(begun.elapsed() < TAKEOVER, "{:?}", begun.elapsed());
    none_lost_none_turned_round(&place.handled()?, 1, 6);
    let alone = BTreeSet::from([place.address("b")]);
    timeout(TAKEOVER, known.wait_for(|known| *known == alone)).await??;
    // One that says that it leaves is gone at once.
    let third = Announcement::begin(&group, "orders", &place.address("c"))?;
    timeout(TAKEOVER, known.wait_for(|known| known.len() == 2)).await??;
    third.withdraw().await;
    timeout(
        Duration::from_millis(500),
        known.wait_for(|known| known.len() == 1),
    )
    .await??;
    drop(stranger);
    Ok(())
}
