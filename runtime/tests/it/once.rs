//! Outcomes that are there once: what handlers send and the settlement of their messages are one transaction.
use crate::{
    Text,
    events::{incoming, scripted},
    listen, next, nothing_comes,
    numbers::{KEYLESS, Num},
    publish,
    stores::Store,
    wrap::Wrap,
};
use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};
use tidings::{
    Backoff, BoxFuture, Channel, DynTransport, Error, ErrorKind, HandlerError, Handling, Layer,
    Layers, Message, Outgoing, Policy, Received, Result, Router, Service, SubscribeSpec, Token,
    Verdict,
    layers::Dedup,
    serve,
    transport::{DynSettler, DynSubscription, Event, Part, Settle},
};
use tokio::time::{Instant, sleep, timeout};

const SECOND: Duration = Duration::from_secs(1);
/// What is longer is too large for the results.
const LONGEST: usize = 5;

fn texts() -> Channel {
    Channel::point_to_point("texts")
}

fn results() -> Channel {
    Channel::point_to_point("results")
}

/// The in-process transport with transactions, each of which takes a second; results go nowhere but by these.
struct Broker {
    inner: Arc<dyn DynTransport>,
    /// What the next transactions fail with.
    failures: Mutex<VecDeque<Error>>,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    /// How many transactions were asked for.
    commits: usize,
    /// What a transaction settled whose answer was lost.
    unheard: Option<Vec<(Token, Verdict)>>,
    /// How many messages there was room for when last asked.
    room: usize,
}

impl Broker {
    /// One whose first transactions fail with these, and the transport over it.
    fn failing(failures: impl IntoIterator<Item = Error>) -> (Arc<Self>, Arc<dyn DynTransport>) {
        let mut wrap = Wrap::new();
        let broker = Arc::new(Self {
            inner: wrap.inner.clone(),
            failures: Mutex::new(failures.into_iter().collect()),
            log: Mutex::default(),
        });
        (wrap.capabilities.transactions, wrap.capabilities.settle) = (true, Settle::Cumulative);
        wrap.on_publish = Box::new(|channel| {
            let outside = *channel == results();
            outside.then(|| Error::new(ErrorKind::PermissionDenied, "publish", "no transaction"))
        });
        let host = broker.clone();
        wrap.on_subscribe = Box::new(move |inner, channel| match *channel == texts() {
            true => Box::new(Transacted {
                inner,
                broker: host.clone(),
                out: Arc::default(),
            }),
            false => inner,
        });
        (broker, Arc::new(wrap))
    }

    fn new() -> (Arc<Self>, Arc<dyn DynTransport>) {
        Self::failing([])
    }

    fn commits(&self) -> usize {
        self.log.lock().unwrap().commits
    }

    fn room(&self) -> usize {
        self.log.lock().unwrap().room
    }

    /// Whether these were settled by a transaction whose answer was lost, where they were.
    fn was_done(&self, verdicts: &[(Token, Verdict)]) -> bool {
        let unheard = self.log.lock().unwrap().unheard.take();
        unheard.is_some_and(|settled| settled == verdicts)
    }
}

/// What is out, of one subscription.
type Out = Arc<Mutex<BTreeSet<Token>>>;

struct Transacted {
    inner: Box<dyn DynSubscription>,
    broker: Arc<Broker>,
    out: Out,
}

impl DynSubscription for Transacted {
    fn settler(&self) -> Arc<dyn DynSettler> {
        Arc::new(Settler {
            inner: self.inner.settler(),
            broker: self.broker.clone(),
            out: self.out.clone(),
        })
    }

    fn next(&mut self, max: usize) -> BoxFuture<'_, Result<Event>> {
        self.broker.log.lock().unwrap().room = max;
        Box::pin(async move {
            let event = self.inner.next(max).await?;
            if let Event::Deliveries(deliveries) = &event {
                let tokens = deliveries.iter().map(|incoming| incoming.token);
                self.out.lock().unwrap().extend(tokens);
            }
            Ok(event)
        })
    }

    fn lease(&self) -> Option<Duration> {
        None
    }
}

struct Settler {
    inner: Arc<dyn DynSettler>,
    broker: Arc<Broker>,
    out: Out,
}

impl Settler {
    async fn transact(&self, outgoing: &[Outgoing], verdicts: &[(Token, Verdict)]) -> Result<()> {
        let is_large = |it: &Outgoing| it.channel == results() && it.message.body.len() > LONGEST;
        if outgoing.iter().any(is_large) {
            let error = Error::new(ErrorKind::TooLarge, "commit", "a result is too large");
            return Err(error.with("channel", results().address));
        }
        for sent in outgoing {
            publish(&*self.broker.inner, &sent.channel, sent.message.clone()).await;
        }
        let settled = self.take_out(verdicts);
        assert!(self.inner.settle(&settled).await.is_empty());
        Ok(())
    }

    /// What is out of each part, up to there.
    fn take_out(&self, verdicts: &[(Token, Verdict)]) -> Vec<(Token, Verdict)> {
        let is_settled = |token: &Token| {
            let mut verdicts = verdicts.iter();
            verdicts.any(|(upto, _)| token.part == upto.part && token.position <= upto.position)
        };
        let mut out = self.out.lock().unwrap();
        let settled = out.extract_if(.., is_settled);
        settled.map(|token| (token, Verdict::Ack)).collect()
    }
}

impl DynSettler for Settler {
    fn settle<'a>(
        &'a self,
        verdicts: &'a [(Token, Verdict)],
    ) -> BoxFuture<'a, Vec<(Token, Error)>> {
        let is_release = |(_, verdict): &(Token, Verdict)| *verdict == Verdict::Release;
        assert!(verdicts.iter().all(is_release), "{verdicts:?}");
        let mut out = self.out.lock().unwrap();
        for (token, _) in verdicts {
            out.remove(token);
        }
        self.inner.settle(verdicts)
    }

    fn extend<'a>(&'a self, tokens: &'a [Token]) -> BoxFuture<'a, Vec<(Token, Error)>> {
        self.inner.extend(tokens)
    }

    fn commit<'a>(
        &'a self,
        outgoing: &'a [Outgoing],
        verdicts: &'a [(Token, Verdict)],
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.broker.log.lock().unwrap().commits += 1;
            sleep(SECOND).await;
            if self.broker.was_done(verdicts) {
                return Ok(());
            }
            let failure = self.broker.failures.lock().unwrap().pop_front();
            if failure.as_ref().is_none_or(Error::is_ambiguous) {
                self.transact(outgoing, verdicts).await?;
            }
            let Some(error) = failure else {
                return Ok(());
            };
            if error.is_ambiguous() {
                self.broker.log.lock().unwrap().unheard = Some(verdicts.to_vec());
            }
            Err(error)
        })
    }
}

/// A service that sends on what comes as it is, but for `slow`, which it never gets done.
async fn sending_on(transport: &Arc<dyn DynTransport>, layers: Layers) -> Service {
    let backoff = Backoff::new(SECOND / 10, 30 * SECOND);
    let policy = Policy::new().with_exactly_once(true).with_backoff(backoff);
    let mut router = Router::new();
    router.layers(layers).policy(policy).prefetch(5000);
    router.on(texts(), async |message: Received<Message>| {
        match &message.message.body[..] {
            b"slow" => Err(HandlerError::retry_after(3600 * SECOND, "not now")),
            _ => Ok(message.context.send(&results(), &message.message)?),
        }
    });
    serve(transport.clone(), router).await.unwrap()
}

async fn put(transport: &Arc<dyn DynTransport>, bodies: &[&'static str]) {
    for body in bodies {
        publish(&**transport, &texts(), Message::new(*body)).await;
    }
}

/// All that lies in a queue, where it stays.
async fn bodies(transport: &Arc<dyn DynTransport>, channel: &Channel) -> Vec<String> {
    let spec = SubscribeSpec::new(channel.clone()).prefetch(1000);
    let mut subscription = transport.subscribe(&spec).await.unwrap();
    let mut bodies = Vec::new();
    while let Ok(Ok(Event::Deliveries(more))) = timeout(SECOND, subscription.next(1000)).await {
        let body = |message: &Message| String::from_utf8(message.body.to_vec()).unwrap();
        bodies.extend(more.iter().map(|incoming| body(&incoming.message)));
    }
    bodies
}

/// Notes what was sent and what was settled.
#[derive(Clone, Default)]
struct Noting(Arc<Mutex<Vec<String>>>);

impl Noting {
    fn note(&self, what: &str, message: &Message) {
        let body = String::from_utf8_lossy(&message.body);
        self.0.lock().unwrap().push(format!("{what} {body}"));
    }
}

impl Layer for Noting {
    fn published(&self, _: &Channel, message: &Message, outcome: &Result<()>) {
        assert!(outcome.is_ok());
        self.note("sent", message);
    }

    fn settled(&self, handling: &Handling, verdict: &Verdict) {
        assert_eq!(*verdict, Verdict::Ack);
        self.note("settled", &handling.message);
    }
}

#[tokio::test(start_paused = true)]
async fn what_handlers_send_goes_out_with_the_settlement_of_their_messages() {
    let (broker, transport) = Broker::new();
    let noting = Noting::default();
    let service = sending_on(&transport, Layers::new().with(noting.clone())).await;
    put(&transport, &["a", "b", "c"]).await;
    sleep(SECOND / 2).await;
    assert!(noting.0.lock().unwrap().is_empty(), "nothing is done yet");
    sleep(5 * SECOND).await;
    let told = noting.0.lock().unwrap().join(", ");
    assert_eq!(
        told,
        "sent a, settled a, sent b, settled b, sent c, settled c"
    );
    service.stop(SECOND).await.unwrap();
    assert_eq!(bodies(&transport, &results()).await, ["a", "b", "c"]);
    assert_eq!(bodies(&transport, &texts()).await, [""; 0]);
    assert!(broker.commits() <= 3, "{}", broker.commits());
}

/// When the result is there, where the first transactions fail with these.
async fn there_after(failures: Vec<Error>) -> Duration {
    let count = failures.len();
    let (broker, transport) = Broker::failing(failures);
    let _service = sending_on(&transport, Layers::new()).await;
    let mut there = listen(&*transport, &results()).await;
    let begun = Instant::now();
    put(&transport, &["a"]).await;
    while broker.commits() <= count {
        sleep(SECOND / 10).await;
    }
    assert_eq!(next(&mut *there).await.body, "a");
    let passed = begun.elapsed();
    assert!(nothing_comes(&mut *there).await);
    assert_eq!(broker.commits(), count + 1);
    passed
}

#[tokio::test(start_paused = true)]
async fn a_transaction_that_failed_is_tried_again_after_longer_and_longer_pauses() {
    let busy = Error::new(ErrorKind::Busy, "commit", "busy");
    assert!(there_after(vec![busy.clone()]).await < 3 * SECOND);
    let passed = there_after(vec![busy.clone(); 8]).await;
    assert!(passed > 25 * SECOND, "{passed:?}");
    let passed = there_after(vec![busy.retry_after(60 * SECOND)]).await;
    assert!(passed > 60 * SECOND && passed < 65 * SECOND, "{passed:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_done_without_an_answer_is_not_done_twice() {
    let lost = Error::new(ErrorKind::Timeout, "commit", "no answer").ambiguous();
    assert!(there_after(vec![lost]).await < 3 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_transaction_that_fails_while_the_service_stops_is_not_tried_again() {
    let lost = Error::new(ErrorKind::ConnectionLost, "commit", "cut");
    let (broker, transport) = Broker::failing([lost]);
    let service = sending_on(&transport, Layers::new()).await;
    put(&transport, &["a"]).await;
    sleep(SECOND / 2).await;
    service.stop(60 * SECOND).await.unwrap();
    assert_eq!(broker.commits(), 1);
    assert_eq!(bodies(&transport, &results()).await, [""; 0]);
    assert_eq!(bodies(&transport, &texts()).await, ["a"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_done_when_the_service_stops_is_settled() {
    let (broker, transport) = Broker::new();
    let service = sending_on(&transport, Layers::new()).await;
    put(&transport, &["a"]).await;
    sleep(SECOND / 2).await;
    // Done while the first transaction is under way.
    put(&transport, &["b"]).await;
    sleep(SECOND / 10).await;
    service.stop(60 * SECOND).await.unwrap();
    assert_eq!(broker.commits(), 2);
    assert_eq!(bodies(&transport, &results()).await, ["a", "b"]);
    assert_eq!(bodies(&transport, &texts()).await, [""; 0]);
}

/// Else whoever got the message again would take it for done, and what its handler sends would be lost.
#[tokio::test(start_paused = true)]
async fn a_store_is_told_of_what_was_committed_and_of_nothing_else() {
    for fails in [true, false] {
        let lost = Error::new(ErrorKind::ConnectionLost, "commit", "cut");
        let failures = fails.then_some(lost);
        let (_, transport) = Broker::failing(failures);
        let store = Arc::new(Store::default());
        let layers = Layers::new().with(Dedup::new(10).with_store(store.clone()));
        let service = sending_on(&transport, layers).await;
        put(&transport, &["a"]).await;
        sleep(SECOND / 2).await;
        assert_eq!(store.noted(), 0);
        service.stop(60 * SECOND).await.unwrap();
        assert_eq!(store.noted(), usize::from(!fails));
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sent_gives_up_its_message_alone() {
    let (_, transport) = Broker::new();
    let service = sending_on(&transport, Layers::new()).await;
    put(&transport, &["a", "b", "too large", "d"]).await;
    sleep(60 * SECOND).await;
    assert_eq!(bodies(&transport, &results()).await, ["a", "b", "d"]);
    let letters = Channel::point_to_point("texts.dead-letters");
    assert_eq!(bodies(&transport, &letters).await, ["too large"]);
    service.stop(SECOND).await.unwrap();
    assert_eq!(bodies(&transport, &texts()).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_is_behind_one_that_is_not_done_waits_with_it_and_takes_room() {
    let (broker, transport) = Broker::new();
    let service = sending_on(&transport, Layers::new()).await;
    sleep(SECOND).await;
    let room = broker.room();
    put(&transport, &["slow"]).await;
    put(&transport, &["a"; 100]).await;
    sleep(10 * SECOND).await;
    assert_eq!((broker.commits(), room - broker.room()), (0, 101));
    service.stop(SECOND).await.unwrap();
    assert_eq!(bodies(&transport, &results()).await, [""; 0]);
    assert_eq!(bodies(&transport, &texts()).await.len(), 101);
}

#[tokio::test]
async fn where_it_cannot_be_had_the_service_does_not_start() {
    let topic = Channel::publish_subscribe("events");
    for (transactions, settle, channel, group, expected) in [
        (
            false,
            Settle::Cumulative,
            texts(),
            None,
            Some(ErrorKind::Unsupported),
        ),
        (
            true,
            Settle::Individual,
            texts(),
            None,
            Some(ErrorKind::Unsupported),
        ),
        (
            true,
            Settle::Cumulative,
            topic.clone(),
            None,
            Some(ErrorKind::Invalid),
        ),
        (true, Settle::Cumulative, topic, Some("g"), None),
        (true, Settle::Cumulative, texts(), None, None),
    ] {
        let mut wrap = Wrap::new();
        (wrap.capabilities.transactions, wrap.capabilities.settle) = (transactions, settle);
        let mut router = Router::new();
        router.policy(Policy::new().with_exactly_once(true));
        if let Some(group) = group {
            router.group(group);
        }
        router.on(channel.clone(), async |_: Received<Text>| Ok(()));
        let served = serve(Arc::new(wrap), router).await;
        let kind = served.err().map(|error| error.kind());
        assert_eq!(kind, expected, "{transactions} {settle:?} {channel:?}");
    }
}

/// Notes what came and what became of it.
#[derive(Clone, Default)]
struct Fates(Arc<Mutex<(usize, Vec<Verdict>)>>);

impl Layer for Fates {
    fn incoming(&self, _: &Channel, _: &mut Arc<Message>) -> std::result::Result<(), HandlerError> {
        self.0.lock().unwrap().0 += 1;
        Ok(())
    }

    fn settled(&self, _: &Handling, verdict: &Verdict) {
        self.0.lock().unwrap().1.push(verdict.clone());
    }
}

#[tokio::test(start_paused = true)]
async fn layers_are_told_of_what_is_gone_before_it_was_settled() {
    let part = Part::new(1, 0);
    let (mut wrap, _) = scripted(move || {
        let both = [1, 2].map(|at| incoming(part, at, KEYLESS));
        vec![
            Ok(Event::Deliveries(both.into())),
            Ok(Event::Gone { parts: vec![part] }),
        ]
    });
    (wrap.capabilities.transactions, wrap.capabilities.settle) = (true, Settle::Cumulative);
    let fates = Fates::default();
    let mut router = Router::new();
    router.policy(Policy::new().with_exactly_once(true));
    router.layers(Layers::new().with(fates.clone()));
    router.on(texts(), async |num: Received<Num>| {
        // The second is done before its part is gone, and waits for the first.
        if num.number == 1 {
            sleep(SECOND).await;
        }
        Ok(())
    });
    let service = serve(Arc::new(wrap), router).await.unwrap();
    sleep(10 * SECOND).await;
    let told = (2, vec![Verdict::Release; 2]);
    assert_eq!(*fates.0.lock().unwrap(), told);
    service.stop(SECOND).await.unwrap();
}
