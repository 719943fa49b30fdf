//! What subscriptions tell beside deliveries, and how verdicts are told to them.
use crate::{
    PATIENCE, dead_letters, memory,
    numbers::{KEYLESS, Log, Num, comes_true, num, put},
    wrap::{Recording, Scripted, Settled, Wrap},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Channel, Client, DynTransport, Error, ErrorKind, HandlerError, Received, Request, Requirement,
    Router, Verdict,
    dead_letter::DeadLetterQueue,
    serve,
    transport::{Attempts, Event, Incoming, Part, Settle},
};
use tokio::time::timeout;

const SECOND: Duration = Duration::from_secs(1);

/// A transport whose subscriptions tell just that.
pub(crate) fn scripted(
    script: impl Fn() -> Vec<tidings::Result<Event>> + Send + Sync + 'static,
) -> (Wrap, Settled) {
    let settled = Settled::default();
    let log = settled.clone();
    let mut wrap = Wrap::new();
    wrap.on_subscribe = Box::new(move |inner, _| {
        let mut script = script();
        script.reverse();
        Box::new(Scripted {
            inner,
            script,
            log: log.clone(),
        })
    });
    (wrap, settled)
}

pub(crate) fn incoming(part: Part, position: u64, key: u32) -> Incoming {
    let number = u32::try_from(position).unwrap();
    Incoming::new(num(key, number), part.at(position))
}

/// A router that takes down what it handles, each for a tenth of a second.
fn slow(channel: &Channel) -> (Router, Log) {
    let log = Log::default();
    let done = log.clone();
    let mut router = Router::new();
    router
        .concurrency(1)
        .on(channel.clone(), move |num: Received<Num>| {
            let done = done.clone();
            async move {
                tokio::time::sleep(SECOND / 10).await;
                done.push(num.message);
                Ok(())
            }
        });
    (router, log)
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_is_neither_begun_nor_settled() {
    let (old, new) = (Part::new(1, 0), Part::new(2, 0));
    let (wrap, settled) = scripted(move || {
        vec![
            Ok(Event::Deliveries(
                (1..=5).map(|at| incoming(old, at, KEYLESS)).collect(),
            )),
            Ok(Event::Gone { parts: vec![old] }),
            Ok(Event::Deliveries(
                (1..=5).map(|at| incoming(new, at, KEYLESS)).collect(),
            )),
        ]
    });
    let channel = Channel::point_to_point("a");
    let (router, log) = slow(&channel);
    let service = serve(Arc::new(wrap), router).await.unwrap();
    tokio::time::sleep(10 * SECOND).await;
    // The one that ran is handled once more, as at least once allows.
    assert_eq!((log.total(), log.distinct()), (6, 5));
    assert_eq!(settled.verdicts(), vec![Verdict::Ack; 5]);
    service.stop(SECOND).await.unwrap();
}

/// Whoever has it now tries it again, or gives it up.
#[tokio::test(start_paused = true)]
async fn what_fails_when_it_is_gone_is_neither_tried_again_nor_given_up() {
    for is_rejected in [false, true] {
        let (old, new) = (Part::new(1, 0), Part::new(2, 0));
        let (mut wrap, settled) = scripted(move || {
            vec![
                Ok(Event::Deliveries(vec![incoming(old, 1, 1)])),
                Ok(Event::Gone { parts: vec![old] }),
                Ok(Event::Deliveries(vec![incoming(new, 1, 1)])),
            ]
        });
        wrap.capabilities.attempts = Attempts::Uncounted;
        let channel = Channel::point_to_point("a");
        let (mut router, log) = (Router::new(), Log::default());
        let begun = log.clone();
        router.on(channel.clone(), move |num: Received<Num>| {
            begun.push(num.message);
            let is_first = begun.total() == 1;
            async move {
                tokio::time::sleep(SECOND / 10).await;
                match (is_first, is_rejected) {
                    (false, _) => Ok(()),
                    (true, false) => Err(HandlerError::retry("not yet")),
                    (true, true) => Err(HandlerError::reject("never")),
                }
            }
        });
        let transport = Arc::new(wrap);
        let service = serve(transport.clone(), router).await.unwrap();
        tokio::time::sleep(60 * SECOND).await;
        assert_eq!(log.total(), 2, "rejected: {is_rejected}");
        assert_eq!(settled.verdicts(), [Verdict::Ack]);
        service.stop(SECOND).await.unwrap();
        assert_eq!(dead_letters(&*transport.inner, &channel).await, []);
    }
}

#[tokio::test(start_paused = true)]
async fn what_leaves_is_released_unless_it_runs_even_while_the_worker_is_full() {
    let (leaving, staying) = (Part::new(1, 0), Part::new(1, 1));
    let (wrap, settled) = scripted(move || {
        let all = |part: Part| (1..=3).map(move |at| incoming(part, at, KEYLESS));
        let until = tokio::time::Instant::now() + SECOND;
        vec![
            Ok(Event::Deliveries(
                all(leaving).chain(all(staying)).collect(),
            )),
            Ok(Event::Leaving {
                parts: vec![leaving],
                until,
            }),
        ]
    });
    let channel = Channel::point_to_point("a");
    let (mut router, log) = slow(&channel);
    router.prefetch(1);
    let service = serve(Arc::new(wrap), router).await.unwrap();
    tokio::time::sleep(10 * SECOND).await;
    assert_eq!(log.total(), 4);
    let verdicts = settled.verdicts();
    assert_eq!(verdicts[..2], [Verdict::Release, Verdict::Release]);
    assert_eq!(verdicts[2..], vec![Verdict::Ack; 4]);
    service.stop(SECOND).await.unwrap();
}

/// Else that would come again, since it is told up to where all is done.
#[tokio::test(start_paused = true)]
async fn what_is_given_back_is_done_up_to_what_was_begun_behind_it() {
    for is_stopped in [false, true] {
        let part = Part::ONLY;
        let (mut wrap, settled) = scripted(move || {
            let keys = [0, 0, 1, 0, 1];
            let all = (1..).zip(keys).map(|(at, key)| incoming(part, at, key));
            let until = tokio::time::Instant::now() + SECOND;
            let parts = vec![part];
            let leaving = Event::Leaving { parts, until };
            let events = [Event::Deliveries(all.collect()), leaving];
            let told = if is_stopped { 1 } else { 2 };
            events.into_iter().take(told).map(Ok).collect()
        });
        wrap.capabilities.settle = Settle::Cumulative;
        let (mut router, log) = (Router::new(), Log::default());
        let done = log.clone();
        let channel = Channel::point_to_point("a");
        router.on(channel, move |num: Received<Num>| {
            let done = done.clone();
            async move {
                // The second of its key ends at once.
                if num.number != 2 {
                    tokio::time::sleep(SECOND / 10).await;
                }
                done.push(num.message);
                Ok(())
            }
        });
        let service = serve(Arc::new(wrap), router).await.unwrap();
        tokio::time::sleep(SECOND / 20).await;
        if !is_stopped {
            tokio::time::sleep(SECOND).await;
        }
        service.stop(SECOND).await.unwrap();
        assert_eq!((log.of(0), log.of(1)), (vec![1, 2], vec![3]));
        let verdicts = settled.verdicts();
        let (released, acked): (Vec<_>, Vec<_>) = verdicts
            .iter()
            .partition(|verdict| **verdict == Verdict::Release);
        assert_eq!((released.len(), acked.len()), (2, 2), "{verdicts:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cumulative_transport_is_told_how_far_everything_is_done() {
    let part = Part::ONLY;
    let (mut wrap, settled) = scripted(move || {
        let all = (1..=20).map(|at| incoming(part, at, u32::try_from(at % 4).unwrap()));
        vec![Ok(Event::Deliveries(all.collect()))]
    });
    wrap.capabilities.settle = Settle::Cumulative;
    let channel = Channel::point_to_point("a");
    let log = Log::default();
    let done = log.clone();
    let mut router = Router::new();
    router.on(channel.clone(), move |num: Received<Num>| {
        let done = done.clone();
        async move {
            tokio::time::sleep(SECOND * (num.key + 1)).await;
            if num.number == 6 && num.metadata.attempt < 3 {
                return Err(HandlerError::retry("not yet"));
            }
            done.push(num.message);
            Ok(())
        }
    });
    let service = serve(Arc::new(wrap), router).await.unwrap();
    assert!(comes_true(60 * SECOND, || log.total() == 20).await);
    service.stop(SECOND).await.unwrap();
    assert_eq!(log.overtaken(), 0);
    let verdicts = settled.verdicts();
    assert!(
        verdicts.iter().all(|verdict| *verdict == Verdict::Ack),
        "{verdicts:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_is_served_no_more_is_told_while_others_go_on() {
    let mut wrap = Wrap::new();
    wrap.on_subscribe = Box::new(|inner, channel| {
        let deleted = Error::new(ErrorKind::PermissionDenied, "receive", "queue was deleted");
        match &*channel.address {
            "a" => Box::new(Scripted {
                inner,
                script: vec![Err(deleted)],
                log: Settled::default(),
            }),
            _ => inner,
        }
    });
    let transport = Arc::new(wrap);
    let (a, b) = (Channel::point_to_point("a"), Channel::point_to_point("b"));
    let (mut router, log) = slow(&b);
    router.on(a, async |_: Received<Num>| Ok(()));
    let mut service = serve(transport.clone(), router).await.unwrap();
    let failed = service.failed().await.unwrap();
    assert_eq!(
        failed.to_string(),
        "receive: permission denied: queue was deleted, channel `a`"
    );
    put(&*transport, &b, [num(1, 1)]).await;
    assert!(comes_true(SECOND, || log.total() == 1).await);
    transport_ends(&*transport, service).await;
}

#[tokio::test(start_paused = true)]
async fn that_a_channel_is_served_no_more_is_told_while_its_handlers_run() {
    let (wrap, _) = scripted(|| {
        let deleted = Error::new(ErrorKind::PermissionDenied, "receive", "queue was deleted");
        let one = incoming(Part::ONLY, 1, 1);
        vec![Ok(Event::Deliveries(vec![one])), Err(deleted)]
    });
    let channel = Channel::point_to_point("a");
    let ended = Arc::new(AtomicBool::new(false));
    let told = ended.clone();
    let mut router = Router::new();
    router.on(channel, move |_: Received<Num>| {
        let told = told.clone();
        async move {
            tokio::time::sleep(1200 * SECOND).await;
            told.store(true, SeqCst);
            Ok(())
        }
    });
    let mut service = serve(Arc::new(wrap), router).await.unwrap();
    let failed = timeout(SECOND, service.failed()).await;
    assert!(failed.is_ok_and(|failed| failed.is_some()));
    let health = service.health();
    assert_eq!((health.is_alive(), health.failed.len()), (false, 1));
    assert_eq!(health.served, [""; 0].map(tidings::Str::from));
    // It comes to its end all the same, and the failure is told once.
    assert!(service.failed().await.is_none());
    assert!(ended.load(SeqCst));
}

#[tokio::test(start_paused = true)]
async fn receiving_that_fails_is_tried_again() {
    let (wrap, settled) = scripted(|| {
        let lost = Error::new(ErrorKind::ConnectionLost, "receive", "broker away");
        let one = incoming(Part::ONLY, 1, 1);
        vec![Err(lost), Ok(Event::Deliveries(vec![one]))]
    });
    let (router, _) = slow(&Channel::point_to_point("a"));
    let service = serve(Arc::new(wrap), router).await.unwrap();
    tokio::time::sleep(10 * SECOND).await;
    assert_eq!(settled.verdicts(), [Verdict::Ack]);
    service.stop(SECOND).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn messages_that_were_lost_are_noted() {
    let (wrap, settled) = scripted(|| {
        let one = incoming(Part::ONLY, 1, 1);
        let lost = Event::Lost { count: Some(3) };
        vec![Ok(lost), Ok(Event::Deliveries(vec![one]))]
    });
    let (router, _) = slow(&Channel::point_to_point("a"));
    let service = serve(Arc::new(wrap), router).await.unwrap();
    tokio::time::sleep(10 * SECOND).await;
    assert_eq!(settled.verdicts(), [Verdict::Ack]);
    service.stop(SECOND).await.unwrap();
}

/// Whoever answers probes and whoever watches are two.
#[tokio::test(start_paused = true)]
async fn probes_are_answered_while_somebody_waits_for_failures() {
    let (transport, channel) = (memory(), Channel::point_to_point("a"));
    let (router, _) = slow(&channel);
    let mut service = serve(transport.clone(), router).await.unwrap();
    let probe = service.probe();
    let watching = tokio::spawn(async move { service.failed().await });
    tokio::time::sleep(SECOND).await;
    assert!(probe.health().is_ready());
    transport.close(SECOND).await.unwrap();
    assert!(watching.await.unwrap().is_none());
    let health = probe.health();
    assert!(!health.is_alive() && health.failed.is_empty());
}

async fn transport_ends(transport: &dyn tidings::DynTransport, mut service: tidings::Service) {
    transport.close(PATIENCE).await.unwrap();
    assert!(service.failed().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn slow_settling_does_not_hold_up_handlers() {
    let (wrap, settled) = Wrap::recording(SECOND);
    let transport = Arc::new(wrap);
    let channel = Channel::point_to_point("a");
    let (mut router, log) = slow(&channel);
    router.prefetch(1000);
    let service = serve(transport.clone(), router).await.unwrap();
    put(&*transport, &channel, (0..100).map(|at| num(KEYLESS, at))).await;
    assert!(
        comes_true(11 * SECOND, || log.total() == 100).await,
        "{}",
        log.total()
    );
    service.stop(10 * SECOND).await.unwrap();
    assert_eq!(settled.verdicts().len(), 100);
}

/// A transport with leases of half a minute; extending them may never end.
fn leasing(hangs: bool) -> (Arc<Wrap>, Settled) {
    let settled = Settled::default();
    let log = settled.clone();
    let mut wrap = Wrap::new();
    wrap.on_subscribe = Box::new(move |inner, _| {
        let (log, lease) = (log.clone(), Some(30 * SECOND));
        Box::new(Recording {
            inner,
            log,
            delay: Duration::ZERO,
            lease,
            hangs,
        })
    });
    (Arc::new(wrap), settled)
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_slow_to_extend_holds_up_no_handler() {
    let (transport, settled) = leasing(true);
    let channel = Channel::point_to_point("a");
    let (router, log) = slow(&channel);
    let service = serve(transport.clone(), router).await.unwrap();
    for number in 0..40 {
        put(&*transport, &channel, [num(KEYLESS, number)]).await;
        tokio::time::sleep(SECOND).await;
    }
    assert_eq!((log.total(), settled.verdicts().len()), (40, 40));
    service.stop(SECOND).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_is_held_keeps_its_lease() {
    let (transport, settled) = leasing(false);
    let channel = Channel::point_to_point("a");
    let mut router = Router::new();
    router
        .concurrency(1)
        .on(channel.clone(), async |_: Received<Num>| {
            tokio::time::sleep(120 * SECOND).await;
            Ok(())
        });
    let _service = serve(transport.clone(), router).await.unwrap();
    put(&*transport, &channel, [num(1, 1), num(2, 1)]).await;
    tokio::time::sleep(100 * SECOND).await;
    // Both, the one that waits too, every ten seconds.
    assert!(settled.extended() >= 18, "{}", settled.extended());
}

#[tokio::test(start_paused = true)]
async fn what_still_runs_when_a_service_stops_keeps_its_lease() {
    let (transport, settled) = leasing(false);
    let channel = Channel::point_to_point("a");
    let mut router = Router::new();
    router.on(channel.clone(), async |num: Received<Num>| {
        tokio::time::sleep(SECOND * num.key).await;
        Ok(())
    });
    let service = serve(transport.clone(), router).await.unwrap();
    // They end in turn, more often than leases are extended.
    put(&*transport, &channel, (1..=20).map(|key| num(key * 6, 1))).await;
    tokio::time::sleep(SECOND).await;
    service.stop(300 * SECOND).await.unwrap();
    // The last one, every ten seconds.
    assert!(settled.extended() >= 11, "{}", settled.extended());
    assert_eq!(settled.verdicts(), vec![Verdict::Ack; 20]);
}

#[tokio::test(start_paused = true)]
async fn what_a_subscription_holds_keeps_its_lease_read_or_not() {
    for hangs in [false, true] {
        let (transport, settled) = leasing(hangs);
        let client = Client::new(transport.clone());
        let channel = Channel::point_to_point("a");
        let mut subscription = client.subscribe::<Num>(&channel, None).await.unwrap();
        put(&*transport, &channel, [num(1, 1), num(2, 1)]).await;
        let first = subscription.next().await.unwrap().unwrap();
        tokio::time::sleep(100 * SECOND).await;
        let extended = settled.extended();
        assert!(extended >= 10, "{hangs}: {extended}");
        // The subscription is gone, what was taken is not.
        drop(subscription);
        tokio::time::sleep(100 * SECOND).await;
        let before = settled.extended();
        assert!(before >= extended + 5, "{hangs}: {before}");
        first.ack().await.unwrap();
        tokio::time::sleep(100 * SECOND).await;
        assert!(settled.extended() <= before + 1, "{}", settled.extended());
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_is_settled_when_it_comes_and_needs_no_lease() {
    let (transport, settled) = leasing(false);
    let (channel, replies) = (
        Channel::point_to_point("a"),
        Channel::publish_subscribe("replies"),
    );
    let mut router = Router::new();
    router.on_request_with(
        channel.clone(),
        replies.clone(),
        async |num: Received<Num>| Ok(num.message),
    );
    let _service = serve(transport.clone(), router).await.unwrap();
    let client = Client::new(transport);
    let (key, number) = (KEYLESS, 1);
    let request = Request::<_, Num>::new(&client, channel, Num { key, number }, None);
    let reply = request.replies(replies).await.unwrap();
    assert_eq!(reply.number, number);
    tokio::time::sleep(100 * SECOND).await;
    // Of the request and of the reply.
    assert_eq!(settled.verdicts(), [Verdict::Ack, Verdict::Ack]);
    assert_eq!(settled.extended(), 0);
}

#[tokio::test(start_paused = true)]
async fn dead_letters_keep_their_leases_while_they_are_sorted() {
    let (transport, settled) = leasing(false);
    let channel = Channel::point_to_point("a");
    let kept = Channel::point_to_point("a.dead-letters");
    put(&*transport, &kept, [num(1, 1)]).await;
    let queue = DeadLetterQueue::beside(transport.clone(), channel);
    // They come one by one, each before nothing has come for a second.
    let sorting = tokio::spawn(async move { queue.list(60).await });
    for number in 0..59 {
        tokio::time::sleep(SECOND * 9 / 10).await;
        put(&*transport, &kept, [num(2, number)]).await;
    }
    assert_eq!(sorting.await.unwrap().unwrap().len(), 60);
    assert!(settled.extended() >= 100, "{}", settled.extended());
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_nobody_reads_piles_up_no_errors() {
    let mut wrap = Wrap::new();
    wrap.on_subscribe = Box::new(|inner, _| {
        let lost = || {
            Err(Error::new(
                ErrorKind::ConnectionLost,
                "receive",
                "broker away",
            ))
        };
        let script = (0..100_000).map(|_| lost()).collect();
        Box::new(Scripted {
            inner,
            script,
            log: Settled::default(),
        })
    });
    let client = Client::new(Arc::new(wrap));
    let channel = Channel::publish_subscribe("a");
    let mut subscription = client.subscribe::<Num>(&channel, None).await.unwrap();
    tokio::time::sleep(24 * 3600 * SECOND).await;
    let mut queued = 0;
    while let Ok(Some(Err(_))) = tokio::time::timeout(SECOND / 1000, subscription.next()).await {
        queued += 1;
    }
    assert!(queued < 100, "{queued}");
    drop(memory());
}

#[tokio::test]
async fn what_a_transport_lacks_is_told_with_its_server() {
    let mut wrap = Wrap::new();
    wrap.capabilities.publish_subscribe = false;
    let transport: Arc<dyn DynTransport> = Arc::new(wrap);
    let topic = Channel::publish_subscribe("moves");
    let requirement = Requirement::new(topic.kind, "moves");
    let mut router = Router::new();
    router.require(requirement);
    let subscribed = Client::new(transport.clone());
    let subscribed = subscribed.subscribe::<Num>(&topic, None).await.err();
    let served = serve(transport.clone(), router).await.err();
    for error in [subscribed, served, requirement.check(&*transport).err()] {
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        for says in ["channel `moves`", "server `there:1`"] {
            assert!(error.contains(says), "{error}");
        }
    }
}
