//! What a relay does while a transaction that wrote to the outbox stays open and others go on: for three seconds, or as many as
//! `TIDINGS_TEST_SECONDS` says, which has it said how long messages took meanwhile, and what was kept.
use crate::{Outcome, flow::Event, trial};
use libtest_mimic::Trial;
use scene::Scene;
use std::{
    future::Future,
    time::{Duration, Instant},
};
use tidings_outbox::Database;
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
    time::sleep,
};
use writers::{go_on, wait_for_turn, write};

mod scene;
mod writers;

/// Keys of each writer.
const KEYS: usize = 50;
/// What the open transaction, and who waits for its turn, write.
const LATE: usize = 1000;
/// Times at which it is told how things are.
const LOOKS: u32 = 10;

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |database, tails, name| trial(name, database, move || beside(database, tails));
    let all = "beside-a-writer-that-stays-open-all-others-go-on";
    let by_log = "beside-a-writer-that-stays-open-all-others-go-on-by-the-log";
    vec![
        trial(Database::Postgres, false, all),
        trial(Database::Postgres, true, by_log),
        trial(Database::MySql, false, all),
    ]
}

fn seconds() -> Option<u64> {
    std::env::var("TIDINGS_TEST_SECONDS").ok()?.parse().ok()
}

async fn beside(database: Database, tails: bool) -> Outcome {
    let scene = Scene::begin(database, tails).await?;
    let begun = Instant::now();
    let (late, next) = (scene.flow.next(LATE), scene.flow.next(LATE));
    let (ends, end) = oneshot::channel();
    let open = stay_open(&scene, late, async { drop(end.await) });
    sleep(Duration::from_secs(1)).await;
    let waits = tokio::spawn(wait_for_turn(scene.base.clone(), scene.flow.clone(), next));
    let (stops, stop) = watch::channel(());
    let writers = [0, KEYS].map(|first| others(&scene, stop.clone(), first));
    look(&scene, begun).await?;
    assert!(!scene.flow.has_taken(late), "it is not committed");

    let _ = ends.send(());
    let ended = Instant::now();
    open.await??;
    scene.is_published("what was late", late).await?;
    let found = ended.elapsed();
    waits.await??;
    scene.is_published("who waited", next).await?;
    scene
        .tell(&format!("what was late took {found:.1?}"))
        .await?;
    drop((stops, stop));
    for writer in writers {
        writer.await??;
    }
    scene.end().await
}

/// The one that has its turn, and is committed when that has ended.
fn stay_open(
    scene: &Scene,
    event: Event,
    ended: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<Outcome> {
    let (base, flow) = (scene.base.clone(), scene.flow.clone());
    tokio::spawn(async move { write(&base, &flow, true, &[event], ended).await })
}

/// One of those that go on, with keys of its own.
fn others(scene: &Scene, stop: watch::Receiver<()>, first: usize) -> JoinHandle<Outcome> {
    let (base, flow) = (scene.base.clone(), scene.flow.clone());
    let waker = scene.relay.waker();
    tokio::spawn(go_on(base, flow, stop, first, move || waker.wake()))
}

/// How things are meanwhile: how long the oldest writer is open is known.
async fn look(scene: &Scene, begun: Instant) -> Outcome {
    for look in 1..=LOOKS {
        sleep(Duration::from_secs(seconds().unwrap_or(3)) / LOOKS).await;
        let oldest = scene.base.store().oldest_writer().await?;
        let (oldest, longest) = (oldest.unwrap_or_default(), begun.elapsed());
        assert!(oldest <= longest + Duration::from_secs(1), "{oldest:?}");
        let less = Duration::from_secs(2);
        assert!(oldest + less >= longest, "{oldest:?} of {longest:?}");
        scene
            .tell(&format!("{look}, open for {oldest:.0?}"))
            .await?;
    }
    Ok(())
}
