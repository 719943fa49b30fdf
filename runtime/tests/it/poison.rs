//! Messages that cannot be handled: they hold up nobody else, and are found again.
use crate::{
    dead_letters, listen, memory,
    numbers::{KEYLESS, Log, Num, comes_true, num, put},
    wrap::Wrap,
};
use std::{
    collections::HashSet,
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Channel, DeadLetters, DynTransport, HandlerError, Memory, Message, Policy, Received, Router,
    Service,
    dead_letter::{self, DeadLetterQueue, Decision},
    memory::MemorySettings,
    serve,
    transport::Attempts,
};

const HOUR: Duration = Duration::from_secs(3600);

/// A router whose handler fails for one key and takes down the others.
fn failing(channel: &Channel, poisoned: u32) -> (Router, Log, Arc<AtomicUsize>) {
    let (log, tried) = (Log::default(), Arc::new(AtomicUsize::new(0)));
    let (done, count) = (log.clone(), tried.clone());
    let mut router = Router::new();
    router.on(channel.clone(), move |num: Received<Num>| {
        let (done, count) = (done.clone(), count.clone());
        async move {
            if num.key == poisoned {
                count.fetch_add(1, SeqCst);
                return Err(HandlerError::retry("poison"));
            }
            done.push(num.message);
            Ok(())
        }
    });
    (router, log, tried)
}

#[tokio::test(start_paused = true)]
async fn a_poisoned_key_holds_up_only_itself() {
    // Where the transport holds keys back, and where the worker has to.
    for delays_keys in [true, false] {
        let mut wrap = Wrap::new();
        wrap.capabilities.delays_keys = delays_keys;
        let transport = Arc::new(wrap);
        let channel = Channel::point_to_point("a");
        let (router, log, _) = failing(&channel, 0);
        let _service = serve(transport.clone(), router).await.unwrap();
        put(
            &*transport,
            &channel,
            (0..1000).map(|number| num(0, number)),
        )
        .await;
        put(&*transport, &channel, (1..=100).map(|key| num(key, 0))).await;
        assert!(
            comes_true(Duration::from_secs(1), || log.total() == 100).await,
            "{delays_keys}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_poisoned_is_given_up_and_kept() {
    for attempts in [Attempts::Failures, Attempts::Uncounted] {
        for key in [0, KEYLESS] {
            let mut wrap = Wrap::new();
            wrap.capabilities.attempts = attempts;
            let transport = Arc::new(wrap);
            let channel = Channel::point_to_point("a");
            let (mut router, _, tried) = failing(&channel, key);
            let mut policy = Policy::default();
            policy.attempts = 5;
            router.policy(policy);
            let service = serve(transport.clone(), router).await.unwrap();
            put(&*transport, &channel, [num(key, 1)]).await;
            tokio::time::sleep(24 * HOUR).await;
            assert_eq!(tried.load(SeqCst), 5, "{attempts:?} {key}");
            service.stop(HOUR).await.unwrap();
            let found = dead_letters(&*transport, &channel).await;
            assert_eq!(
                found,
                [(format!("{key} 1"), "attempts exhausted".to_owned())]
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn dead_letters_wait_until_they_can_be_kept() {
    let mut wrap = Wrap::new();
    let left = AtomicUsize::new(50);
    wrap.on_publish = Box::new(move |channel| {
        let fails = channel.address.ends_with(".dead-letters")
            && left
                .fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1))
                .is_ok();
        let error = || tidings::Error::new(tidings::ErrorKind::PermissionDenied, "publish", "no");
        fails.then(error)
    });
    let transport = Arc::new(wrap);
    let channel = Channel::point_to_point("a");
    let (router, _, _) = failing(&channel, 0);
    let service = serve(transport.clone(), router).await.unwrap();
    put(
        &*transport,
        &channel,
        [Message::named("Num", "", "no number")],
    )
    .await;
    tokio::time::sleep(2 * HOUR).await;
    service.stop(HOUR).await.unwrap();
    let found = dead_letters(&*transport, &channel).await;
    assert_eq!(found, [("no number".to_owned(), "rejected".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn dead_letters_go_where_the_policy_says() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let (mut router, _, _) = failing(&channel, 0);
    let kept = Channel::point_to_point("kept");
    let mut policy = Policy::default();
    policy.dead_letters = DeadLetters::Channel(kept.clone());
    router.policy(policy);
    let service = serve(transport.clone(), router).await.unwrap();
    put(
        &*transport,
        &channel,
        [Message::named("NewKind", "", "from a newer client")],
    )
    .await;
    let letter = crate::next(&mut *listen(&*transport, &kept).await).await;
    let header = |name| {
        letter
            .header(name)
            .map(|value| String::from_utf8_lossy(value).into_owned())
    };
    assert_eq!(letter.name.as_deref(), Some("NewKind"));
    assert_eq!(header(dead_letter::ADDRESS).as_deref(), Some("a"));
    assert_eq!(
        header(dead_letter::ERROR).as_deref(),
        Some("no handler knows its name")
    );
    assert_eq!(header(dead_letter::ATTEMPTS).as_deref(), Some("1"));
    service.stop(HOUR).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_event_that_cannot_be_read_is_given_up_however_many_handlers_there_are() {
    for handlers in [1, 2] {
        let transport = memory();
        let channel = Channel::publish_subscribe("a");
        let (mut router, _, _) = failing(&channel, 0);
        router.group("g");
        if handlers == 2 {
            router.on(channel.clone(), async |_: Received<crate::Text>| Ok(()));
        }
        let service = serve(transport.clone(), router).await.unwrap();
        put(&*transport, &channel, [Message::new("")]).await;
        put(&*transport, &channel, [Message::named("ForOthers", "", "")]).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        service.stop(HOUR).await.unwrap();
        assert_eq!(
            dead_letters(&*transport, &channel).await.len(),
            1,
            "{handlers}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn handlers_that_never_return_do_not_stop_the_channel() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let log = Log::default();
    let done = log.clone();
    let mut router = Router::new();
    router.on(channel.clone(), move |num: Received<Num>| {
        let done = done.clone();
        async move {
            if num.key < 64 {
                pending::<()>().await;
            }
            done.push(num.message);
            Ok(())
        }
    });
    let _service = serve(transport.clone(), router).await.unwrap();
    put(&*transport, &channel, (0..200).map(|key| num(key, 0))).await;
    tokio::time::sleep(24 * HOUR).await;
    assert_eq!(log.total(), 136);
    assert_eq!(dead_letters(&*transport, &channel).await.len(), 64);
}

#[tokio::test(start_paused = true)]
async fn a_slow_key_stalls_nobody_and_a_retry_keeps_the_order_of_its_key() {
    for delays_keys in [true, false] {
        let mut wrap = Wrap::new();
        wrap.capabilities.delays_keys = delays_keys;
        let transport = Arc::new(wrap);
        let channel = Channel::point_to_point("a");
        let log = Log::default();
        let done = log.clone();
        let mut router = Router::new();
        router
            .concurrency(4)
            .on(channel.clone(), move |num: Received<Num>| {
                let done = done.clone();
                async move {
                    if num.key == 0 {
                        tokio::time::sleep(HOUR).await;
                    }
                    if num.number % 7 == 3 && num.metadata.attempt < 3 {
                        return Err(HandlerError::retry("not yet"));
                    }
                    done.push(num.message);
                    Ok(())
                }
            });
        let _service = serve(transport.clone(), router).await.unwrap();
        for number in 0..50 {
            put(&*transport, &channel, (0..20).map(|key| num(key, number))).await;
        }
        assert!(
            comes_true(HOUR / 2, || log.total() == 950).await,
            "{delays_keys}: {}",
            log.total()
        );
        assert_eq!((log.distinct(), log.overtaken()), (950, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn dead_letters_are_listed_replayed_and_dropped() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let (mut router, _, _) = failing(&channel, 0);
    let mut policy = Policy::default();
    policy.attempts = 1;
    router.policy(policy);
    let service = serve(transport.clone(), router).await.unwrap();
    put(&*transport, &channel, (1..=3).map(|number| num(0, number))).await;
    tokio::time::sleep(HOUR).await;
    service.stop(HOUR).await.unwrap();
    let queue = DeadLetterQueue::beside(transport.clone(), channel.clone());
    let letters = queue.list(10).await.unwrap();
    let told: Vec<_> = letters
        .iter()
        .map(|letter| {
            (
                &*letter.reason,
                &*letter.error,
                &*letter.address,
                letter.attempts,
            )
        })
        .collect();
    assert_eq!(told, [("attempts exhausted", "poison", "a", 1); 3]);
    assert_eq!(letters[0].message.body, num(0, 1).body);
    let mut decisions = [Decision::Keep, Decision::Replay, Decision::Drop].into_iter();
    let gone = queue.sort(3, |_| decisions.next().unwrap()).await.unwrap();
    assert_eq!((gone, queue.list(10).await.unwrap().len()), (2, 1));
    let replayed = crate::next(&mut *listen(&*transport, &channel).await).await;
    assert_eq!(
        (replayed.body, replayed.headers),
        (num(0, 2).body, Vec::new())
    );
}

/// A service whose handler waits for an hour with the keys below that number, fails where they are to fail, and tells which keys
/// it has seen.
async fn stuck(
    transport: &Arc<dyn DynTransport>,
    below: u32,
    fails: bool,
) -> (Service, Arc<Mutex<HashSet<u32>>>) {
    let seen = Arc::new(Mutex::new(HashSet::new()));
    let log = seen.clone();
    let mut router = Router::new();
    router.on(Channel::point_to_point("a"), move |num: Received<Num>| {
        log.lock().unwrap().insert(num.key);
        async move {
            match num.key < below {
                true if fails => return Err(HandlerError::retry("poison")),
                true => tokio::time::sleep(HOUR).await,
                false => {}
            }
            Ok(())
        }
    });
    (serve(transport.clone(), router).await.unwrap(), seen)
}

/// Whether a message of another key is handled though these wait.
async fn another_comes(
    transport: Arc<dyn DynTransport>,
    stuck_at: u32,
    fails: bool,
    batch: Vec<Message>,
) -> bool {
    let channel = Channel::point_to_point("a");
    let (_service, seen) = stuck(&transport, stuck_at, fails).await;
    put(&*transport, &channel, batch).await;
    put(&*transport, &channel, [num(stuck_at, 0)]).await;
    let is_seen = || seen.lock().unwrap().contains(&stuck_at);
    comes_true(Duration::from_secs(10), is_seen).await
}

#[tokio::test(start_paused = true)]
async fn a_slow_key_with_many_messages_stalls_no_other() {
    let many = (0..9000).map(|number| num(0, number)).collect();
    assert!(another_comes(memory(), 1, false, many).await);
}

#[tokio::test(start_paused = true)]
async fn many_slow_keys_with_many_messages_stall_no_other() {
    let many = (0..9000).map(|number| num(number % 60, number)).collect();
    assert!(another_comes(memory(), 60, false, many).await);
}

#[tokio::test(start_paused = true)]
async fn many_poisoned_keys_with_many_messages_stall_no_other() {
    for delays_keys in [true, false] {
        let mut wrap = Wrap::new();
        wrap.capabilities.delays_keys = delays_keys;
        let many = (0..9000).map(|number| num(number % 900, number)).collect();
        assert!(
            another_comes(Arc::new(wrap), 900, true, many).await,
            "{delays_keys}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn slow_keys_with_large_messages_stall_no_other() {
    let mut settings = MemorySettings::default();
    settings.queue_bytes = 1 << 30;
    let transport = Arc::new(Memory::with_settings(settings));
    let large = |number| {
        let mut message = num(number % 10, number);
        message.set_header("padding", vec![0; 1 << 20]);
        message
    };
    assert!(another_comes(transport, 10, false, (0..200).map(large).collect()).await);
}

#[tokio::test(start_paused = true)]
async fn a_key_with_more_than_is_taken_ahead_is_handled_in_order_to_the_last() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let (router, log, _) = failing(&channel, u32::MAX);
    let _service = serve(transport.clone(), router).await.unwrap();
    put(
        &*transport,
        &channel,
        (0..3000).map(|number| num(number % 3, number)),
    )
    .await;
    assert!(comes_true(Duration::from_secs(10), || log.total() == 3000).await);
    assert_eq!((log.distinct(), log.overtaken()), (3000, 0));
}
