//! A database, a relay, who takes what it publishes, and what is known of all.
use super::seconds;
use crate::{
    Outcome,
    base::Base,
    flow::{CHANNEL, Event, Flow},
};
use sqlx::ConnectOptions as _;
use std::{
    future::ready,
    io::Write as _,
    sync::Arc,
    time::{Duration, Instant},
};
use tidings::{Channel, HandlerError, Memory, Message, Received, Router, Service, serve};
use tidings_outbox::{
    Database, Relay, Running, Store,
    tailing::{TailSettings, Tailing},
};
use tokio::time::sleep;

/// How long anything may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// The log that a slot may keep when nobody is late any more.
const KEPT: i64 = 32 << 20;

pub(super) struct Scene {
    pub(super) base: Arc<Base>,
    pub(super) flow: Flow,
    pub(super) relay: Running,
    listener: Service,
}

impl Scene {
    pub(super) async fn begin(database: Database, tails: bool) -> Outcome<Self> {
        let base = Arc::new(Base::new(database).await?);
        let turns = "create table turns (id int primary key, taken int not null); insert into turns values (0, 0)";
        base.execute(turns.to_owned()).await?;
        let (flow, memory) = (Flow::default(), Arc::new(Memory::new()));
        let listener = serve(memory.clone(), router(&flow)).await?;
        let relay = Relay::new(store(&base, tails)?, memory).start().await?;
        while tails && !base.log_is_open().await? {
            // Beside an open writer it would not open.
            sleep(Duration::from_millis(100)).await;
        }
        Ok(Self {
            base,
            flow,
            relay,
            listener,
        })
    }

    /// Waits until what was committed just now is published.
    pub(super) async fn is_published(&self, what: &str, event: Event) -> Outcome {
        self.relay.wake();
        until(what, || self.flow.has_taken(event)).await
    }

    pub(super) async fn tell(&self, when: &str) -> Outcome {
        if seconds().is_none() {
            return Ok(());
        }
        let (base, delays) = (&self.base, self.flow.delays());
        let (backlog, size) = (base.store().backlog().await?, base.size().await?);
        let (dead, kept) = (base.dead().await?, base.log_kept().await?);
        writeln!(
            std::io::stdout(),
            "{when}: {} published, after {:.0?} (median) {:.0?} (p99) {:.0?} (longest); {backlog} wait, {size} bytes, {dead} dead, log kept {kept:?}",
            delays.count,
            delays.median,
            delays.p99,
            delays.longest,
        )?;
        Ok(())
    }

    /// All is published once and in order, and nothing is kept.
    pub(super) async fn end(self) -> Outcome {
        until("all", || self.flow.is_through()).await?;
        self.base.tidy().await?;
        self.log_is_let_go().await?;
        self.tell("at the end").await?;
        self.relay.stop(PATIENCE).await?;
        self.listener.stop(PATIENCE).await?;
        self.flow.check();
        assert_eq!(self.base.store().backlog().await?, 0);
        match Arc::into_inner(self.base) {
            Some(base) => base.drop().await,
            None => Err("somebody is at work still".into()),
        }
    }

    async fn log_is_let_go(&self) -> Outcome {
        let begun = Instant::now();
        while self.base.log_kept().await?.unwrap_or_default() > KEPT {
            assert!(begun.elapsed() < PATIENCE, "the log is kept");
            sleep(Duration::from_millis(500)).await;
        }
        Ok(())
    }
}

fn router(flow: &Flow) -> Router {
    let (mut router, flow) = (Router::new(), flow.clone());
    let channel = Channel::point_to_point(CHANNEL);
    router.on(channel, move |event: Received<Message>| {
        let taken = flow.take(&event.metadata.body);
        ready(taken.map_err(HandlerError::reject))
    });
    router
}

fn store(base: &Base, tails: bool) -> Outcome<Arc<dyn Store>> {
    match base {
        Base::Postgres(pool, name) if tails => {
            let mut settings = TailSettings::default();
            settings.slot = Some(name.clone());
            let url = pool.connect_options().to_url_lossy().to_string();
            let tailing = Tailing::new(pool.clone(), &url)?;
            Ok(Arc::new(tailing.with_settings(settings)))
        }
        _ => Ok(base.store()),
    }
}

async fn until(what: &str, holds: impl Fn() -> bool) -> Outcome {
    let begun = Instant::now();
    while !holds() {
        if begun.elapsed() > PATIENCE {
            return Err(format!("{what} is never published").into());
        }
        sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}
