//! Threads that ask, give up, answer and look at the clock, all at once, and with few ids.
use super::*;
use std::{
    sync::{
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc,
    },
    task::Waker,
    thread,
};

const ASKERS: usize = 3;
const ASKED: usize = 10_000;
/// How long a reply may take that has been sent.
const PATIENCE: Duration = Duration::from_secs(10);

fn wanted(id: &str) -> Wanted {
    Wanted {
        correlation_id: id.into(),
        correlation: |_| None,
        limit: 1,
        deadline: Some(Instant::now() + Duration::from_secs(600)),
    }
}

fn reply_to(id: &str) -> Arc<Message> {
    let mut reply = Message::new("");
    reply.correlation_id = Some(id.into());
    Arc::new(reply)
}

/// Waits under that id, once nobody else does.
fn add(waiters: &Waiters, id: &str) -> Waiting {
    loop {
        match waiters.add("replies".into(), wanted(id)) {
            Ok(waiting) => return waiting,
            Err(_) => thread::yield_now(),
        }
    }
}

/// Asks, and gives every other wait up while its reply is on its way: another thread drops it whenever it likes.
fn ask(
    waiters: &Waiters,
    id: &str,
    asks: &mpsc::Sender<String>,
    given_up: &mpsc::SyncSender<Waiting>,
) {
    for number in 0..ASKED {
        let mut waiting = add(waiters, id);
        asks.send(id.to_owned()).expect("somebody answers");
        if number % 2 == 0 {
            given_up.send(waiting).expect("somebody drops it");
            continue;
        }
        let begun = std::time::Instant::now();
        let mut task = Context::from_waker(Waker::noop());
        loop {
            match waiting.poll_next(&mut task) {
                Poll::Ready(reply) => break assert!(reply.is_some(), "another ended its wait"),
                Poll::Pending => thread::yield_now(),
            }
            assert!(begun.elapsed() < PATIENCE, "its reply found nobody");
        }
    }
}

#[test]
fn whoever_waits_is_known_until_answered_whatever_others_do_meanwhile() {
    let (waiters, is_over) = (Waiters::default(), AtomicBool::new(false));
    let (asks, asked) = mpsc::channel::<String>();
    let (given_up, dropped) = mpsc::sync_channel(1);
    thread::scope(|scope| {
        let (waiters, is_over) = (&waiters, &is_over);
        scope.spawn(move || {
            for id in asked {
                waiters.deliver(reply_to(&id));
            }
        });
        scope.spawn(move || dropped.into_iter().for_each(drop));
        scope.spawn(move || {
            while !is_over.load(SeqCst) {
                waiters.end_due();
                thread::yield_now();
            }
        });
        let askers: Vec<_> = (0..ASKERS)
            .map(|asker| {
                let (asks, given_up) = (asks.clone(), given_up.clone());
                scope.spawn(move || ask(waiters, &asker.to_string(), &asks, &given_up))
            })
            .collect();
        drop((asks, given_up));
        let ended: Vec<_> = askers
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect();
        is_over.store(true, SeqCst);
        assert!(ended.iter().all(Result::is_ok), "an asker failed");
    });
    assert!(waiters.lock().waiters.is_empty());
}
