//! Which handler a message reaches, and what becomes of it then.
use crate::{
    PATIENCE, Stamped, Text, dead_letters, listen, memory, next, nothing_comes,
    numbers::{KEYLESS, Log, Num, comes_true, num, put},
    publish, text,
    wrap::{Scripted, Settled, Wrap},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Capabilities, Channel, Client, DynTransport, Error, ErrorKind, HandlerError, Message, Received,
    Router, serve,
};
use tokio::sync::mpsc;

/// A router whose handlers tell which of them was called.
fn telling(channel: &Channel) -> (Router, mpsc::UnboundedReceiver<String>) {
    let (sender, called) = mpsc::unbounded_channel();
    let mut router = Router::new();
    let tell = sender.clone();
    router.on(channel.clone(), move |message: Received<Text>| {
        tell.send(format!("text {}", message.0)).unwrap();
        async { Ok(()) }
    });
    router.on(channel.clone(), move |_: Received<Stamped>| {
        sender.send("stamped".to_owned()).unwrap();
        async { Ok(()) }
    });
    (router, called)
}

async fn heard(called: &mut mpsc::UnboundedReceiver<String>) -> String {
    tokio::time::timeout(PATIENCE, called.recv())
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn handlers_of_one_channel_are_told_apart_by_name() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let (router, mut called) = telling(&channel);
    let service = serve(transport.clone(), router).await.unwrap();
    let client = Client::new(transport.clone());
    client.send(&channel, &Stamped).await.unwrap();
    assert_eq!(heard(&mut called).await, "stamped");
    client.send(&channel, &text("x")).await.unwrap();
    assert_eq!(heard(&mut called).await, "text x");
    // Without a name, it goes to the only handler that can read it: an empty one is no text.
    publish(&*transport, &channel, Message::new("")).await;
    assert_eq!(heard(&mut called).await, "stamped");
    // Both could read this one; and nobody knows that one.
    publish(&*transport, &channel, Message::new("either")).await;
    publish(&*transport, &channel, Message::named("Other", "", "")).await;
    publish(&*transport, &channel, Message::named("Text", "", "after")).await;
    assert_eq!(heard(&mut called).await, "text after");
    service.stop(PATIENCE).await.unwrap();
    assert!(nothing_comes(&mut *listen(&*transport, &channel).await).await);
    let reason = || "no handler takes it".to_owned();
    let expected = [("either".to_owned(), reason()), (String::new(), reason())];
    assert_eq!(dead_letters(&*transport, &channel).await, expected);
}

#[tokio::test]
async fn a_handler_of_any_message_takes_what_is_left() {
    let transport = memory();
    let channel = Channel::publish_subscribe("a");
    let (mut router, mut called) = telling(&channel);
    let (sender, mut others) = mpsc::unbounded_channel();
    router.on(channel.clone(), move |message: Received<Message>| {
        sender
            .send(message.name.as_deref().unwrap_or_default().to_owned())
            .unwrap();
        async { Ok(()) }
    });
    let service = serve(transport.clone(), router).await.unwrap();
    publish(&*transport, &channel, Message::named("Other", "", "")).await;
    publish(&*transport, &channel, Message::named("Text", "", "x")).await;
    assert_eq!(heard(&mut others).await, "Other");
    assert_eq!(heard(&mut called).await, "text x");
    service.stop(PATIENCE).await.unwrap();
}

#[tokio::test]
async fn an_invalid_message_is_rejected_without_calling_the_handler() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let (router, mut called) = telling(&channel);
    let service = serve(transport.clone(), router).await.unwrap();
    publish(&*transport, &channel, Message::named("Text", "", "")).await;
    publish(&*transport, &channel, Message::named("Text", "", "good")).await;
    assert_eq!(heard(&mut called).await, "text good");
    service.stop(PATIENCE).await.unwrap();
    assert!(nothing_comes(&mut *listen(&*transport, &channel).await).await);
    let expected = [(String::new(), "rejected".to_owned())];
    assert_eq!(dead_letters(&*transport, &channel).await, expected);
}

#[tokio::test]
async fn a_handler_that_fails_is_called_again_with_the_attempt() {
    let transport = memory();
    for key in [None, Some("key")] {
        let channel = Channel::point_to_point(format!("a.{key:?}"));
        let (sender, mut called) = mpsc::unbounded_channel();
        let mut router = Router::new();
        router.on(channel.clone(), move |message: Received<Text>| {
            let attempt = message.metadata.attempt;
            sender.send(attempt.to_string()).unwrap();
            async move {
                match attempt {
                    1 => Err(HandlerError::retry("first")),
                    2 => Err(HandlerError::retry_after(
                        Duration::from_millis(1),
                        "second",
                    )),
                    _ => Err(HandlerError::reject("third")),
                }
            }
        });
        let service = serve(transport.clone(), router).await.unwrap();
        let mut message = Message::named("Text", "", "x");
        message.key = key.map(Into::into);
        publish(&*transport, &channel, message).await;
        for attempt in ["1", "2", "3"] {
            assert_eq!(heard(&mut called).await, attempt);
        }
        service.stop(PATIENCE).await.unwrap();
        assert!(nothing_comes(&mut *listen(&*transport, &channel).await).await);
        let expected = [("x".to_owned(), "rejected".to_owned())];
        assert_eq!(dead_letters(&*transport, &channel).await, expected);
    }
}

#[tokio::test]
async fn no_more_handlers_run_than_allowed() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let running = Arc::new(AtomicUsize::new(0));
    let (sender, mut called) = mpsc::unbounded_channel();
    let mut router = Router::new();
    let now = running.clone();
    router
        .concurrency(3)
        .prefetch(5)
        .on(channel.clone(), move |_: Received<Text>| {
            let (now, sender) = (now.clone(), sender.clone());
            async move {
                let running = now.fetch_add(1, SeqCst) + 1;
                tokio::time::sleep(Duration::from_millis(5)).await;
                now.fetch_sub(1, SeqCst);
                sender.send(running.to_string()).unwrap();
                Ok(())
            }
        });
    let service = serve(transport.clone(), router).await.unwrap();
    let client = Client::new(transport);
    for _ in 0..20 {
        client.send(&channel, &text("x")).await.unwrap();
    }
    let mut most = 0;
    for _ in 0..20 {
        most = most.max(heard(&mut called).await.parse::<usize>().unwrap());
    }
    assert_eq!(most, 3);
    service.stop(PATIENCE).await.unwrap();
}

#[tokio::test]
async fn handlers_that_do_not_end_in_time_are_aborted_and_their_messages_come_again() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let (sender, mut called) = mpsc::unbounded_channel();
    let mut router = Router::new();
    router.on(channel.clone(), move |_: Received<Text>| {
        sender.send(String::new()).unwrap();
        std::future::pending()
    });
    let service = serve(transport.clone(), router).await.unwrap();
    Client::new(transport.clone())
        .send(&channel, &text("x"))
        .await
        .unwrap();
    heard(&mut called).await;
    let error = service.stop(Duration::from_millis(20)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(
        next(&mut *listen(&*transport, &channel).await).await.body,
        "x"
    );
}

#[tokio::test]
async fn a_service_ends_when_its_transport_is_closed() {
    let transport = memory();
    let (router, _called) = telling(&Channel::point_to_point("a"));
    let service = serve(transport.clone(), router).await.unwrap();
    transport.close(PATIENCE).await.unwrap();
    tokio::time::timeout(PATIENCE, service.join())
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn two_handlers_of_one_message_are_refused() {
    let channel = Channel::point_to_point("a");
    let (mut router, _called) = telling(&channel);
    router.on(channel, async |_: Received<Text>| Ok(()));
    let error = serve(memory(), router).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "serve: invalid: two handlers take message `Text`; register one of them only, channel `a`"
    );
}

fn declared(change: impl FnOnce(&mut Capabilities)) -> Arc<dyn DynTransport> {
    let mut wrap = Wrap::new();
    change(&mut wrap.capabilities);
    Arc::new(wrap)
}

async fn refused(transport: Arc<dyn DynTransport>, channel: Channel) -> String {
    let (mut router, _called) = telling(&channel);
    router.group("g");
    let error = serve(transport, router).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    error.reason().to_owned()
}

#[tokio::test]
async fn what_the_transport_cannot_do_is_refused_by_name() {
    let queue = || Channel::point_to_point("a");
    let topic = || Channel::publish_subscribe("a");
    let reason = refused(declared(|can| can.point_to_point = false), queue()).await;
    assert!(reason.contains("point-to-point channels"), "{reason}");
    let reason = refused(declared(|can| can.publish_subscribe = false), topic()).await;
    assert!(reason.contains("publish-subscribe channels"), "{reason}");
    let reason = refused(declared(|can| can.groups = false), topic()).await;
    assert!(reason.contains("consumer groups"), "{reason}");
}

#[tokio::test]
async fn retries_wait_in_the_worker_where_the_transport_cannot_hold_back() {
    let transport = declared(|can| can.delay = None);
    let channel = Channel::point_to_point("a");
    let (sender, mut called) = mpsc::unbounded_channel();
    let mut router = Router::new();
    router.on(channel.clone(), move |message: Received<Text>| {
        sender.send(message.metadata.attempt.to_string()).unwrap();
        async move {
            match message.metadata.attempt {
                1 => Err(HandlerError::retry_after(Duration::from_millis(20), "once")),
                // Long enough for the stop to find it waiting.
                2 => Err(HandlerError::retry_after(Duration::from_secs(600), "twice")),
                _ => Ok(()),
            }
        }
    });
    let service = serve(transport.clone(), router).await.unwrap();
    publish(&*transport, &channel, Message::named("Text", "", "x")).await;
    assert_eq!(heard(&mut called).await, "1");
    assert_eq!(heard(&mut called).await, "2");
    service.stop(PATIENCE).await.unwrap();
}

/// Several workers work on it, and fail together.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_failure_of_a_channel_is_told_once_and_health_remembers_it() {
    let mut wrap = Wrap::new();
    let log = Settled::default();
    wrap.on_subscribe = Box::new(move |inner, channel| match &*channel.address {
        "a" => Box::new(Scripted {
            inner,
            script: vec![Err(Error::new(ErrorKind::NotFound, "receive", "gone"))],
            log: log.clone(),
        }),
        _ => inner,
    });
    let mut router = Router::new();
    for address in ["a", "b"] {
        let channel = Channel::point_to_point(address);
        router.on(channel, async |_: Received<Text>| Ok(()));
    }
    let mut service = serve(Arc::new(wrap), router).await.unwrap();
    assert!(service.failed().await.is_some());
    let again = tokio::time::timeout(Duration::from_millis(200), service.failed()).await;
    assert!(again.is_err(), "{again:?}");
    let health = service.health();
    assert!(!health.is_alive(), "{health:?}");
    assert_eq!(health.failed.len(), 1);
}

/// More than a worker begins at a time, all of them free at once: by the end of a slow one of their key, and by the time that
/// all are to be tried again. Nothing comes meanwhile that would wake the worker.
#[tokio::test(start_paused = true)]
async fn what_became_free_at_once_is_handled_to_the_last() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let (log, calls) = (Log::default(), Arc::new(AtomicUsize::new(0)));
    let (done, count) = (log.clone(), calls.clone());
    let mut router = Router::new();
    router.concurrency(4);
    router.on(channel.clone(), move |num: Received<Num>| {
        let done = done.clone();
        let is_early = count.fetch_add(1, SeqCst) <= 200;
        async move {
            match num.key {
                1 if num.number == 0 => tokio::time::sleep(Duration::from_secs(1)).await,
                KEYLESS if is_early => {
                    let pause = Duration::from_secs(2);
                    return Err(HandlerError::retry_after(pause, "not yet"));
                }
                _ => {}
            }
            done.push(num.message);
            Ok(())
        }
    });
    let _service = serve(transport.clone(), router).await.unwrap();
    let keyed = (0..200).map(|number| num(1, number));
    let keyless = (0..200).map(|number| num(KEYLESS, number));
    put(&*transport, &channel, keyed.chain(keyless)).await;
    assert!(
        comes_true(Duration::from_secs(60), || log.distinct() == 400).await,
        "{} of 400",
        log.distinct()
    );
}
