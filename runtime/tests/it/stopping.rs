//! How services and their transports come to an end.
use crate::{
    PATIENCE, deliveries, listen, memory,
    numbers::{KEYLESS, Num, comes_true, num, put},
    wrap::{Recording, Settled, Wrap},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{Channel, Client, DynTransport, HandlerError, Received, Router, Service, serve};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_given_back_by_a_hard_stop_is_not_still_being_handled() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let running = Arc::new(AtomicUsize::new(0));
    let count = running.clone();
    let mut router = Router::new();
    router.on(channel.clone(), move |_: Received<Num>| {
        let count = count.clone();
        async move {
            tokio::task::yield_now().await;
            count.fetch_add(1, SeqCst);
            // As a driver does that blocks.
            std::thread::sleep(Duration::from_millis(600));
            count.fetch_sub(1, SeqCst);
            Ok(())
        }
    });
    let service = serve(transport.clone(), router).await.unwrap();
    put(&*transport, &channel, [num(1, 1)]).await;
    assert!(comes_true(PATIENCE, || running.load(SeqCst) == 1).await);
    assert!(service.stop(Duration::from_millis(50)).await.is_err());
    let mut subscription = listen(&*transport, &channel).await;
    let again = tokio::time::timeout(SECOND / 5, subscription.next(1)).await;
    assert!(again.is_err() || running.load(SeqCst) == 0);
}

#[tokio::test(start_paused = true)]
async fn a_service_whose_transport_is_closed_ends_soon() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let mut router = Router::new();
    router.on(channel.clone(), async |_: Received<Num>| {
        Err(HandlerError::retry_after(3600 * SECOND, "later"))
    });
    let service = serve(transport.clone(), router).await.unwrap();
    put(&*transport, &channel, [num(1, 1), num(KEYLESS, 1)]).await;
    tokio::time::sleep(SECOND).await;
    transport.close(SECOND).await.unwrap_err();
    tokio::time::timeout(60 * SECOND, service.join())
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn closing_lets_handlers_answer_and_runs_none_twice() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let mut router = Router::new();
    router
        .concurrency(1)
        .on_request(channel.clone(), move |num: Received<Num>| {
            count.fetch_add(1, SeqCst);
            async move {
                tokio::time::sleep(SECOND / 100).await;
                Ok(num.message)
            }
        });
    let _service = serve(transport.clone(), router).await.unwrap();
    let client = Client::new(transport.clone());
    let mut asking = tokio::task::JoinSet::new();
    for number in 0..10 {
        let (client, channel) = (client.clone(), channel.clone());
        asking.spawn(async move {
            let request = Num {
                key: KEYLESS,
                number,
            };
            client
                .request::<_, Num>(&channel, &request, 60 * SECOND)
                .await
                .is_ok()
        });
    }
    tokio::time::sleep(SECOND / 1000).await;
    transport.close(20 * SECOND).await.unwrap();
    let answered = asking
        .join_all()
        .await
        .into_iter()
        .filter(|answered| *answered)
        .count();
    assert_eq!((calls.load(SeqCst), answered), (10, 10));
}

/// A service that tries each message once a millisecond, in vain.
async fn vain(
    transport: &Arc<dyn DynTransport>,
    channel: &Channel,
    last: &Arc<AtomicUsize>,
) -> Service {
    let last = last.clone();
    let mut router = Router::new();
    router
        .concurrency(1)
        .on(channel.clone(), move |num: Received<Num>| {
            last.store(num.metadata.attempt as usize, SeqCst);
            async { Err(HandlerError::retry_after(SECOND / 1000, "no")) }
        });
    serve(transport.clone(), router).await.unwrap()
}

#[tokio::test]
async fn attempts_survive_a_stop() {
    for key in [1, KEYLESS] {
        let transport = memory();
        let channel = Channel::point_to_point("a");
        let last = Arc::new(AtomicUsize::new(0));
        let service = vain(&transport, &channel, &last).await;
        put(&*transport, &channel, [num(key, 1)]).await;
        assert!(comes_true(PATIENCE, || last.load(SeqCst) > 5).await);
        service.stop(PATIENCE).await.unwrap();
        let before = last.swap(0, SeqCst);
        let service = vain(&transport, &channel, &last).await;
        assert!(comes_true(PATIENCE, || last.load(SeqCst) > 0).await);
        service.stop(PATIENCE).await.unwrap();
        assert!(
            last.load(SeqCst) > before,
            "{} after {before}",
            last.load(SeqCst)
        );
    }
}

/// As a handler that hears that its service stops.
#[tokio::test(start_paused = true)]
async fn an_attempt_that_fails_while_its_service_stops_counts_and_its_pause_is_kept() {
    let (transport, channel) = (memory(), Channel::point_to_point("a"));
    let mut router = Router::new();
    router.on(channel.clone(), async |num: Received<Num>| {
        num.context.stopping().await;
        Err(HandlerError::retry_after(60 * SECOND, "the office closes"))
    });
    let service = serve(transport.clone(), router).await.unwrap();
    put(&*transport, &channel, [num(1, 1), num(KEYLESS, 1)]).await;
    tokio::time::sleep(SECOND).await;
    service.stop(PATIENCE).await.unwrap();
    let mut subscription = listen(&*transport, &channel).await;
    let early = tokio::time::timeout(59 * SECOND, subscription.next(2)).await;
    assert!(early.is_err(), "{early:?}");
    let again = deliveries(&mut *subscription, 2).await;
    let attempts: Vec<_> = again.iter().map(|incoming| incoming.attempt).collect();
    assert_eq!(attempts, [2, 2]);
}

#[tokio::test]
async fn what_was_never_handled_was_never_tried() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let mut blocked = Router::new();
    blocked
        .concurrency(1)
        .on(channel.clone(), async |num: Received<Num>| {
            if num.number == 0 {
                tokio::time::sleep(SECOND / 50).await;
            }
            Ok(())
        });
    for _ in 0..10 {
        // The first is at work, the other waits behind it when the service stops.
        put(&*transport, &channel, [num(1, 0)]).await;
        put(&*transport, &channel, [num(1, 1)]).await;
        let service = serve(transport.clone(), blocked.clone()).await.unwrap();
        tokio::time::sleep(SECOND / 100).await;
        service.stop(PATIENCE).await.unwrap();
    }
    let mut subscription = listen(&*transport, &channel).await;
    for incoming in deliveries(&mut *subscription, 10).await {
        assert_eq!(incoming.attempt, 1);
    }
}

/// As where the broker does not answer just then.
#[tokio::test(start_paused = true)]
async fn handlers_go_on_and_keep_their_leases_while_a_stop_waits_for_a_settlement() {
    let (mut wrap, settled) = (Wrap::new(), Settled::default());
    let log = settled.clone();
    wrap.on_subscribe = Box::new(move |inner, _| {
        Box::new(Recording {
            inner,
            log: log.clone(),
            delay: 60 * SECOND,
            lease: Some(3 * SECOND),
            hangs: false,
        })
    });
    let channel = Channel::point_to_point("a");
    let done = Arc::new(AtomicUsize::new(0));
    let count = done.clone();
    let mut router = Router::new();
    router.on(channel.clone(), move |num: Received<Num>| {
        let count = count.clone();
        async move {
            for _ in 0..10 * num.number {
                tokio::time::sleep(SECOND).await;
            }
            count.fetch_add(1, SeqCst);
            Ok(())
        }
    });
    let transport = Arc::new(wrap);
    let service = serve(transport.clone(), router).await.unwrap();
    put(&*transport, &channel, [num(KEYLESS, 0), num(KEYLESS, 1)]).await;
    tokio::time::sleep(SECOND / 2).await;
    assert_eq!((done.load(SeqCst), settled.extended()), (1, 0));
    let late = service.stop(20 * SECOND).await;
    assert!(late.is_err(), "nothing is settled yet");
    assert_eq!(done.load(SeqCst), 2);
    assert!(settled.extended() >= 9, "{}", settled.extended());
}
