//! Two services at one queue.
use crate::{
    memory,
    numbers::{KEYLESS, Log, Num, comes_true, num, put},
};
use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{Channel, Memory, Message, Received, Router, memory::MemorySettings, serve};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn competing_services_keep_the_order_of_a_key() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let log = Log::default();
    let mut services = Vec::new();
    for _ in 0..2 {
        let done = log.clone();
        let mut router = Router::new();
        router
            .concurrency(16)
            .on(channel.clone(), move |num: Received<Num>| {
                let done = done.clone();
                async move {
                    tokio::time::sleep(Duration::from_micros(u64::from(num.number * 7 % 5) * 300))
                        .await;
                    done.push(num.message);
                    Ok(())
                }
            });
        services.push(serve(transport.clone(), router).await.unwrap());
    }
    for number in 0..40 {
        put(&*transport, &channel, (0..50).map(|key| num(key, number))).await;
    }
    assert!(
        comes_true(Duration::from_secs(20), || log.total() == 2000).await,
        "{}",
        log.total()
    );
    assert_eq!((log.distinct(), log.overtaken()), (2000, 0));
}

/// Where there are several threads, several workers compete within one service.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keys_keep_their_order_over_threads_and_the_bound_of_handlers_holds() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let (log, running, most) = (
        Log::default(),
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicUsize::new(0)),
    );
    let (done, now, high) = (log.clone(), running.clone(), most.clone());
    let mut router = Router::new();
    router.concurrency(6);
    router.on(channel.clone(), move |num: Received<Num>| {
        let (done, now, high) = (done.clone(), now.clone(), high.clone());
        async move {
            high.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
            tokio::task::yield_now().await;
            done.push(num.message);
            now.fetch_sub(1, SeqCst);
            Ok(())
        }
    });
    let service = serve(transport.clone(), router).await.unwrap();
    for number in 0..100 {
        let batch = (0..50).map(|key| num(key, number));
        put(&*transport, &channel, batch).await;
    }
    assert!(comes_true(Duration::from_secs(10), || log.total() == 5000).await);
    assert_eq!((log.distinct(), log.overtaken()), (5000, 0));
    assert!(most.load(SeqCst) <= 6, "{}", most.load(SeqCst));
    assert_eq!(service.health().served, ["a".into()]);
    service.stop(Duration::from_secs(5)).await.unwrap();
}

/// How many messages of 1 MiB are at work at a time, with those settings.
async fn at_work(settings: &str, at_least: usize) -> usize {
    let bounds = MemorySettings::default().with_queue_bytes(1 << 30);
    let transport = Arc::new(Memory::with_settings(bounds));
    let channel = Channel::point_to_point("a");
    let running = Arc::new(AtomicUsize::new(0));
    let now = running.clone();
    let mut router = Router::new();
    router.concurrency(1000).prefetch(1000);
    router.settings(serde_json::from_str(settings).unwrap());
    router.on(channel.clone(), move |_: Received<Message>| {
        now.fetch_add(1, SeqCst);
        pending()
    });
    let large = bytes::Bytes::from(vec![0; 1 << 20]);
    let all = (0..400).map(|_| Message::new(large.clone()));
    put(&*transport, &channel, all).await;
    let _service = serve(transport, router).await.unwrap();
    let enough = || running.load(SeqCst) >= at_least;
    assert!(comes_true(Duration::from_secs(10), enough).await);
    tokio::time::sleep(Duration::from_millis(300)).await;
    running.load(SeqCst)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_bytes_that_may_be_unsettled_are_shared_by_the_threads() {
    assert!(at_work("{}", 60).await <= 64);
    let settings = r#"{"prefetch-bytes": 16777216}"#;
    assert!(at_work(settings, 12).await <= 16);
}

/// A worker takes nothing that it cannot begin: another may have room for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_could_wait_behind_a_slow_message_is_for_the_workers_that_have_room() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let log = Log::default();
    let done = log.clone();
    let mut router = Router::new();
    router.concurrency(4);
    router.on(channel.clone(), move |num: Received<Num>| {
        let done = done.clone();
        async move {
            if num.number < 3 {
                pending::<()>().await;
            }
            done.push(num.message);
            Ok(())
        }
    });
    let all = (0..200).map(|number| num(KEYLESS, number));
    put(&*transport, &channel, all).await;
    let _service = serve(transport.clone(), router).await.unwrap();
    assert!(
        comes_true(Duration::from_secs(10), || log.total() == 197).await,
        "{}",
        log.total()
    );
}
