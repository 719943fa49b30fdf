//! What a subscriber rejects, and cannot be kept among the dead letters as usual.
use crate::{PATIENCE, Text, memory, text, wrap::Wrap};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tidings::{
    Channel, Client, DeadLetters, Delivery, DynTransport, Error, ErrorKind, HandlerError, Handling,
    Layer, Layers, Message, Policy, Received, Router, Subscription, Verdict,
    dead_letter::DeadLetterQueue, serve,
};
use tokio::time::timeout;

/// A transport that answers the first dead letters like this, and takes others.
fn refusing(answers: &[ErrorKind]) -> Wrap {
    let mut wrap = Wrap::new();
    let answers = Mutex::new(answers.to_vec());
    wrap.on_publish = Box::new(move |channel| {
        let is_letter = channel.address.ends_with(".dead-letters");
        let answer = is_letter.then(|| answers.lock().unwrap().pop()).flatten()?;
        Some(Error::new(answer, "publish", "not that"))
    });
    wrap
}

async fn take(subscription: &mut Subscription<Text>) -> Delivery<Text> {
    let next = timeout(PATIENCE, subscription.next()).await;
    next.unwrap().unwrap().unwrap()
}

/// The dead letters of what was rejected at such a transport, and what the rejecting said.
async fn rejected(wrap: Wrap) -> (Vec<Message>, Result<(), ErrorKind>) {
    let transport: Arc<dyn DynTransport> = Arc::new(wrap);
    let (client, channel) = (Client::new(transport.clone()), Channel::point_to_point("a"));
    let mut subscription = client.subscribe::<Text>(&channel, None).await.unwrap();
    client.send(&channel, &text("bad")).await.unwrap();
    let outcome = take(&mut subscription).await.reject("no order").await;
    if outcome.is_err() {
        let again = take(&mut subscription).await;
        assert_eq!(again.metadata().attempt, 2);
        again.reject("no order").await.unwrap();
    }
    let queue = Channel::point_to_point("a.dead-letters");
    let letters = DeadLetterQueue::at(transport, channel, queue);
    let letters = letters.list(10).await.unwrap();
    let messages = letters.into_iter().map(|letter| {
        assert!(letter.reason.is_empty() || letter.error == "no order");
        letter.message
    });
    (messages.collect(), outcome.map_err(|error| error.kind()))
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_kept_comes_again() {
    let (letters, outcome) = rejected(refusing(&[ErrorKind::ConnectionLost])).await;
    assert_eq!(outcome, Err(ErrorKind::ConnectionLost));
    assert_eq!(letters.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn where_there_is_no_channel_for_it_one_is_made() {
    let (letters, outcome) = rejected(refusing(&[ErrorKind::NotFound])).await;
    assert_eq!((letters.len(), outcome), (1, Ok(())));
}

#[tokio::test(start_paused = true)]
async fn what_has_no_room_for_the_reason_is_kept_without() {
    let (letters, outcome) = rejected(refusing(&[ErrorKind::TooLarge])).await;
    assert_eq!((letters.len(), outcome), (1, Ok(())));
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_keeps_them_itself_is_told_the_reason() {
    let (mut wrap, settled) = Wrap::recording(Duration::ZERO);
    wrap.capabilities.native_dead_letter = true;
    let (letters, outcome) = rejected(wrap).await;
    assert_eq!((letters.len(), outcome), (0, Ok(())));
    assert_eq!(settled.verdicts()[..1], [Verdict::reject("no order")]);
}

/// Notes what it is told.
#[derive(Clone, Default)]
struct Noting(Arc<Mutex<Vec<String>>>);

impl Layer for Noting {
    fn incoming(
        &self,
        _: &Channel,
        message: &mut Arc<Message>,
    ) -> Result<(), tidings::HandlerError> {
        Arc::make_mut(message).body = "as the layer leaves it".into();
        Ok(())
    }

    fn given_up<'a>(&'a self, _: &'a Handling) -> tidings::BoxFuture<'a, tidings::Result<()>> {
        self.0.lock().unwrap().push("given up".to_owned());
        Box::pin(async { Ok(()) })
    }

    fn settled(&self, _: &Handling, verdict: &Verdict) {
        self.0.lock().unwrap().push(format!("{verdict:?}"));
    }
}

#[tokio::test(start_paused = true)]
async fn layers_hear_of_it_and_it_is_kept_as_it_came() {
    let (transport, channel) = (memory(), Channel::publish_subscribe("a"));
    let noting = Noting::default();
    let layers = Layers::new().with(noting.clone());
    let client = Client::with_layers(transport.clone(), layers);
    let subscription = client.subscribe::<Text>(&channel, Some("g"));
    let mut subscription = subscription.await.unwrap();
    client.send(&channel, &text("bad")).await.unwrap();
    let delivery = take(&mut subscription).await;
    assert_eq!(delivery.0, "as the layer leaves it");
    delivery.reject("no order").await.unwrap();
    let rejected = format!("{:?}", Verdict::reject("no order"));
    assert_eq!(*noting.0.lock().unwrap(), ["given up".to_owned(), rejected]);
    let letters = DeadLetterQueue::beside(transport, channel);
    let letter = letters.list(10).await.unwrap().pop().unwrap();
    assert_eq!(letter.message.body, "bad");
    assert_eq!(letter.group.as_deref(), Some("g"));
}

/// Nowhere is not where the broker keeps its own.
#[tokio::test(start_paused = true)]
async fn what_a_service_keeps_nowhere_is_not_kept_by_the_transport_either() {
    for (kept, expected) in [
        (DeadLetters::Beside, Verdict::reject("rejected")),
        (DeadLetters::Dropped, Verdict::Ack),
    ] {
        let (mut wrap, settled) = Wrap::recording(Duration::ZERO);
        wrap.capabilities.native_dead_letter = true;
        let (transport, channel) = (Arc::new(wrap), Channel::point_to_point("a"));
        let mut router = Router::new();
        router.policy(Policy::new().with_dead_letters(kept));
        router.on(channel.clone(), async |_: Received<Text>| {
            Err(HandlerError::reject("no order"))
        });
        let service = serve(transport.clone(), router).await.unwrap();
        let client = Client::new(transport);
        client.send(&channel, &text("bad")).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        service.stop(Duration::from_secs(1)).await.unwrap();
        assert_eq!(settled.verdicts(), [expected]);
    }
}
