//! A service whose messages find no room: it keeps what it has made of what it handled, and sends it once there is some.
use crate::{
    bare::{bare, ready, taken},
    common::{Check, Outcome, checks, connect, fresh, holds, publish},
};
use lapin::{
    options::QueueDeclareOptions,
    types::{AMQPValue, FieldTable},
};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{HandlerError, Message, Received, Router, serve};
use tokio::time::sleep;

const MESSAGES: usize = 6;
/// How many fit, but for one more where the broker says so.
const ROOM: u32 = 2;

pub(crate) fn checks() -> Vec<(&'static str, Check)> {
    checks![what_a_service_sends_waits_for_room]
}

/// A queue that refuses what it has no room for.
async fn narrow(wire: &lapin::Channel, name: &str) -> Outcome {
    let mut arguments = FieldTable::default();
    arguments.insert("x-max-length".into(), AMQPValue::LongInt(2));
    let refuses = AMQPValue::LongString("reject-publish".into());
    arguments.insert("x-overflow".into(), refuses);
    let durable = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    wire.queue_declare(name.to_owned().into(), durable, arguments)
        .await?;
    Ok(())
}

async fn what_a_service_sends_waits_for_room() -> Outcome {
    let transport = Arc::new(connect().await?);
    let (asked, told) = (fresh(), fresh());
    let (_connection, wire) = bare().await?;
    narrow(&wire, &told.address).await?;
    let handled = Arc::new(AtomicUsize::new(0));
    let counted = handled.clone();
    let mut router = Router::new();
    router.on_request_with(
        asked.clone(),
        told.clone(),
        move |one: Received<Message>| {
            counted.fetch_add(1, SeqCst);
            async move { Ok::<_, HandlerError>(Message::new(one.message.body)) }
        },
    );
    let service = serve(transport.clone(), router).await?;
    let all: BTreeSet<String> = (0..MESSAGES).map(|number| number.to_string()).collect();
    let batch: Vec<Message> = all.iter().cloned().map(Message::new).collect();
    publish(&*transport, &asked, &batch).await?;
    while handled.load(SeqCst) < MESSAGES || ready(&told.address, true).await? < ROOM {
        sleep(Duration::from_millis(20)).await;
    }
    // Longer than it is told to wait, so that it has been refused again.
    sleep(Duration::from_millis(1500)).await;
    let waiting = ready(&told.address, true).await?;
    holds(waiting <= ROOM + 1, &format!("{waiting} are in there"))?;
    let mut came = BTreeSet::new();
    for _ in 0..MESSAGES {
        let message = taken(&wire, &told.address).await?;
        came.insert(String::from_utf8(message.data.clone())?);
    }
    holds(came == all, &format!("{came:?}"))?;
    let handled = handled.load(SeqCst);
    holds(handled == MESSAGES, &format!("it handled {handled}"))?;
    Ok(service.stop(Duration::from_secs(10)).await?)
}
