//! Messages that no service lives to give up, and those that one does, of quorum queues.
use crate::common::{Check, Outcome, address, checks, fresh, holds, publish};
use std::{sync::Arc, time::Duration};
use tidings::{
    Backoff, Channel, DeadLetters, DynTransport, HandlerError, Message, Policy, Received, Router,
    SubscribeSpec,
    dead_letter::{DeadLetter, DeadLetterQueue, Decision},
    serve,
    transport::{Ensure, Event, Wanted},
};
use tidings_rabbitmq::{QueueType, RabbitSettings, RabbitTransport};
use tokio::time::timeout;

pub(crate) fn checks() -> Vec<(&'static str, Check)> {
    checks![
        a_message_that_kills_its_consumers_is_found_again,
        attempts_end_before_the_limit,
        what_a_policy_drops_is_kept_by_nobody,
    ]
}

const LIMIT: u32 = 5;

async fn quorum() -> Outcome<Arc<RabbitTransport>> {
    let mut settings = RabbitSettings::default();
    settings.queues = QueueType::Quorum;
    settings.delivery_limit = LIMIT;
    Ok(Arc::new(
        RabbitTransport::connect_with(&address(), settings).await?,
    ))
}

fn letters(transport: &Arc<RabbitTransport>, channel: &Channel) -> DeadLetterQueue {
    DeadLetterQueue::beside(transport.clone(), channel.clone())
}

/// The first dead letter, as soon as there is one.
async fn first(letters: &DeadLetterQueue) -> Outcome<DeadLetter> {
    let looking = async {
        loop {
            if let Some(letter) = letters.list(1).await?.pop() {
                return Outcome::Ok(letter);
            }
        }
    };
    timeout(Duration::from_secs(20), looking).await?
}

/// Receives it, and dies of it; false where it does not come.
async fn dies(channel: &Channel) -> Outcome<bool> {
    let transport = quorum().await?;
    let spec = SubscribeSpec::new(channel.clone());
    let mut subscription = DynTransport::subscribe(&*transport, &spec).await?;
    let next = timeout(Duration::from_secs(10), subscription.next(1)).await;
    let came = matches!(next, Ok(Ok(Event::Deliveries(_))));
    // At once, as with its process.
    drop(transport);
    Ok(came)
}

async fn a_message_that_kills_its_consumers_is_found_again() -> Outcome {
    let (transport, channel) = (quorum().await?, fresh());
    // Without a consumer, whose end would count too.
    let wanted = [Wanted::channel(channel.clone())];
    DynTransport::ensure(&*transport, &wanted, Ensure::Create).await?;
    publish(&*transport, &channel, &[Message::new("poison")]).await?;
    let mut deaths = 0;
    while dies(&channel).await? {
        deaths += 1;
        holds(deaths < 2 * LIMIT, "it kills for ever")?;
    }
    holds(deaths == LIMIT + 1, &format!("it killed {deaths}"))?;
    let letters = letters(&transport, &channel);
    let letter = first(&letters).await?;
    let says = format!("{letter:?}");
    holds(letter.reason == "delivered too often", &says)?;
    holds(letter.address == *channel.address, &says)?;
    holds(&letter.message.body[..] == b"poison", &says)?;
    letters.sort(1, |_| Decision::Replay).await?;
    holds(dies(&channel).await?, "it was not sent again")?;
    holds(letters.list(1).await?.is_empty(), "it is there still")
}

/// What is left of a message whose handler always fails.
async fn failing(policy: Policy) -> Outcome<Vec<DeadLetter>> {
    let (transport, channel) = (quorum().await?, fresh());
    let moment = Duration::from_millis(5);
    let mut router = Router::new();
    router.policy(
        policy
            .with_attempts(3)
            .with_backoff(Backoff::new(moment, moment)),
    );
    router.on(channel.clone(), |_: Received<Message>| async {
        Err::<(), _>(HandlerError::retry("not now"))
    });
    let service = serve(transport.clone(), router).await?;
    publish(&*transport, &channel, &[Message::new("a")]).await?;
    let letters = letters(&transport, &channel);
    if let Ok(letter) = timeout(Duration::from_secs(5), first(&letters)).await {
        letter?;
    }
    service.stop(Duration::from_secs(10)).await?;
    Ok(letters.list(10).await?)
}

async fn attempts_end_before_the_limit() -> Outcome {
    let letters = failing(Policy::new()).await?;
    let says = format!("{letters:?}");
    holds(letters.len() == 1, &says)?;
    let is_right = letters[0].reason == "attempts exhausted" && letters[0].attempts == 3;
    holds(is_right && letters[0].error.contains("not now"), &says)
}

async fn what_a_policy_drops_is_kept_by_nobody() -> Outcome {
    let policy = Policy::new().with_dead_letters(DeadLetters::Dropped);
    let letters = failing(policy).await?;
    holds(letters.is_empty(), &format!("{letters:?}"))
}
