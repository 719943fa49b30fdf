//! A service in process, or nobody, with what it is sent on record: for tests of services, and of whatever has a client.
use super::{Examples, TestBroker, examples::wrong};
use crate::{
    BoxError, Channel, Client, Message, Outgoing, PolicySettings, Publish, Request, Result, Router,
    Service, Settings, TypedMessage,
    dead_letter::{self, DeadLetter},
    serve,
};
use std::{future::Future, num::NonZeroU32, sync::Arc, time::Duration};

/// How long a reply is waited for in a test.
const PATIENCE: Duration = Duration::from_secs(10);

/// A broker in process with whoever answers at it, and any generated client.
///
/// ```
/// use tidings::{Channel, Client, Message, Received, Router, testing::Harness};
///
/// # tidings::testing::run(async {
/// let orders = Channel::point_to_point("orders");
/// let mut router = Router::new();
/// // In a test of a service: OrderServer::new(Desk).register(&mut router);
/// router.on(orders.clone(), |_: Received<Message>| async { Ok(()) });
/// let harness = Harness::serve(router).await?;
///
/// // In a test with a generated client: let client: OrderClient = harness.client();
/// let client: Client = harness.client();
/// client.send(&orders, &Message::new("1")).await?;
/// harness.settled().await?;
/// assert_eq!(harness.broker().published("orders").len(), 1);
/// # Ok::<(), tidings::BoxError>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct Harness {
    broker: TestBroker,
    client: Client,
    _service: Option<Service>,
}

impl Harness {
    /// Nobody answers: what clients send is on record, and that is all.
    #[must_use]
    pub fn new() -> Self {
        let broker = TestBroker::new();
        Self {
            client: Client::new(Arc::new(broker.clone())),
            broker,
            _service: None,
        }
    }

    /// These handlers answer, until it is dropped.
    ///
    /// # Errors
    /// When they cannot be told apart.
    pub async fn serve(router: Router) -> Result<Self> {
        let harness = Self::new();
        let service = serve(Arc::new(harness.broker.clone()), router).await?;
        Ok(Self {
            _service: Some(service),
            ..harness
        })
    }

    /// The same, trying each message once, whatever is said of that: what fails is [told](Self::settled) then.
    ///
    /// # Errors
    /// As [`serve`](Self::serve).
    pub async fn strict(mut router: Router) -> Result<Self> {
        let policy = PolicySettings {
            attempts: Some(NonZeroU32::MIN),
            dead_letters: Some("beside".to_owned()),
            refuse: Some(true),
            exactly_once: Some(false),
            ..PolicySettings::default()
        };
        router.settings(Settings {
            policy,
            ..Settings::default()
        });
        Self::serve(router).await
    }

    /// The broker, which makes faults to order.
    #[must_use]
    pub fn broker(&self) -> &TestBroker {
        &self.broker
    }

    /// A client of it, of any generated type.
    #[must_use]
    pub fn client<C: From<Client>>(&self) -> C {
        self.client.clone().into()
    }

    /// The messages of a type that anybody sent so far, in that order.
    #[must_use]
    pub fn sent<M: TypedMessage>(&self) -> Vec<M> {
        let all = self.broker.all_published().into_iter();
        let own = all.filter(|Outgoing { message, .. }| {
            let name = message.name.as_deref();
            name.is_some_and(|name| M::NAMES.contains(&name)) && !is_letter(message)
        });
        own.filter_map(|outgoing| M::decode(&outgoing.message).ok())
            .collect()
    }

    /// Waits until everything is settled that somebody listens for.
    ///
    /// # Errors
    /// When a message was given up; it says why the first was.
    pub async fn settled(&self) -> Result<(), BoxError> {
        self.broker.settled().await;
        let all = self.broker.all_published();
        let mut letters = all.iter().filter(|outgoing| is_letter(&outgoing.message));
        let Some(first) = letters.next() else {
            return Ok(());
        };
        let letter = DeadLetter::of(&first.message);
        let name = letter.message.name.as_deref().unwrap_or("a message");
        let DeadLetter { reason, error, .. } = &letter;
        Err(format!("`{name}` was given up: {reason}: {error}").into())
    }

    /// Asks by each example, by replies of a channel of the document where it has one for them.
    ///
    /// # Errors
    /// When one is refused, or answered other than the document says.
    pub async fn ask<M: TypedMessage, R: TypedMessage>(
        &self,
        channel: &Channel,
        replies: Option<Channel>,
        examples: &Examples<M>,
    ) -> Result<(), BoxError> {
        for (example, message) in examples.all().iter().zip(examples.messages()?) {
            let request = Request::<M, R>::new(&self.client, channel.clone(), message, None);
            let request = request.timeout(PATIENCE);
            let reply = match &replies {
                Some(replies) => request.replies(replies.clone()).await,
                None => request.await,
            };
            if let Err(why) = reply {
                // What was given up says more than its refusal.
                let told = self.settled().await.err();
                let told = told.unwrap_or_else(|| why.into());
                return Err(wrong::<M>(example, &told.to_string()));
            }
        }
        Ok(())
    }

    /// Sends each example, which nobody answers.
    ///
    /// # Errors
    /// When one is not handled.
    pub async fn tell<M: TypedMessage>(
        &self,
        channel: &Channel,
        examples: &Examples<M>,
    ) -> Result<(), BoxError> {
        for (example, message) in examples.all().iter().zip(examples.messages()?) {
            let sent = Publish::new(&self.client, channel.clone(), message, None);
            sent.await?;
            let settled = self.settled().await;
            settled.map_err(|why| wrong::<M>(example, &why.to_string()))?;
        }
        Ok(())
    }
}

impl Default for Harness {
    fn default() -> Self {
        Self::new()
    }
}

fn is_letter(message: &Message) -> bool {
    message.header(dead_letter::REASON).is_some()
}

/// Runs a test that has no runtime of its own.
///
/// # Errors
/// Those of the test, and when there is no runtime to be had.
pub fn run<T>(test: impl Future<Output = Result<T, BoxError>>) -> Result<T, BoxError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    runtime.block_on(test)
}
