//! A round of a cell: processes at work, faults as the seed says when, and what came of it.
use super::{
    cell::{Cell, Fault, Trouble, Work},
    findings::Watch,
    job::Job,
    place::{Host, Place},
    player::{Orders, Player, Role, made, queue},
    random::Random,
    rounds::{Outcome, Size},
    services,
    subject::Subject,
};
use std::{io, time::Duration};
use tidings::{
    BoxError,
    transport::{Ensure, Wanted},
};
use tokio::time::{Instant, sleep};

/// Most time without progress, and most time in all: a broker that is started again on a busy machine, and that has transactions to
/// end before it gives anybody anything, takes its time.
const STUCK: Duration = Duration::from_secs(120);
const LONGEST: Duration = Duration::from_secs(1200);
/// How often progress is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How long what is repeated may still come, after everything is done.
const LATE: Duration = Duration::from_secs(1);
/// Of how many messages a handler panics at one.
const PANICS: u32 = 50;

struct Round {
    subject: &'static dyn Subject,
    cell: Cell,
    job: Job,
    place: Place,
    broker: Option<Player>,
    services: Vec<Player>,
    client: Player,
    _reader: Option<Player>,
    watch: Watch,
    random: Random,
}

/// Runs one.
pub(crate) async fn run(
    subject: &'static dyn Subject,
    cell: Cell,
    size: Size,
    seed: u64,
) -> Result<Outcome, BoxError> {
    let begun = Instant::now();
    let folder = tempfile::tempdir()?;
    let is_panicking = cell.fault == Fault::HandlerPanics;
    let job = Job {
        folder: folder.path().to_owned(),
        channel: format!("faults.{}", uuid::Uuid::now_v7()),
        keys: size.keys,
        each: size.messages / size.keys.max(1),
        panics: if is_panicking { PANICS } else { 0 },
    };
    let mut round = Round::begin(subject, cell, job, Random::new(seed)).await?;
    let faults = round.fail(size.faults).await?;
    round.complete().await?;
    let findings = round.watch.findings();
    let addresses = [round.job.channel.clone(), round.job.made()];
    // Nobody is at work any more.
    drop(round);
    subject.clear(&addresses).await?;
    Ok(Outcome {
        findings,
        faults: faults + findings.panics,
        took: begun.elapsed(),
        wrong: None,
    })
}

impl Round {
    async fn begin(
        subject: &'static dyn Subject,
        cell: Cell,
        job: Job,
        random: Random,
    ) -> Result<Self, BoxError> {
        let place = subject.open(cell).await?;
        let start = |role| start(subject, &place, &job, role);
        let broker = match place.host {
            Host::Process => Some(start(Role::Broker)?),
            _ => None,
        };
        ensure(subject, &place, &job, cell.work).await?;
        if cell.fault == Fault::BrokerKilled {
            sleep(subject.settling()).await;
        }
        if let (Some(link), Some(Trouble::Slow)) = (&place.link, cell.trouble()) {
            link.slow_down().await?;
        }
        let (worker, reader) = match cell.work {
            Work::Handle => (Role::Service, None),
            Work::Transform => (Role::Transformer, Some(start(Role::Reader)?)),
            Work::Send => (Role::Sender, Some(start(Role::Reader)?)),
        };
        Ok(Self {
            services: vec![start(worker)?, start(worker)?],
            client: start(Role::Client)?,
            watch: Watch::over(&job)?,
            _reader: reader,
            subject,
            cell,
            broker,
            random,
            job,
            place,
        })
    }

    fn start(&self, role: Role) -> io::Result<Player> {
        start(self.subject, &self.place, &self.job, role)
    }

    fn worker(&self) -> io::Result<Player> {
        self.start(match self.cell.work {
            Work::Handle => Role::Service,
            Work::Transform => Role::Transformer,
            Work::Send => Role::Sender,
        })
    }

    /// Has it fail that often, each time when another part of the messages is handled; tells how often it did.
    async fn fail(&mut self, times: usize) -> Result<usize, BoxError> {
        let times = match self.cell.fault {
            Fault::HandlerPanics | Fault::Link(Trouble::Slow) => 0,
            Fault::BrokerKilled if self.broker.is_none() => times.div_ceil(4),
            _ => times,
        };
        for nth in 0..times {
            // From a twentieth to four fifths of all messages.
            let part = self.job.total() * 3 / 4 / times;
            let at = self.job.total() / 20 + nth * part + self.random.below(part);
            if !self.reach(at).await? {
                return Ok(nth);
            }
            self.strike().await?;
        }
        Ok(times)
    }

    /// Waits until so many messages are handled; whether that happens.
    async fn reach(&mut self, handled: usize) -> io::Result<bool> {
        let (mut progress, mut known) = (Instant::now(), 0);
        while progress.elapsed() < STUCK {
            let now = self.watch.look()?;
            if now >= handled {
                return Ok(true);
            }
            if now > known {
                (progress, known) = (Instant::now(), now);
            }
            sleep(LOOK).await;
        }
        Ok(false)
    }

    async fn strike(&mut self) -> Result<(), BoxError> {
        match self.cell.fault {
            Fault::BrokerKilled => self.restart().await?,
            Fault::ServiceKilled => {
                let at = self.random.below(self.services.len());
                // The killed one is dead before the other begins.
                drop(self.services.swap_remove(at));
                self.services.push(self.worker()?);
            }
            Fault::ClientKilled => {
                let next = self.start(Role::Client)?;
                drop(std::mem::replace(&mut self.client, next));
            }
            Fault::Rebalance => {
                let joined = self.worker()?;
                sleep(self.random.millis(500, 3000)).await;
                joined.stop().await;
            }
            Fault::RollingRestart => {
                let next = self.worker()?;
                sleep(self.random.millis(100, 2000)).await;
                self.services.push(next);
                self.services.remove(0).stop().await;
            }
            Fault::Link(trouble) => {
                let link = self.place.link.as_ref().ok_or("there is no link")?;
                link.fail(trouble, &mut self.random).await?;
            }
            Fault::HandlerPanics => {}
        }
        Ok(())
    }

    async fn restart(&mut self) -> Result<(), BoxError> {
        let down = self.random.millis(0, 1000);
        match self.place.host {
            Host::Service(name) => services::restart(name, down).await?,
            Host::Process => {
                drop(self.broker.take());
                self.broker = Some(self.start(Role::Broker)?);
            }
            Host::Here => return Err("the broker is no process of its own".into()),
        }
        Ok(())
    }

    /// Waits until everything is confirmed and handled, or nothing happens any more.
    async fn complete(&mut self) -> io::Result<()> {
        let begun = Instant::now();
        let (mut progress, mut known) = (begun, 0);
        while begun.elapsed() < LONGEST && progress.elapsed() < STUCK {
            let handled = self.watch.look()?;
            if self.client.has_ended() && self.watch.findings().is_complete() {
                break;
            }
            if handled > known {
                (progress, known) = (Instant::now(), handled);
            }
            sleep(LOOK).await;
        }
        sleep(LATE).await;
        self.watch.look().map(drop)
    }
}

/// Those that a link may fail reach the broker by it.
fn start(
    subject: &'static dyn Subject,
    place: &Place,
    job: &Job,
    role: Role,
) -> io::Result<Player> {
    let address = match role {
        Role::Broker | Role::Reader => &place.direct,
        _ => &place.address,
    };
    let orders = Orders {
        role,
        address: address.clone(),
        job: job.clone(),
    };
    Player::start(subject, orders)
}

/// Channels are there before anybody is at work.
async fn ensure(
    subject: &dyn Subject,
    place: &Place,
    job: &Job,
    work: Work,
) -> Result<(), BoxError> {
    let transport = subject.connect(&place.direct).await?;
    let queue = Wanted::channel(queue(subject, job));
    let mut wanted = vec![match subject.group() {
        Some(group) => queue.group(group),
        None => queue,
    }];
    if work != Work::Handle {
        wanted.push(Wanted::channel(made(subject, job)));
    }
    Ok(transport.ensure(&wanted, Ensure::Create).await?)
}
