//! The cells: what fails, while messages are published and handled.
use crate::{
    findings::Findings,
    job::Job,
    link::{Fault, Link},
    process::{CONSUMERS, Orders, Process, QUEUED, Role},
    random::Random,
};
use std::{sync::Arc, time::Duration};
use tidings::{BoxError, Memory, memory::MemorySettings};
use tokio::time::{Instant, sleep};

/// Most time without progress, once nothing fails any more, and most time in all.
const STUCK: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(1200);

#[derive(Debug, Clone, Copy)]
pub(crate) enum Cell {
    /// In process: what is dropped without a word.
    Memory(Role),
    /// Over a Unix socket: SIGKILL of one of the processes.
    Kill(Role),
    /// Over TCP, by a link that fails.
    Link(Fault),
    /// Over TCP, by a link that is slow.
    Slow,
}

pub(crate) const CELLS: [(&str, Cell); 9] = [
    ("memory: client ends", Cell::Memory(Role::Client)),
    ("memory: service ends", Cell::Memory(Role::Service)),
    ("socket: client killed", Cell::Kill(Role::Client)),
    ("socket: service killed", Cell::Kill(Role::Service)),
    ("socket: listener killed", Cell::Kill(Role::Listener)),
    ("socket: link cut", Cell::Link(Fault::Cut)),
    ("socket: link stalls", Cell::Link(Fault::Stall)),
    ("socket: link half open", Cell::Link(Fault::HalfOpen)),
    ("socket: link slow", Cell::Slow),
];

pub(crate) struct Outcome {
    pub(crate) findings: Findings,
    /// How often something failed.
    pub(crate) faults: usize,
    pub(crate) took: Duration,
}

impl Cell {
    /// Whether messages may be handled twice: where whoever held them is no more.
    pub(crate) fn may_repeat(self) -> bool {
        matches!(self, Self::Memory(_) | Self::Kill(_))
    }

    /// Runs it, with so many faults at times that the seed says.
    pub(crate) async fn run(
        self,
        job: &Job,
        faults: usize,
        seed: u64,
    ) -> Result<Outcome, BoxError> {
        let begun = Instant::now();
        let mut random = Random::new(seed);
        let faults = match self {
            Self::Memory(role) => in_process(job, role, faults, &mut random).await?,
            Self::Kill(role) => kill(job, role, faults, &mut random).await?,
            Self::Link(fault) => link(job, Some(fault), faults, &mut random).await?,
            Self::Slow => link(job, None, 0, &mut random).await?,
        };
        Ok(Outcome {
            findings: Findings::of(job),
            faults,
            took: begun.elapsed(),
        })
    }
}

async fn complete(job: &Job, mut is_published: impl FnMut() -> bool) {
    let begun = Instant::now();
    let (mut progress, mut handled) = (begun, 0);
    while begun.elapsed() < LONGEST && progress.elapsed() < STUCK {
        let findings = Findings::of(job);
        if is_published() && findings.is_complete() {
            break;
        }
        if findings.handled() > handled {
            (progress, handled) = (Instant::now(), findings.handled());
        }
        // Reading the logs takes a while itself.
        sleep(Duration::from_millis(200)).await;
    }
    // What is repeated may still come.
    sleep(Duration::from_millis(500)).await;
}

async fn in_process(
    job: &Job,
    role: Role,
    faults: usize,
    random: &mut Random,
) -> Result<usize, BoxError> {
    let mut settings = MemorySettings::default();
    settings.queue_messages = QUEUED;
    let memory = Memory::with_settings(settings);
    let publish = || {
        let (job, memory) = (job.clone(), Arc::new(memory.clone()));
        tokio::spawn(async move { job.publish(memory).await })
    };
    let mut publishing = publish();
    let mut services = Vec::new();
    for _ in 0..2 * CONSUMERS {
        services.push(job.serve(Arc::new(memory.clone()), 4).await?);
    }
    let mut done = 0;
    for _ in 0..faults {
        sleep(random.millis(20, 120)).await;
        if publishing.is_finished() {
            break;
        }
        done += 1;
        if role == Role::Client {
            publishing.abort();
            drop((&mut publishing).await);
            publishing = publish();
        } else {
            let at = random.below(services.len());
            drop(services.swap_remove(at));
            services.push(job.serve(Arc::new(memory.clone()), 4).await?);
        }
    }
    complete(job, || publishing.is_finished()).await;
    Ok(done)
}

async fn kill(
    job: &Job,
    role: Role,
    faults: usize,
    random: &mut Random,
) -> Result<usize, BoxError> {
    let orders = Orders {
        address: format!("unix:{}", job.folder.join("s").display()),
        job: job.clone(),
        // What is queued dies with the listener.
        settled: role == Role::Listener,
        resume: Duration::from_millis(500),
    };
    let start = |role| Process::start(role, &orders);
    let mut listener = start(Role::Listener)?;
    let mut services = [start(Role::Service)?, start(Role::Service)?];
    let mut client = start(Role::Client)?;
    let mut done = 0;
    for _ in 0..faults {
        sleep(random.millis(200, 900)).await;
        if client.has_ended() {
            break;
        }
        done += 1;
        match role {
            Role::Client => {
                drop(std::mem::replace(&mut client, start(Role::Client)?));
            }
            Role::Service => {
                let at = random.below(services.len());
                services[at] = start(Role::Service)?;
            }
            Role::Listener => {
                drop(listener);
                listener = start(Role::Listener)?;
            }
        }
    }
    complete(job, || client.has_ended()).await;
    drop(listener);
    Ok(done)
}

async fn link(
    job: &Job,
    fault: Option<Fault>,
    faults: usize,
    random: &mut Random,
) -> Result<usize, BoxError> {
    let mut orders = Orders {
        address: "tcp:127.0.0.1:0".to_owned(),
        job: job.clone(),
        settled: false,
        resume: Duration::from_secs(20),
    };
    let listening =
        tidings_socket::SocketTransport::listen_with(orders.address.parse()?, orders.settings());
    let listening = listening.await?;
    let target = listening.address().to_string();
    let target = target.trim_start_matches("tcp:").to_owned();
    let delay = match fault {
        Some(_) => Duration::ZERO,
        None => Duration::from_millis(5),
    };
    let link = Link::open(target, delay).await?;
    orders.address = format!("tcp:{}", link.address);
    let _services = [
        Process::start(Role::Service, &orders)?,
        Process::start(Role::Service, &orders)?,
    ];
    let mut client = Process::start(Role::Client, &orders)?;
    let mut done = 0;
    for _ in 0..faults {
        sleep(random.millis(100, 400)).await;
        if client.has_ended() {
            break;
        }
        done += 1;
        let time = match fault {
            Some(Fault::Stall) => random.millis(100, 500),
            _ => random.millis(1, 50),
        };
        link.fail(fault.unwrap_or(Fault::None), time).await;
    }
    complete(job, || client.has_ended()).await;
    drop(listening);
    Ok(done)
}
