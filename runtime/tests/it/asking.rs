//! Requests and what may go wrong with their replies.
use crate::{
    PATIENCE, Stamped, Text, dead_letters, listen, memory, next,
    numbers::{KEYLESS, Num, comes_true, put},
    publish,
    wrap::Wrap,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Channel, Client, Error, ErrorKind, HandlerError, Layer, Layers, Message, Policy, Received,
    RequestError, Router, outgoing_request, serve,
};

const SECOND: Duration = Duration::from_secs(1);
const ASKED: Num = Num {
    key: KEYLESS,
    number: 1,
};

#[tokio::test(start_paused = true)]
async fn a_reply_that_cannot_be_sent_for_the_moment_repeats_the_reply_only() {
    let mut wrap = Wrap::new();
    let left = AtomicUsize::new(3);
    wrap.on_publish = Box::new(move |channel| {
        let fails = channel.address.starts_with("tidings.inbox.")
            && left
                .fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1))
                .is_ok();
        fails.then(|| Error::new(ErrorKind::ConnectionLost, "publish", "cut"))
    });
    let transport = Arc::new(wrap);
    let channel = Channel::point_to_point("a");
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let mut router = Router::new();
    router.on_request(channel.clone(), move |num: Received<Num>| {
        count.fetch_add(1, SeqCst);
        async move { Ok(num.message) }
    });
    let _service = serve(transport.clone(), router).await.unwrap();
    let client = Client::new(transport);
    client
        .request::<_, Num>(&channel, &ASKED, 60 * SECOND)
        .await
        .unwrap();
    assert_eq!(calls.load(SeqCst), 1);
}

/// Counts what was published, whatever became of it.
#[derive(Clone, Default)]
struct Published(Arc<AtomicUsize>);

impl Layer for Published {
    fn published(&self, _: &Channel, _: &Message, outcome: &tidings::Result<()>) {
        assert!(outcome.is_ok());
        self.0.fetch_add(1, SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_does_not_wait_for_the_confirmation_of_its_request() {
    for layered in [false, true] {
        let mut wrap = Wrap::new();
        wrap.confirms_after = 10 * SECOND;
        let transport = Arc::new(wrap);
        let channel = Channel::point_to_point("a");
        let mut router = Router::new();
        router.on_request(channel.clone(), async |num: Received<Num>| Ok(num.message));
        let _service = serve(transport.clone(), router).await.unwrap();
        let published = Published::default();
        let layers = match layered {
            true => Layers::new().with(published.clone()),
            false => Layers::new(),
        };
        let client = Client::with_layers(transport, layers);
        let begin = tokio::time::Instant::now();
        let reply = client.request::<_, Num>(&channel, &ASKED, 60 * SECOND);
        assert_eq!(reply.await.unwrap(), ASKED);
        assert!(begin.elapsed() < SECOND, "{:?}", begin.elapsed());
        assert_eq!(published.0.load(SeqCst), usize::from(layered));
    }
}

/// What a client is told whose reply cannot be sent for that reason, and when.
async fn told_of_unsendable(
    kind: ErrorKind,
    refuse: bool,
) -> (Result<Num, RequestError>, Duration) {
    let mut wrap = Wrap::new();
    // Of the first reply; what tells of that goes out.
    let left = AtomicUsize::new(1);
    wrap.on_publish = Box::new(move |channel| {
        let is_reply = channel.address.starts_with("tidings.inbox.");
        let fails = |left: usize| left.checked_sub(1);
        let fails = is_reply && left.fetch_update(SeqCst, SeqCst, fails).is_ok();
        fails.then(|| Error::new(kind, "publish", "no"))
    });
    let transport = Arc::new(wrap);
    let channel = Channel::point_to_point("a");
    let mut router = Router::new();
    router.policy(Policy::new().with_refuse(refuse));
    router.on(channel.clone(), async |_: Received<Text>| Ok(()));
    router.on_request(channel.clone(), async |num: Received<Num>| Ok(num.message));
    let _service = serve(transport.clone(), router).await.unwrap();
    let client = Client::new(transport);
    let begin = tokio::time::Instant::now();
    let reply = client.request(&channel, &ASKED, 60 * SECOND).await;
    (reply, begin.elapsed())
}

#[tokio::test(start_paused = true)]
async fn whoever_asked_is_told_where_a_reply_can_never_be_sent() {
    for kind in [
        ErrorKind::TooLarge,
        ErrorKind::Rejected,
        ErrorKind::PermissionDenied,
    ] {
        let (reply, took) = told_of_unsendable(kind, true).await;
        let Err(RequestError::Refused(reason)) = reply else {
            panic!("{reply:?}");
        };
        assert_eq!(reason, format!("its reply cannot be sent: {kind}"));
        assert!(took < SECOND, "{took:?}");
    }
    let (reply, _) = told_of_unsendable(ErrorKind::TooLarge, false).await;
    assert!(matches!(reply, Err(RequestError::Timeout(_))), "{reply:?}");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_has_the_correlation_id_where_the_document_wants_it() {
    let (transport, channel) = (memory(), Channel::point_to_point("a"));
    let mut router = Router::new();
    router.on_request(channel.clone(), async |_: Received<Stamped>| {
        Err::<Stamped, _>(HandlerError::reject("sold out"))
    });
    let _service = serve(transport.clone(), router).await.unwrap();
    let answers = Channel::point_to_point("answers");
    let mut listening = listen(&*transport, &answers).await;
    let mut request = Message::named("Stamped", "text/plain", "");
    request.set_header("correlation", "7");
    request.set_header("reply", "answers");
    publish(&*transport, &channel, request).await;
    let answer = next(&mut *listening).await;
    assert_eq!(answer.header("correlation"), Some(&"7".into()));
    assert_eq!(answer.header("tidings-refused"), Some(&"rejected".into()));
}

#[tokio::test(start_paused = true)]
async fn whoever_asked_in_vain_is_told_why() {
    for refuse in [true, false] {
        let transport = memory();
        let channel = Channel::point_to_point("a");
        let mut policy = Policy::default();
        policy.attempts = 2;
        policy.refuse = refuse;
        let mut router = Router::new();
        router
            .policy(policy)
            .on_request(channel.clone(), async |num: Received<Num>| {
                match num.number {
                    0 => Err(HandlerError::reject("sold out")),
                    1 => Err(HandlerError::retry("busy")),
                    2 => panic!("on purpose"),
                    _ => Ok(num.message),
                }
            });
        let _service = serve(transport.clone(), router).await.unwrap();
        let client = Client::new(transport);
        for (number, expected) in [
            (0, "rejected"),
            (1, "attempts exhausted"),
            (2, "attempts exhausted"),
        ] {
            let request = Num {
                key: KEYLESS,
                number,
            };
            let reply = client
                .request::<_, Num>(&channel, &request, 60 * SECOND)
                .await;
            match reply {
                Err(RequestError::Refused(reason)) if refuse => assert_eq!(reason, expected),
                Err(RequestError::Timeout(_)) if !refuse => {}
                other => panic!("{number}: {other:?}"),
            }
        }
        let unknown = Message::named("Unknown", "", "");
        let reply = client.request::<_, Num>(&channel, &unknown, SECOND).await;
        assert_eq!(
            matches!(reply, Err(RequestError::Refused(_))),
            refuse,
            "{reply:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn requests_that_timed_out_are_not_handled_later() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let client = Client::new(transport.clone());
    for _ in 0..5 {
        assert!(
            client
                .request::<_, Num>(&channel, &ASKED, SECOND)
                .await
                .is_err()
        );
    }
    tokio::time::sleep(60 * SECOND).await;
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let mut router = Router::new();
    router.on_request(channel.clone(), move |num: Received<Num>| {
        count.fetch_add(1, SeqCst);
        async move { Ok(num.message) }
    });
    let _service = serve(transport.clone(), router).await.unwrap();
    tokio::time::sleep(10 * SECOND).await;
    assert_eq!(calls.load(SeqCst), 0);
    // Nor are they kept, where the next outage would find no room.
    assert_eq!(dead_letters(&*transport, &channel).await, []);
}

/// What nobody answers, but that its time is over, is looked at by somebody.
#[tokio::test(start_paused = true)]
async fn what_is_no_request_and_too_late_is_kept() {
    let (transport, channel) = (memory(), Channel::point_to_point("a"));
    let mut late = crate::numbers::num(KEYLESS, 1);
    late.expires = Some(std::time::SystemTime::UNIX_EPOCH);
    put(&*transport, &channel, [late]).await;
    let mut router = Router::new();
    router.on(channel.clone(), async |_: Received<Num>| Ok(()));
    let _service = serve(transport.clone(), router).await.unwrap();
    tokio::time::sleep(SECOND).await;
    let letters = dead_letters(&*transport, &channel).await;
    let (_, reason) = letters.first().unwrap();
    assert_eq!((letters.len(), &**reason), (1, "expired"));
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_a_handler_that_fails_is_told_before_they_have_gone() {
    for after in [None, Some(60 * SECOND)] {
        let (transport, channel) = (memory(), Channel::point_to_point("a"));
        let calls = Arc::new(AtomicUsize::new(0));
        let count = calls.clone();
        let mut router = Router::new();
        router.on_request(channel.clone(), move |_: Received<Num>| {
            count.fetch_add(1, SeqCst);
            async move {
                match after {
                    None => panic!("on purpose"),
                    Some(after) => Err::<Num, _>(HandlerError::retry_after(after, "not now")),
                }
            }
        });
        let _service = serve(transport.clone(), router).await.unwrap();
        let client = Client::new(transport.clone());
        let reply = client.request::<_, Num>(&channel, &ASKED, 30 * SECOND);
        let Err(RequestError::Refused(reason)) = reply.await else {
            panic!("{after:?}: no refusal");
        };
        assert_eq!(reason, "no time for another attempt");
        // As often as there is time.
        let expected = if after.is_some() { 1..=1 } else { 8..=11 };
        assert!(expected.contains(&calls.load(SeqCst)), "{calls:?}");
        assert_eq!(dead_letters(&*transport, &channel).await.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn replies_that_nobody_reads_are_bounded() {
    let transport = memory();
    let channel = Channel::publish_subscribe("a");
    let client = Client::new(transport.clone());
    let mut subscription = listen(&*transport, &channel).await;
    let mut responses = client
        .gather::<_, Num>(&channel, &ASKED, 10, 600 * SECOND)
        .await
        .unwrap();
    let request = next(&mut *subscription).await;
    let replies = Channel::point_to_point(request.reply_to.unwrap());
    let reply = |number| {
        let mut reply = crate::numbers::num(KEYLESS, number);
        reply.correlation_id.clone_from(&request.correlation_id);
        reply
    };
    put(&*transport, &replies, (0..500).map(reply)).await;
    tokio::time::sleep(SECOND).await;
    let begun = tokio::time::Instant::now();
    let mut read = 0;
    while responses.next().await.is_some() {
        read += 1;
    }
    assert_eq!(read, 10);
    assert_eq!(begun.elapsed(), Duration::ZERO, "it ends with the last");
}

#[tokio::test]
async fn a_gather_counts_each_responder_once() {
    let transport = memory();
    let channel = Channel::publish_subscribe("quotes");
    let client = Client::new(transport.clone());
    let answers = Arc::new(AtomicUsize::new(0));
    let serve_as = |who: u32| {
        let (transport, channel, answers) = (transport.clone(), channel.clone(), answers.clone());
        async move {
            let mut router = Router::new();
            router
                .group(&who.to_string())
                .on_request(channel, move |_: Received<Num>| {
                    answers.fetch_add(1, SeqCst);
                    async move {
                        Ok(Num {
                            key: KEYLESS,
                            number: who,
                        })
                    }
                });
            serve(transport, router).await.unwrap()
        }
    };
    let (one, two) = (serve_as(1).await, serve_as(2).await);
    // A third group takes the request out and gives it back to the first, as if that had died before it settled.
    let mut witness = listen(&*transport, &channel).await;
    let mut responses = client
        .gather::<_, Num>(&channel, &ASKED, 3, SECOND)
        .await
        .unwrap();
    let request = next(&mut *witness).await;
    assert!(comes_true(SECOND, || answers.load(SeqCst) == 2).await);
    one.stop(SECOND).await.unwrap();
    two.stop(SECOND).await.unwrap();
    let _again = (serve_as(1).await, serve_as(2).await);
    put(&*transport, &channel, [request]).await;
    assert!(comes_true(SECOND, || answers.load(SeqCst) == 4).await);
    let mut who = Vec::new();
    while let Some(reply) = responses.next().await {
        who.push(reply.unwrap().number);
    }
    who.sort_unstable();
    assert_eq!(who, [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn what_a_handler_sends_goes_out_when_it_has_returned_with_the_same_ids_again() {
    let transport = memory();
    let (channel, events) = (
        Channel::point_to_point("a"),
        Channel::point_to_point("events"),
    );
    let to = events.clone();
    let mut router = Router::new();
    router.on(channel.clone(), move |num: Received<Num>| {
        let to = to.clone();
        async move {
            for number in [10, 11] {
                num.context
                    .send(
                        &to,
                        &Num {
                            number,
                            ..num.message
                        },
                    )
                    .map_err(HandlerError::from)?;
            }
            match num.metadata.attempt {
                1 => Err(HandlerError::retry("not yet")),
                _ => Ok(()),
            }
        }
    });
    let _service = serve(transport.clone(), router).await.unwrap();
    let asked = crate::numbers::num(KEYLESS, 0);
    put(&*transport, &channel, [asked.clone(), asked]).await;
    let mut subscription = listen(&*transport, &events).await;
    let mut ids = Vec::new();
    for body in ["10", "11", "10", "11"] {
        let event = next(&mut *subscription).await;
        assert_eq!(event.body, format!("{KEYLESS} {body}"));
        ids.push(event.id);
    }
    assert_eq!(
        ids[..2],
        ids[2..],
        "handled twice, sent twice, and known to be the same"
    );
    assert!(crate::nothing_comes(&mut *subscription).await);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_a_handler_collects_is_known_by_the_same_id_again() {
    let transport = memory();
    let (channel, requests) = (
        Channel::point_to_point("a"),
        Channel::point_to_point("requests"),
    );
    let to = requests.clone();
    let mut router = Router::new();
    router.on(channel.clone(), move |num: Received<Num>| {
        let replies = Channel::point_to_point("replies");
        let plain = outgoing_request(&to, &num.message, Some(&replies));
        let stamped = outgoing_request(&to, &crate::Stamped, Some(&replies));
        async move {
            num.context.add(plain?)?;
            Ok(num.context.add(stamped?)?)
        }
    });
    let _service = serve(transport.clone(), router).await.unwrap();
    let asked = crate::numbers::num(KEYLESS, 0);
    put(&*transport, &channel, [asked.clone(), asked]).await;
    let mut subscription = listen(&*transport, &requests).await;
    let mut sent = Vec::new();
    for _ in 0..4 {
        let request = next(&mut *subscription).await;
        let known = match &request.correlation_id {
            Some(id) => id.to_string(),
            None => String::from_utf8_lossy(request.header("correlation").unwrap()).into_owned(),
        };
        assert_eq!(known, request.id.to_string());
        sent.push(request.id);
    }
    assert_eq!(
        sent[..2],
        sent[2..],
        "handled twice, asked twice, and known to be the same"
    );
}

/// Panics on whatever comes.
struct Bad;

impl Layer for Bad {
    fn incoming(&self, _: &Channel, _: &mut Arc<Message>) -> Result<(), HandlerError> {
        panic!("on purpose")
    }
}

/// Lets nothing in.
struct Shut;

impl Layer for Shut {
    fn incoming(&self, _: &Channel, _: &mut Arc<Message>) -> Result<(), HandlerError> {
        Err(HandlerError::reject("closed"))
    }
}

#[tokio::test(start_paused = true)]
async fn a_layer_that_lets_no_reply_in_lets_its_request_time_out() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let mut router = Router::new();
    router.on_request(channel.clone(), async |t: Received<Text>| Ok(t.message));
    let _service = serve(transport.clone(), router).await.unwrap();
    let client = Client::with_layers(transport, Layers::new().with(Shut));
    let text = crate::text("a");
    let reply = client.request::<_, Text>(&channel, &text, SECOND).await;
    assert!(matches!(reply, Err(RequestError::Timeout(_))), "{reply:?}");
}

#[tokio::test(start_paused = true)]
async fn a_layer_that_panics_on_replies_lets_nobody_wait() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let mut router = Router::new();
    router.on_request(channel.clone(), async |t: Received<Text>| Ok(t.message));
    let _service = serve(transport.clone(), router).await.unwrap();
    let client = Client::with_layers(transport, Layers::new().with(Bad));
    let begin = tokio::time::Instant::now();
    let reply: Result<Text, _> = client
        .request(&channel, &Text("x".to_owned()), 30 * SECOND)
        .await;
    assert!(matches!(reply, Err(RequestError::Closed)), "{reply:?}");
    assert!(begin.elapsed() < SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_for_later_comes_later_and_others_meanwhile() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let mut requests = listen(&*transport, &channel).await;
    let client = Client::new(transport.clone());
    let begin = tokio::time::Instant::now();
    let ask = |text: &str| {
        let (client, channel, text) = (client.clone(), channel.clone(), Text(text.to_owned()));
        tokio::spawn(async move {
            let reply: Result<Text, _> = client.request(&channel, &text, 60 * SECOND).await;
            (reply.unwrap().0, begin.elapsed())
        })
    };
    let answer = async |request: &Message, later: Option<Duration>| {
        let mut reply = Message::named("Text", "text/plain", request.body.clone());
        reply.correlation_id = request.correlation_id.clone();
        reply.not_before = later.map(|later| std::time::SystemTime::now() + later);
        let to = Channel::point_to_point(request.reply_to.clone().unwrap());
        crate::publish(&*transport, &to, reply).await;
    };
    let (one, other) = (ask("one"), ask("other"));
    let (first, second) = (next(&mut *requests).await, next(&mut *requests).await);
    answer(&first, Some(10 * SECOND)).await;
    answer(&second, None).await;
    let (text, after) = other.await.unwrap();
    assert_eq!(text, "other");
    assert!(after < SECOND, "{after:?}");
    let (text, after) = one.await.unwrap();
    assert_eq!(text, "one");
    assert!(after > 9 * SECOND, "{after:?}");
}

#[test]
fn a_request_times_out_while_the_runtime_of_an_earlier_one_stands_still() {
    let runtime = || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap()
    };
    let (one, other) = (runtime(), runtime());
    let client = Client::new(memory());
    let channel = Channel::point_to_point("nobody");
    let limit = Duration::from_millis(20);
    let ask = async || {
        let ask = client.request::<_, Num>(&channel, &ASKED, limit);
        let reply = tokio::time::timeout(10 * SECOND, ask).await;
        assert!(
            matches!(reply, Ok(Err(RequestError::Timeout(_)))),
            "{reply:?}"
        );
    };
    for runtime in [&one, &other, &one, &other] {
        runtime.block_on(ask());
    }
}

/// However slowly they are read.
#[tokio::test]
async fn all_replies_up_to_the_limit_are_gathered() {
    let (transport, channel) = (memory(), Channel::publish_subscribe("asked"));
    let client = Client::new(transport.clone());
    let mut asked = listen(&*transport, &channel).await;
    let question = Message::new("?");
    let gather = client.gather::<_, Text>(&channel, &question, 3000, PATIENCE);
    let mut replies = gather.await.unwrap();
    let request = next(&mut *asked).await;
    let to = Channel::replies(request.reply_to.clone().unwrap());
    for number in 0..3000 {
        let mut reply = Message::named("Text", "", number.to_string());
        reply.correlation_id = request.correlation_id.clone();
        publish(&*transport, &to, reply).await;
    }
    let mut count = 0;
    while let Some(reply) = replies.next().await {
        reply.unwrap();
        count += 1;
    }
    assert_eq!(count, 3000);
}
