//! A network that loses, repeats, turns round, delays and stalls: everything that was sent is delivered once or told as lost, and never
//! both. `dev/faults multicast` runs the full form.
#![expect(clippy::print_stdout, reason = "a round says what came of it")]
use libtest_mimic::{Arguments, Failed, Trial};
use std::{
    collections::HashSet,
    env,
    net::{Ipv4Addr, UdpSocket as StdSocket},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    BoxError, Channel, Message, SubscribeSpec, Transport,
    transport::{Event, Subscription},
};
use tidings_multicast::{MulticastSubscription, MulticastTransport};
use tokio::{
    net::UdpSocket,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

type Outcome<T = ()> = Result<T, BoxError>;

/// How long a round may take, and after how long nothing more comes.
const PATIENCE: Duration = Duration::from_secs(300);
const QUIET: Duration = Duration::from_millis(400);
/// How long a network stands still.
const STALL: Duration = Duration::from_millis(120);

/// How much later than it is to be a datagram may go on; what comes later still may be taken for lost.
const TARDY: Duration = Duration::from_millis(40);

/// What a network does, each of a thousand datagrams so often.
#[derive(Debug, Clone, Copy, Default)]
struct Fault {
    loses: u64,
    repeats: u64,
    /// Holds back for a few milliseconds, so that others overtake.
    turns: u64,
    /// Holds back for longer than anybody waits.
    delays: u64,
    /// Stands still for a while, and then lets go of everything.
    stalls: u64,
}

const CELLS: &[(&str, Fault)] = &[
    ("clean", none()),
    (
        "loses",
        Fault {
            loses: 100,
            ..none()
        },
    ),
    (
        "repeats",
        Fault {
            repeats: 200,
            ..none()
        },
    ),
    (
        "turns-round",
        Fault {
            turns: 200,
            ..none()
        },
    ),
    (
        "delays",
        Fault {
            delays: 20,
            ..none()
        },
    ),
    (
        "stalls",
        Fault {
            stalls: 2,
            ..none()
        },
    ),
    (
        "all-at-once",
        Fault {
            loses: 50,
            repeats: 100,
            turns: 100,
            delays: 10,
            stalls: 1,
        },
    ),
];

const fn none() -> Fault {
    Fault {
        loses: 0,
        repeats: 0,
        turns: 0,
        delays: 0,
        stalls: 0,
    }
}

fn main() -> ExitCode {
    let trials = CELLS.iter().map(|(name, fault)| {
        Trial::test(format!("multicast: {name}"), || {
            run(*fault).map_err(|error| Failed::from(error.to_string()))
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn told(name: &str, otherwise: u64) -> Outcome<u64> {
    match env::var(format!("TIDINGS_FAULTS_{name}")) {
        Ok(text) => Ok(text.parse()?),
        Err(_) => Ok(otherwise),
    }
}

fn run(fault: Fault) -> Outcome {
    let (seed, rounds) = (told("SEED", 1)?, told("ROUNDS", 1)?);
    let count = told("MESSAGES", 1500)?;
    let runtime = tokio::runtime::Runtime::new()?;
    for round in 0..rounds {
        let seed = seed.wrapping_add(round);
        let done = async { timeout(PATIENCE, one(fault, seed, count)).await? };
        let said = runtime
            .block_on(done)
            .map_err(|error| format!("seed {seed}: {error}"))?;
        println!("seed {seed}: {said}");
    }
    Ok(())
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut next = self.0;
        next = (next ^ (next >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        next = (next ^ (next >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (next ^ (next >> 31)) % below
    }

    fn happens(&mut self, of_a_thousand: u64) -> bool {
        self.next(1000) < of_a_thousand
    }
}

const NEAR: Ipv4Addr = Ipv4Addr::new(239, 255, 77, 20);
const FAR: Ipv4Addr = Ipv4Addr::new(239, 255, 77, 21);

/// Takes from one group what it gives to another.
fn link(fault: Fault, seed: u64, port: u16, tardy: Arc<AtomicU64>) -> Outcome<JoinHandle<()>> {
    let from = StdSocket::bind((NEAR, port))?;
    from.join_multicast_v4(&NEAR, &Ipv4Addr::LOCALHOST)?;
    // Its address is the interface that it sends by.
    let to = StdSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    for socket in [&from, &to] {
        socket.set_nonblocking(true)?;
    }
    let (from, to) = (UdpSocket::from_std(from)?, UdpSocket::from_std(to)?);
    let link = forward(fault, Random(seed), from, to, port, tardy);
    Ok(tokio::spawn(link))
}

/// Counts those that a busy machine has made late.
async fn forward(
    fault: Fault,
    mut random: Random,
    from: UdpSocket,
    to: UdpSocket,
    port: u16,
    tardy: Arc<AtomicU64>,
) {
    let mut buffer = vec![0; 65_507];
    let mut held: Vec<(Instant, Vec<u8>)> = Vec::new();
    let (mut number, mut stands_until) = (0_u64, Instant::now());
    loop {
        held.sort_by_key(|(until, _)| *until);
        let next = held.first().map(|(until, _)| *until);
        let due = async {
            match next {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        let datagram = tokio::select! {
            count = from.recv(&mut buffer) => match count {
                Ok(count) => buffer[..count].to_vec(),
                Err(_) => return,
            },
            () = due => {
                let (until, datagram) = held.remove(0);
                tardy.fetch_add(u64::from(until.elapsed() > TARDY), SeqCst);
                drop(to.send_to(&datagram, (FAR, port)).await);
                continue;
            }
        };
        number += 1;
        // The first passes, so that what comes behind it can be missed.
        if number > 1 && random.happens(fault.loses) {
            continue;
        }
        if random.happens(fault.stalls) {
            stands_until = Instant::now() + STALL;
        }
        let stands = stands_until.saturating_duration_since(Instant::now());
        for _ in 0..=u64::from(random.happens(fault.repeats)) {
            let hold = match (random.happens(fault.turns), random.happens(fault.delays)) {
                _ if number == 1 => 0,
                (_, true) => 300,
                (true, _) => random.next(20),
                _ => 0,
            };
            match Duration::from_millis(hold).max(stands) {
                Duration::ZERO => drop(to.send_to(&datagram, (FAR, port)).await),
                hold => held.push((Instant::now() + hold, datagram.clone())),
            }
        }
    }
}

async fn one(fault: Fault, seed: u64, count: u64) -> Outcome<String> {
    let port = StdSocket::bind("127.0.0.1:0")?.local_addr()?.port();
    let open = |group: Ipv4Addr| {
        MulticastTransport::open(&format!("udp://{group}:{port}?interface=127.0.0.1&hops=0"))
    };
    let tardy = Arc::new(AtomicU64::new(0));
    let link = link(fault, seed, port, tardy.clone())?;
    let (sender, receiver) = (open(NEAR)?, open(FAR)?);
    let channel = Channel::publish_subscribe("positions");
    let mut subscription = receiver
        .subscribe(&SubscribeSpec::new(channel.clone()))
        .await?;
    let hearing = tokio::spawn(async move {
        let mut heard = Heard::default();
        while heard.hears(&mut subscription).await? {}
        Ok::<_, BoxError>(heard)
    });
    for number in 0..count {
        publish(&sender, &channel, number).await?;
        // So that what is lost is lost by the link, however busy the machine is.
        sleep(Duration::from_millis(1)).await;
    }
    // What is late is here or lost by now, and what comes next shows which.
    sleep(QUIET / 2).await;
    let mut sent = count;
    while !hearing.is_finished() {
        publish(&sender, &channel, sent).await?;
        sent += 1;
        sleep(QUIET / 8).await;
        if sent > count + 20 {
            sleep(QUIET * 2).await;
            break;
        }
    }
    let heard = hearing.await??;
    link.abort();
    heard.check(fault, tardy.load(SeqCst))
}

async fn publish(transport: &MulticastTransport, channel: &Channel, number: u64) -> Outcome {
    let message = Message::new(number.to_string());
    let deadline = Instant::now() + PATIENCE;
    for outcome in transport.publish(channel, &[message], deadline).await {
        outcome?;
    }
    Ok(())
}

#[derive(Default)]
struct Heard {
    numbers: HashSet<u64>,
    lost: u64,
    last: u64,
}

impl Heard {
    /// False once nothing comes any more.
    async fn hears(&mut self, subscription: &mut MulticastSubscription) -> Outcome<bool> {
        let quiet = if self.numbers.is_empty() {
            PATIENCE
        } else {
            QUIET
        };
        let Ok(event) = timeout(quiet, subscription.next(64)).await else {
            return Ok(false);
        };
        match event? {
            Event::Deliveries(all) => {
                for delivery in all {
                    let number = str::from_utf8(&delivery.message.body)?.parse()?;
                    assert!(self.numbers.insert(number), "{number} came twice");
                    self.last = self.last.max(number);
                }
            }
            Event::Lost { count } => self.lost += count.ok_or("it is not told how many")?,
            other => return Err(format!("{other:?}").into()),
        }
        Ok(true)
    }

    fn check(&self, fault: Fault, tardy: u64) -> Outcome<String> {
        let came = self.numbers.len() as u64;
        assert_eq!(
            came + self.lost,
            self.last + 1,
            "{} came, {} lost",
            came,
            self.lost
        );
        assert!(self.numbers.contains(&0));
        match fault.loses + fault.delays {
            0 => assert!(self.lost <= tardy, "{} lost, {tardy} late", self.lost),
            _ => assert!(self.lost > 0, "nothing lost"),
        }
        Ok(format!("{came} came, {} lost", self.lost))
    }
}
