//! A round of a cell: processes at work, faults as the seed says when, and what came of it.
use crate::{
    Cell, Outcome, broker, database,
    harm::Harm,
    orders::{Orders, Role},
    team::{Member, Team, Ways},
};
use std::time::Duration;
use tempfile::TempDir;
use tidings::transport::{Ensure, Wanted};
use tidings_conformance::faults::{self, Findings, Host, Place, Random, Size, Tail, restart};
use tokio::time::{Instant, sleep};

/// Most time without progress, and in all.
const STUCK: Duration = Duration::from_secs(90);
const LONGEST: Duration = Duration::from_secs(600);
/// How often progress is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How long what is repeated may still come, after everything is done.
const LATE: Duration = Duration::from_millis(500);
/// How far clocks jump, in seconds.
const JUMP: i64 = 3600;

struct Round {
    place: Place,
    database: database::Place,
    team: Team,
    random: Random,
    messages: i64,
    wrong: Vec<String>,
}

/// What is known of the work: how many were ordered, how many applied, and how many messages wait.
type Progress = (i64, i64, i64);

/// Runs one.
pub(crate) async fn run(cell: Cell, size: Size, seed: u64) -> Outcome<faults::Outcome> {
    let begun = Instant::now();
    let mut folder = tempfile::tempdir()?;
    let mut random = Random::new(seed);
    let harms = Harm::draw(cell, &mut random, size.faults);
    let mut round = Round::begin(cell, size, &folder, &harms, random).await?;
    let faults = round.fail(&harms).await?;
    round.complete().await?;
    let Round {
        database,
        team,
        mut wrong,
        place,
        ..
    } = round;
    // Nobody is at work any more.
    drop((team, place));
    let delivered = Tail::open(&folder.path().join("delivered"))?.read()?;
    let base = &database.base;
    let (ordered, applied) = (base.ordered().await?, base.applied().await?);
    let findings = Findings::of(&ordered, &delivered, &applied);
    let parked = base
        .number("select count(*) from tidings_outbox_parked")
        .await?;
    if parked > 0 {
        wrong.push(format!("{parked} are parked"));
    }
    database.close().await?;
    if !wrong.is_empty() || findings.wrong(true).is_some() {
        folder.disable_cleanup(true);
        wrong.push(format!("{harms:?}, see {}", folder.path().display()));
    }
    Ok(faults::Outcome {
        findings,
        faults,
        took: begun.elapsed(),
        wrong: (!wrong.is_empty()).then(|| wrong.join("; ")),
    })
}

impl Round {
    async fn begin(
        cell: Cell,
        size: Size,
        folder: &TempDir,
        harms: &[Harm],
        random: Random,
    ) -> Outcome<Self> {
        let place = cell.broker.open().await?;
        let database = database::Place::open(cell.kind, folder.path(), size.keys).await?;
        let orders = Orders {
            role: Role::Writer,
            database: String::new(),
            tailing: cell.tailing,
            broker: place.direct.clone(),
            folder: folder.path().to_owned(),
            channel: format!("outbox.{}", uuid::Uuid::now_v7()),
            keys: size.keys,
            messages: size.messages,
            generation: 0,
            pages: None,
        };
        let ways = Ways {
            services: database.services.url.clone(),
            relays: database.relays.url.clone(),
            broker: place.address.clone(),
            direct: place.direct.clone(),
        };
        let mut team = Team::new(ways, orders.clone(), harms.contains(&Harm::ClockJumps))?;
        if place.host == Host::Process {
            team.broker = Some(team.start(Role::Broker, None)?);
        }
        if let Err(error) = ensure(&orders).await {
            let words = team.broker.as_mut().and_then(Member::words_if_ended);
            return Err(words.map_or(error, Into::into));
        }
        if harms.contains(&Harm::BrokerKilled) {
            sleep(cell.broker.settling()).await;
        }
        for _ in 0..2 {
            let consumer = team.start(Role::Consumer, None)?;
            team.consumers.push(consumer);
            let relay = team.start(Role::Relay, None)?;
            team.relays.push(relay);
        }
        team.replace_writer(None)?;
        Ok(Self {
            place,
            database,
            team,
            random,
            messages: size.messages.into(),
            wrong: Vec::new(),
        })
    }

    /// Has it fail, each time when another part of the messages is applied; tells how often it did.
    async fn fail(&mut self, harms: &[Harm]) -> Outcome<usize> {
        let times = i64::try_from(harms.len())?;
        let part = self.messages * 3 / 4 / times.max(1);
        for (nth, harm) in (0..).zip(harms) {
            let at = self.random.below(usize::try_from(part)?);
            // From a twentieth to four fifths of all messages.
            let at = self.messages / 20 + nth * part + i64::try_from(at)?;
            if !self.reach(|(_, applied, _), _| applied >= at).await? {
                return Ok(usize::try_from(nth)?);
            }
            harm.struck();
            self.strike(*harm).await?;
        }
        Ok(harms.len())
    }

    /// Waits until everything is published and applied, or nothing happens any more.
    async fn complete(&mut self) -> Outcome {
        let is_done = |(ordered, applied, waiting), is_written| {
            is_written && applied >= ordered && waiting == 0
        };
        if !self.reach(is_done).await? {
            let progress = self.database.base.progress().await;
            self.wrong
                .push(format!("nothing happens any more: {progress:?}"));
        }
        sleep(LATE).await;
        Ok(())
    }

    /// Waits until that holds of the progress, and of whether the writer was done before; whether it does in time.
    async fn reach(&mut self, holds: impl Fn(Progress, bool) -> bool) -> Outcome<bool> {
        let begun = Instant::now();
        let (mut since, mut known) = (begun, (0, 0, 0));
        while begun.elapsed() < LONGEST && since.elapsed() < STUCK {
            self.wrong.extend(self.team.mend()?);
            let is_written = self.team.has_written();
            // While the database is away nothing is known.
            let now = self.database.base.progress().await.unwrap_or(known);
            if holds(now, is_written) {
                return Ok(true);
            }
            if now != known {
                (since, known) = (Instant::now(), now);
            }
            sleep(LOOK).await;
        }
        Ok(false)
    }

    async fn strike(&mut self, harm: Harm) -> Outcome {
        let (team, random) = (&mut self.team, &mut self.random);
        let one = random.below(2);
        match harm {
            Harm::WriterKilled => team.replace_writer(None)?,
            Harm::ConsumerKilled => team.replace_consumer(one, None)?,
            Harm::RelayKilled => team.replace_relay(one)?,
            Harm::RelayStopped => team.stop_relay(one).await?,
            Harm::RelayHeld => {
                let held = &team.relays[one].process;
                held.signal("STOP")?;
                sleep(random.millis(500, 7000)).await;
                held.signal("CONT")?;
            }
            Harm::DatabaseKilled => {
                let service = self.database.service().ok_or("it has no server")?;
                restart(service, random.millis(0, 1000)).await?;
            }
            Harm::BrokerKilled => self.restart_broker().await?,
            Harm::ServiceLink(trouble) => {
                let link = self.database.services.link.as_ref();
                link.ok_or("no link")?.fail(trouble, random).await?;
            }
            Harm::RelayLink(trouble) => {
                let link = self.database.relays.link.as_ref();
                link.ok_or("no link")?.fail(trouble, random).await?;
            }
            Harm::BrokerLink(trouble) => {
                let link = self.place.link.as_ref();
                link.ok_or("no link")?.fail(trouble, random).await?;
            }
            Harm::SlotDropped => self.database.drop_slots().await?,
            Harm::DiskFull => self.fill_disk().await?,
            Harm::ClockJumps => {
                let way = if one == 0 { JUMP } else { -JUMP };
                team.set_clock(way)?;
            }
        }
        Ok(())
    }

    async fn restart_broker(&mut self) -> Outcome {
        let down = self.random.millis(0, 1000);
        match self.place.host {
            Host::Service(name) => restart(name, down).await,
            _ => {
                drop(self.team.broker.take());
                sleep(down).await;
                self.team.broker = Some(self.team.start(Role::Broker, None)?);
                Ok(())
            }
        }
    }

    /// For a while services have no page more than there are.
    async fn fill_disk(&mut self) -> Outcome {
        let count = "select page_count from pragma_page_count";
        let pages = u32::try_from(self.database.base.number(count).await?)?;
        self.serve_within(Some(pages))?;
        sleep(self.random.millis(500, 2500)).await;
        self.serve_within(None)
    }

    fn serve_within(&mut self, pages: Option<u32>) -> Outcome {
        self.team.replace_writer(pages)?;
        for _ in 0..2 {
            self.team.replace_consumer(0, pages)?;
        }
        Ok(())
    }
}

/// Channels are there before anybody is at work.
async fn ensure(orders: &Orders) -> Outcome {
    let transport = crate::base::patiently(|| broker::connect(&orders.broker)).await?;
    let wanted: Vec<_> = orders.channels().map(Wanted::channel).collect();
    transport.ensure(&wanted, Ensure::Create).await?;
    Ok(transport.close(Duration::from_secs(5)).await?)
}
