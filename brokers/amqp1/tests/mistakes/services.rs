//! Services whose handlers fail, never end, or are cut off: what others have to handle is handled, and nothing is lost.
use crate::common::{self, Broker, Outcome, holds};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Backoff, Channel, ErrorKind, HandlerError, Message, Policy, Received, Router, Service,
    SubscribeSpec, Transport, Verdict, serve,
    transport::{Event, Settler, Subscription},
};
use tidings_amqp1::{Amqp1Subscription, Amqp1Transport};
use tokio::time::{Instant, sleep, timeout};

/// Keys whose messages can be handled, beside one whose cannot.
const KEYS: usize = 1000;
const POISONED: &str = "poisoned";
const SOON: Duration = Duration::from_secs(25);
/// Most messages that are published at once.
const AT_ONCE: usize = 500;

/// What was handled of each key, in that order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<HashMap<String, Vec<String>>>>);

impl Log {
    fn note(&self, message: &Message) {
        let key = message.key.as_deref().unwrap_or_default();
        let key = String::from_utf8_lossy(key).into_owned();
        let body = String::from_utf8_lossy(&message.body).into_owned();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(key).or_default().push(body);
    }

    fn of(&self, key: &str) -> Vec<String> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(key).cloned().unwrap_or_default()
    }

    /// How many, of all keys.
    fn count(&self) -> usize {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.values().map(Vec::len).sum()
    }

    async fn reaches(&self, count: usize, within: Duration) -> Outcome {
        let until = Instant::now() + within;
        while self.count() < count {
            let there = self.count();
            holds(Instant::now() < until, &format!("{there} of {count}"))?;
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}

fn message(key: &str, body: &str) -> Message {
    let mut message = Message::new(body.to_owned());
    message.key = Some(key.to_owned().into());
    message
}

async fn publish_all(transport: &Amqp1Transport, channel: &Channel, batch: &[Message]) -> Outcome {
    for some in batch.chunks(AT_ONCE) {
        let sent = common::outcomes(transport, channel, some).await;
        sent.into_iter().collect::<Result<Vec<()>, _>>()?;
    }
    Ok(())
}

/// A service of that channel, which notes what it handles, once the handler says that it can.
async fn serving(
    broker: Broker,
    channel: &Channel,
    log: &Log,
    handle: impl Fn(&Message) -> Result<(), HandlerError> + Clone + Send + Sync + 'static,
) -> Outcome<(Service, Arc<Amqp1Transport>)> {
    let transport = Arc::new(broker.connect().await?);
    let mut router = Router::new();
    let pauses = Backoff::new(Duration::from_millis(300), Duration::from_millis(300));
    router.policy(Policy::new().with_attempts(5).with_backoff(pauses));
    let log = log.clone();
    router.on(channel.clone(), move |received: Received<Message>| {
        let (log, handle) = (log.clone(), handle.clone());
        async move {
            handle(&received.message)?;
            log.note(&received.message);
            Ok(())
        }
    });
    Ok((serve(transport.clone(), router).await?, transport))
}

/// One key fails and panics, and a thousand are handled meanwhile; what is behind it comes once it is given up.
pub(crate) async fn a_poisoned_key_holds_up_no_other(broker: Broker) -> Outcome {
    let channel = Channel::point_to_point(common::unused()).with_keys();
    let (log, attempts) = (Log::default(), Arc::new(AtomicUsize::new(0)));
    let tried = attempts.clone();
    let handle = move |message: &Message| match &*message.body {
        b"bad" => match tried.fetch_add(1, SeqCst) {
            // Without the words of a panic.
            1 => std::panic::resume_unwind(Box::new("on purpose")),
            _ => Err(HandlerError::retry("on purpose")),
        },
        _ => Ok(()),
    };
    let (service, transport) = serving(broker, &channel, &log, handle).await?;
    let poisoned = ["bad", "1", "2"].map(|body| message(POISONED, body));
    publish_all(&transport, &channel, &poisoned).await?;
    let good = (0..KEYS).map(|key| message(&key.to_string(), "good"));
    publish_all(&transport, &channel, &good.collect::<Vec<_>>()).await?;
    log.reaches(KEYS + 2, SOON).await?;
    holds(log.of(POISONED) == ["1", "2"], "it went on otherwise")?;
    let tried = attempts.load(SeqCst);
    holds(tried == 5, &format!("it was tried {tried} times"))?;
    service.stop(SOON).await?;
    let letters = Channel::point_to_point(format!("{}.dead-letters", channel.address));
    let bad = common::settle_one(&transport, &letters, &poisoned[0].id, Verdict::Ack);
    timeout(SOON, bad).await??;
    Ok(())
}

/// While a service is cut off another takes over, and handles the rest once and in order; what was begun is handled again.
pub(crate) async fn what_is_stopped_amid_its_work_is_gone_on_with(broker: Broker) -> Outcome {
    const STUCK: usize = 8;
    const ALL: usize = 100;
    const EACH: usize = 2;
    let channel = Channel::point_to_point(common::unused()).with_keys();
    let log = Log::default();
    let transport = Arc::new(broker.connect().await?);
    let mut router = Router::new();
    let noted = log.clone();
    router.on(channel.clone(), move |received: Received<Message>| {
        let log = noted.clone();
        async move {
            let key = received.message.key.as_deref().unwrap_or_default();
            let number = std::str::from_utf8(key)
                .ok()
                .and_then(|key| key.parse().ok());
            if number.is_none_or(|number: usize| number < STUCK) {
                std::future::pending::<()>().await;
            }
            log.note(&received.message);
            Ok(())
        }
    });
    let first = serve(transport.clone(), router).await?;
    let batch = (0..EACH)
        .flat_map(|number| (0..ALL).map(move |key| message(&key.to_string(), &number.to_string())));
    let batch: Vec<_> = batch.collect();
    publish_all(&transport, &channel, &batch).await?;
    log.reaches(batch.len() - STUCK * EACH, SOON).await?;
    let stopped = first.stop(Duration::from_millis(200)).await;
    let error = stopped.err().ok_or("what never ends has ended")?;
    holds(error.kind() == ErrorKind::Timeout, &error.to_string())?;
    let closed = Transport::close(&*transport, SOON).await;
    holds(closed.is_ok(), &format!("{closed:?}"))?;
    timeout(SOON, Transport::close(&*transport, SOON)).await??;
    let (second, _) = serving(broker, &channel, &log, |_| Ok(())).await?;
    log.reaches(batch.len(), SOON).await?;
    sleep(Duration::from_millis(500)).await;
    let expected: Vec<_> = (0..EACH).map(|number| number.to_string()).collect();
    let wrong = (0..ALL).find(|key| log.of(&key.to_string()) != expected);
    let wrong = wrong.map(|key| (key, log.of(&key.to_string())));
    holds(wrong.is_none(), &format!("{wrong:?}"))?;
    Ok(second.stop(SOON).await?)
}

/// Who settles nothing has what it asked for and no more; the rest is for others, and what it had comes again when it goes.
pub(crate) async fn who_settles_nothing_has_what_it_asked_for(broker: Broker) -> Outcome {
    const HAS: usize = 8;
    const ALL: usize = 200;
    let idle = broker.connect().await?;
    let channel = Channel::point_to_point(common::unused());
    let spec = SubscribeSpec::new(channel.clone()).prefetch(HAS);
    let mut subscription = Transport::subscribe(&idle, &spec).await?;
    let batch: Vec<_> = (0..ALL).map(|_| Message::new("a")).collect();
    publish_all(&idle, &channel, &batch).await?;
    let mut had = 0;
    while let Ok(event) = timeout(Duration::from_secs(1), subscription.next(ALL)).await {
        if let Event::Deliveries(came) = event? {
            had += came.len();
        }
    }
    holds(had == HAS, &format!("{had} are out"))?;
    let log = Log::default();
    let (service, _transport) = serving(broker, &channel, &log, |_| Ok(())).await?;
    log.reaches(ALL - HAS, SOON).await?;
    drop(subscription);
    log.reaches(ALL, SOON).await?;
    Ok(service.stop(SOON).await?)
}

/// A consumer whose process dies at each step of a message: what it had not settled comes again, first and in order.
pub(crate) async fn whoever_dies_at_any_step_loses_nothing(broker: Broker) -> Outcome {
    for step in ["received", "settled"] {
        let transport = broker.connect().await?;
        let channel = Channel::point_to_point(common::unused()).with_keys();
        let batch = ["0", "1", "2", "3"].map(|body| message("k", body));
        publish_all(&transport, &channel, &batch).await?;
        let (url, dies_at) = (broker.url(), channel.clone());
        // Its own runtime is ended amid what it does, without a word to the broker.
        let died = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new()?;
            let left = runtime.block_on(until(&url, dies_at, step))?;
            runtime.shutdown_background();
            drop(left);
            Outcome::Ok(())
        });
        let died = tokio::task::spawn_blocking(move || died.join()).await?;
        died.map_err(|_| "it has failed")??;
        let spec = SubscribeSpec::new(channel.clone());
        let mut subscription = Transport::subscribe(&transport, &spec).await?;
        let settler = subscription.settler();
        let mut came = Vec::new();
        while came.last().is_none_or(|body| body != "3") {
            let next = timeout(SOON, subscription.next(1)).await;
            let event = next.map_err(|_| format!("{step}: only {came:?} came"))??;
            if let Event::Deliveries(deliveries) = event {
                for one in deliveries {
                    came.push(String::from_utf8_lossy(&one.message.body).into_owned());
                    settler.settle(&[(one.token, Verdict::Ack)]).await;
                }
            }
        }
        let (all, rest) = (["0", "1", "2", "3"], ["1", "2", "3"]);
        let is_right = came == all || step == "settled" && came == rest;
        holds(is_right, &format!("{step}: {came:?}"))?;
    }
    Ok(())
}

/// A consumer that has got as far as that with one message.
async fn until(
    url: &str,
    channel: Channel,
    step: &str,
) -> Outcome<(Amqp1Subscription, Amqp1Transport)> {
    let transport = Amqp1Transport::connect(url).await?;
    let mut subscription = Transport::subscribe(&transport, &SubscribeSpec::new(channel)).await?;
    let settler = subscription.settler();
    let came = loop {
        if let Event::Deliveries(came) = timeout(SOON, subscription.next(1)).await?? {
            break came;
        }
    };
    if step == "settled" {
        let failed = settler.settle(&[(came[0].token, Verdict::Ack)]).await;
        holds(failed.is_empty(), "it was not settled")?;
    }
    Ok((subscription, transport))
}
