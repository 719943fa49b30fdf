//! Messages that the broker does not take.
use crate::{
    common::{Check, Outcome, address, bound, checks, connect, fresh, holds, publish},
    error::is,
};
use lapin::{
    Connection, ConnectionProperties,
    options::QueueDeclareOptions,
    types::{AMQPValue, FieldTable},
};
use serde_json::json;
use std::time::Duration;
use tidings::{
    Bindings, Channel, DynTransport, Error, ErrorKind, Message, Transport,
    transport::{Ensure, Wanted},
};
use tidings_rabbitmq::{RabbitSettings, RabbitTransport};
use tokio::time::Instant;

pub(crate) fn checks() -> Vec<(&'static str, Check)> {
    checks![
        a_message_that_no_queue_takes_is_told,
        nothing_is_sent_behind_what_a_full_queue_refused,
        nothing_is_sent_behind_what_no_queue_takes,
        a_message_that_is_too_large_is_told,
        a_message_too_large_for_the_broker_is_the_only_one_told_so,
        another_user_is_refused,
    ]
}

async fn made(transport: &RabbitTransport) -> Outcome<Channel> {
    let channel = fresh();
    let wanted = [Wanted::channel(channel.clone())];
    Transport::ensure(transport, &wanted, Ensure::Create).await?;
    Ok(channel)
}

async fn outcomes(
    transport: &RabbitTransport,
    channel: &Channel,
    batch: &[Message],
) -> Vec<Result<(), Error>> {
    let deadline = Instant::now() + Duration::from_secs(20);
    Transport::publish(transport, channel, batch, deadline).await
}

async fn a_message_that_no_queue_takes_is_told() -> Outcome {
    let transport = connect().await?;
    let (there, nowhere) = (made(&transport).await?, fresh());
    // Side by side: each outcome must be that of its own message.
    let batch: Vec<Message> = (0..200).map(|n| Message::new(n.to_string())).collect();
    let (taken, returned) = tokio::join!(
        outcomes(&transport, &there, &batch),
        outcomes(&transport, &nowhere, &batch),
    );
    for outcome in taken {
        // What cannot be told apart may say so, and nothing else.
        let is_right = outcome.as_ref().err().is_none_or(Error::is_ambiguous);
        holds(is_right, &format!("a queue took it: {outcome:?}"))?;
    }
    for outcome in returned {
        let error = outcome.err().ok_or("confirmed, and in no queue")?;
        if !error.is_ambiguous() {
            let says = [
                "start its receiver first",
                "channel `tests.",
                "server `amqp:",
            ];
            is(&error, ErrorKind::NotFound, &says)?;
        }
    }
    Ok(())
}

fn keyed(key: &'static str) -> Message {
    let mut message = Message::new(key);
    message.key = Some(key.into());
    message
}

/// What became of messages, shortly.
fn kinds(outcomes: &[Result<(), Error>]) -> Vec<Option<ErrorKind>> {
    let kind = |outcome: &Result<(), Error>| outcome.as_ref().err().map(Error::kind);
    outcomes.iter().map(kind).collect()
}

/// It has room for the next in the meantime, which would overtake what was refused.
async fn nothing_is_sent_behind_what_a_full_queue_refused() -> Outcome {
    let (transport, channel) = (connect().await?, fresh());
    let connection = Connection::connect(&address(), ConnectionProperties::default()).await?;
    let wire = connection.create_channel().await?;
    let mut arguments = FieldTable::default();
    arguments.insert("x-max-length".into(), AMQPValue::LongInt(2));
    let refuses = AMQPValue::LongString("reject-publish".into());
    arguments.insert("x-overflow".into(), refuses);
    let durable = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    let name = channel.address.to_string();
    wire.queue_declare(name.into(), durable, arguments).await?;
    let mut outcomes = outcomes(&transport, &channel, &["a"; 6].map(keyed)).await;
    // Of how many a full queue may take one more, the broker says itself.
    let taken = outcomes
        .iter()
        .take_while(|outcome| outcome.is_ok())
        .count();
    holds((2..4).contains(&taken), &format!("{taken} of 2 were taken"))?;
    let behind = outcomes.split_off(taken + 1);
    let error = outcomes.pop().and_then(Result::err).ok_or("it was taken")?;
    is(&error, ErrorKind::Busy, &["it is full", "channel `tests."])?;
    let pause = error.wait().is_some_and(|pause| !pause.is_zero());
    holds(pause, "nobody says when to try again")?;
    let skipped = kinds(&behind)
        .iter()
        .all(|kind| *kind == Some(ErrorKind::Skipped));
    holds(skipped, &format!("they were sent: {behind:?}"))
}

async fn nothing_is_sent_behind_what_no_queue_takes() -> Outcome {
    let batch = ["a", "a", "b", "a", "b"].map(keyed);
    let outcomes = outcomes(&connect().await?, &fresh(), &batch).await;
    let [first, second] = [ErrorKind::NotFound, ErrorKind::Skipped].map(Some);
    let wanted = [first, second, first, second, second];
    holds(kinds(&outcomes) == wanted, &format!("{outcomes:?}"))
}

async fn a_message_that_is_too_large_is_told() -> Outcome {
    let transport = connect().await?;
    let channel = made(&transport).await?;
    let batch = [Message::new(vec![0; 17 << 20]), Message::new("small")];
    let mut outcomes = outcomes(&transport, &channel, &batch).await.into_iter();
    let error = outcomes
        .next()
        .and_then(Result::err)
        .ok_or("it was taken")?;
    let says = ["`message_bytes`", "channel `tests.", "server `amqp:"];
    is(&error, ErrorKind::TooLarge, &says)?;
    Ok(outcomes.next().ok_or("one outcome a message")??)
}

/// The broker ends the channel over it: others may have to be sent again, but are not told that they are too large.
async fn a_message_too_large_for_the_broker_is_the_only_one_told_so() -> Outcome {
    let mut settings = RabbitSettings::default();
    settings.message_bytes = 64 << 20;
    let transport = RabbitTransport::connect_with(&address(), settings).await?;
    let channel = made(&transport).await?;
    let batch = [
        Message::new("before"),
        Message::new(vec![0; 33 << 20]),
        Message::new("behind"),
    ];
    let mut outcomes = outcomes(&transport, &channel, &batch).await;
    let error = outcomes.remove(1).err().ok_or("it was taken")?;
    let says = ["`max_message_size`", "channel `tests.", "server `amqp:"];
    is(&error, ErrorKind::TooLarge, &says)?;
    for other in outcomes {
        let may_be = other.as_ref().err().is_none_or(Error::is_retryable);
        holds(may_be, &format!("it can be sent again: {other:?}"))?;
    }
    publish(&transport, &channel, &[Message::new("afterwards")]).await
}

async fn another_user_is_refused() -> Outcome {
    let transport = connect().await?;
    let channel = made(&transport).await?;
    let told = json!({ "operations": { "send": { "amqp": { "userId": "ann" } } } });
    let posing = channel
        .clone()
        .with_bindings(Bindings::read(&told.to_string()));
    let mut refused = outcomes(&transport, &posing, &[Message::new("a")]).await;
    let error = refused.remove(0).err().ok_or("it was taken")?;
    let says = ["'ann'", "leave `userId` out", "channel `tests."];
    is(&error, ErrorKind::PermissionDenied, &says)?;
    let own = json!({ "is": "queue" });
    publish(&transport, &bound(&channel, own), &[Message::new("a")]).await?;
    Ok(DynTransport::close(&transport, Duration::from_secs(1)).await?)
}
