//! `tidings-bench-socket [COUNT] [ROUNDS]`: 1 KB messages over a Unix socket, each confirmed, beside the bare socket and the `zeromq` crate in
//! the same run.
//! Results are lines of fields between tabs: shape, messages a second, CPU microseconds a message, and for latencies the median in
//! microseconds; medians of the rounds, which go through all shapes in turn.
mod zeromq;

use anyhow::{Context, bail};
use bytes::{Bytes, BytesMut};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};
use tidings::{
    Channel, DynTransport, Message, Received, Router, SubscribeSpec, Verdict, serve,
    transport::{DynSubscription, Event},
};
use tidings_socket::{Address, SocketSettings, SocketTransport};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader, BufWriter},
    net::{UnixListener, UnixStream},
    sync::Semaphore,
    task::JoinSet,
};

const BODY: usize = 1024;
/// What a frame of such a message takes, and its confirmation.
const FRAME: usize = 1100;
const CONFIRMED: usize = 14;
/// Frames on their way in the bare shape.
const WINDOW: usize = 400;
const SHAPES: [&str; 9] = [
    "bare",
    "batches",
    "singles",
    "taken",
    "served",
    "push/pull",
    "bare latency",
    "latency",
    "req/rep",
];

/// Of one shape in one round.
struct Figures {
    rate: f64,
    cpu: f64,
    p50: f64,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |or| {
        arguments
            .next()
            .map_or(Ok(or), |text| text.parse::<usize>())
    };
    let (count, rounds) = (number(100_000)?, number(5)?);
    let mut all: Vec<Vec<Figures>> = SHAPES.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds.max(1) {
        for (shape, figures) in SHAPES.iter().zip(&mut all) {
            figures.push(measure(shape, count).await?);
        }
    }
    let lines: Vec<_> = SHAPES.iter().zip(&all).map(line).collect();
    print(&lines)
}

fn line((shape, figures): (&&str, &Vec<Figures>)) -> String {
    let of = |field: fn(&Figures) -> f64| median(figures.iter().map(field).collect());
    let (rate, cpu, p50) = (of(|one| one.rate), of(|one| one.cpu), of(|one| one.p50));
    format!("{shape}\t{rate:.0}\t{cpu:.2}\t{p50:.1}")
}

fn print(lines: &[String]) -> anyhow::Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    Ok(())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_nanos(u64::try_from(time.tv_nsec).unwrap_or(0))
}

async fn measure(shape: &str, count: usize) -> anyhow::Result<Figures> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("s");
    let single = count / 10;
    match shape {
        "bare" => bare(&path, count).await,
        "bare latency" => bare_latency(&path, single).await,
        "batches" => batches(&Ends::open(&path).await?, count).await,
        "singles" => singles(&Ends::open(&path).await?, count).await,
        "latency" => latency(&Ends::open(&path).await?, single).await,
        "taken" => taken(&path, count).await,
        "served" => served(&path, count).await,
        "push/pull" => zeromq::push_pull(&path, count).await,
        "req/rep" => zeromq::req_rep(&path, single).await,
        _ => bail!("no shape `{shape}`"),
    }
}

/// How long something took, a message.
struct Watch {
    begun: Instant,
    cpu: Duration,
}

impl Watch {
    fn start() -> Self {
        Self {
            begun: Instant::now(),
            cpu: cpu(),
        }
    }

    fn stop(&self, count: usize, waits: Vec<f64>) -> Figures {
        let micros = (cpu() - self.cpu).as_secs_f64() * 1e6;
        Figures {
            rate: count as f64 / self.begun.elapsed().as_secs_f64(),
            cpu: micros / count as f64,
            p50: median(waits) * 1e6,
        }
    }
}

/// A listening end with room for all messages, and a connecting end.
async fn open(path: &Path) -> anyhow::Result<(SocketTransport, Arc<SocketTransport>)> {
    let mut settings = SocketSettings::default();
    settings.memory.queue_messages = 100_000;
    settings.memory.queue_bytes = 1 << 30;
    let address = Address::Unix(path.to_owned());
    let listening = SocketTransport::listen_with(address.clone(), settings.clone()).await?;
    let client = SocketTransport::connect_with(address, settings).await?;
    Ok((listening, Arc::new(client)))
}

/// A listening end with a subscriber that settles everything, and a connecting end.
struct Ends {
    _listening: SocketTransport,
    client: Arc<SocketTransport>,
    channel: Channel,
    received: Arc<AtomicUsize>,
}

impl Ends {
    async fn open(path: &Path) -> anyhow::Result<Self> {
        let (listening, client) = open(path).await?;
        let channel = Channel::point_to_point("a");
        let spec = SubscribeSpec::new(channel.clone()).prefetch(1000);
        let subscription = DynTransport::subscribe(&listening, &spec).await?;
        let received = Arc::new(AtomicUsize::new(0));
        tokio::spawn(settle_all(subscription, received.clone()));
        Ok(Self {
            _listening: listening,
            client,
            channel,
            received,
        })
    }
}

async fn reaches(received: &AtomicUsize, count: usize) {
    while received.load(SeqCst) < count {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn settle_all(mut subscription: Box<dyn DynSubscription>, received: Arc<AtomicUsize>) {
    let settler = subscription.settler();
    while let Ok(event) = subscription.next(64).await {
        let Event::Deliveries(deliveries) = event else {
            continue;
        };
        let verdicts: Vec<_> = deliveries
            .iter()
            .map(|incoming| (incoming.token, Verdict::Ack))
            .collect();
        settler.settle(&verdicts).await;
        received.fetch_add(verdicts.len(), SeqCst);
    }
}

/// Four publishers, batches of 100.
async fn batches(ends: &Ends, count: usize) -> anyhow::Result<Figures> {
    together(ends, 4, 100, count).await
}

/// 64 publishers, one message at a time.
async fn singles(ends: &Ends, count: usize) -> anyhow::Result<Figures> {
    together(ends, 64, 1, count).await
}

async fn together(
    ends: &Ends,
    publishers: usize,
    batch: usize,
    count: usize,
) -> anyhow::Result<Figures> {
    let each = count / publishers / batch;
    let watch = Watch::start();
    let mut publishing = JoinSet::new();
    for _ in 0..publishers {
        let (client, channel) = (ends.client.clone(), ends.channel.clone());
        publishing.spawn(publish_batches(client, channel, batch, each));
    }
    while let Some(published) = publishing.join_next().await {
        published??;
    }
    let count = each * publishers * batch;
    reaches(&ends.received, count).await;
    Ok(watch.stop(count, Vec::new()))
}

async fn publish_batches(
    client: Arc<SocketTransport>,
    channel: Channel,
    size: usize,
    count: usize,
) -> anyhow::Result<()> {
    let body = Bytes::from(vec![b'x'; BODY]);
    for _ in 0..count {
        let batch: Vec<_> = (0..size).map(|_| Message::new(body.clone())).collect();
        publish(&client, &channel, &batch).await?;
    }
    Ok(())
}

async fn publish(
    client: &SocketTransport,
    channel: &Channel,
    batch: &[Message],
) -> anyhow::Result<()> {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    let outcomes = DynTransport::publish(client, channel, batch, deadline).await;
    outcomes.into_iter().try_for_each(|outcome| Ok(outcome?))
}

async fn latency(ends: &Ends, count: usize) -> anyhow::Result<Figures> {
    let body = Bytes::from(vec![b'x'; BODY]);
    let watch = Watch::start();
    let mut waits = Vec::with_capacity(count);
    for _ in 0..count {
        let begun = Instant::now();
        publish(&ends.client, &ends.channel, &[Message::new(body.clone())]).await?;
        waits.push(begun.elapsed().as_secs_f64());
    }
    Ok(watch.stop(count, waits))
}

/// A connecting end takes what was published at the listening end, and settles it.
async fn taken(path: &Path, count: usize) -> anyhow::Result<Figures> {
    let (listening, client) = open(path).await?;
    let channel = Channel::point_to_point("a");
    fill(&listening, &channel, count).await?;
    let received = Arc::new(AtomicUsize::new(0));
    let spec = SubscribeSpec::new(channel).prefetch(1000);
    let watch = Watch::start();
    let subscription = DynTransport::subscribe(&*client, &spec).await?;
    tokio::spawn(settle_all(subscription, received.clone()));
    reaches(&received, count).await;
    Ok(watch.stop(count, Vec::new()))
}

/// The same by a service, whose handler does nothing.
async fn served(path: &Path, count: usize) -> anyhow::Result<Figures> {
    let (listening, client) = open(path).await?;
    let channel = Channel::point_to_point("a");
    fill(&listening, &channel, count).await?;
    let received = Arc::new(AtomicUsize::new(0));
    let mut router = Router::new();
    let handled = received.clone();
    router.on(channel, move |_: Received<Message>| {
        handled.fetch_add(1, SeqCst);
        async { Ok(()) }
    });
    let watch = Watch::start();
    let service = serve(client, router).await?;
    reaches(&received, count).await;
    let figures = watch.stop(count, Vec::new());
    service.stop(Duration::from_secs(10)).await?;
    Ok(figures)
}

async fn fill(listening: &SocketTransport, channel: &Channel, count: usize) -> anyhow::Result<()> {
    let body = Bytes::from(vec![b'x'; BODY]);
    let all: Vec<_> = (0..count).map(|_| Message::new(body.clone())).collect();
    publish(listening, channel, &all).await
}

/// The same on the wire with nothing behind it: a frame out, a confirmation back.
async fn echo(listener: UnixListener) -> anyhow::Result<()> {
    let (stream, _) = listener.accept().await?;
    let (input, output) = stream.into_split();
    let mut input = BufReader::with_capacity(64 << 10, input);
    let mut output = BufWriter::with_capacity(64 << 10, output);
    loop {
        let length = input.read_u32().await?;
        let mut frame = BytesMut::zeroed(length as usize);
        input.read_exact(&mut frame).await?;
        std::hint::black_box(frame.freeze());
        output.write_all(&[0; CONFIRMED]).await?;
        if input.buffer().len() < 4 {
            output.flush().await?;
        }
    }
}

fn frame() -> anyhow::Result<Vec<u8>> {
    let length = u32::try_from(FRAME).context("it is short")?;
    Ok([&length.to_be_bytes()[..], &[b'x'; FRAME]].concat())
}

async fn bare(path: &Path, count: usize) -> anyhow::Result<Figures> {
    tokio::spawn(echo(UnixListener::bind(path)?));
    let (input, output) = UnixStream::connect(path).await?.into_split();
    let frame = frame()?;
    let watch = Watch::start();
    let window = Arc::new(Semaphore::new(WINDOW));
    let room = window.clone();
    let mut input = BufReader::with_capacity(64 << 10, input);
    let confirming = tokio::spawn(async move {
        let mut confirmed = [0; CONFIRMED];
        for _ in 0..count {
            input.read_exact(&mut confirmed).await?;
            room.add_permits(1);
        }
        anyhow::Ok(())
    });
    let mut output = BufWriter::with_capacity(64 << 10, output);
    for _ in 0..count {
        if let Ok(permit) = window.try_acquire() {
            permit.forget();
        } else {
            output.flush().await?;
            window.acquire().await?.forget();
        }
        output.write_all(&frame).await?;
    }
    output.flush().await?;
    confirming.await??;
    Ok(watch.stop(count, Vec::new()))
}

async fn bare_latency(path: &Path, count: usize) -> anyhow::Result<Figures> {
    tokio::spawn(echo(UnixListener::bind(path)?));
    let (mut input, mut output) = UnixStream::connect(path).await?.into_split();
    let frame = frame()?;
    let watch = Watch::start();
    let mut waits = Vec::with_capacity(count);
    let mut confirmed = [0; CONFIRMED];
    for _ in 0..count {
        let begun = Instant::now();
        output.write_all(&frame).await?;
        input.read_exact(&mut confirmed).await?;
        waits.push(begun.elapsed().as_secs_f64());
    }
    Ok(watch.stop(count, waits))
}
