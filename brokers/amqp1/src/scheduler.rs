//! Whether Classic holds messages back: it offers that with its scheduler and without, where it delivers them at once. Tried when it is
//! connected to.
use crate::{error::error, line::Line};
use fe2o3_amqp::{
    Receiver, Sender,
    link::receiver::CreditMode,
    session::SessionHandle,
    types::{
        messaging::{AmqpValue, Body, DeleteOnClose, Message, MessageAnnotations, Source, Target},
        primitives::Value,
    },
};
use std::{sync::Arc, time::Duration};
use tidings::Result;
use tokio::time::timeout;
use uuid::Uuid;

/// For how long the message that tries it is for later.
const LATER: Duration = Duration::from_secs(1);
/// How long finding it out may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether it is there; a broker where that cannot be tried has none that is known of.
pub(crate) async fn is_there(line: &Arc<Line>) -> bool {
    match timeout(PATIENCE, line.during("connect", tries(line))).await {
        Ok(Ok(is_there)) => is_there,
        Ok(Err(error)) => doubt(&error.to_string()),
        Err(_) => doubt("the broker did not answer in time"),
    }
}

fn doubt(reason: &str) -> bool {
    tracing::warn!(
        reason,
        "nobody knows whether the broker holds messages back, and it is not asked to"
    );
    false
}

/// Sends a message for later, and one for now behind it: which of them comes first says it.
async fn tries(line: &Arc<Line>) -> Result<bool> {
    let mut session = line.session("connect").await?;
    let (mut receiver, mut sender) = ends(&mut session).await?;
    for later in [true, false] {
        let sent = sender.send(message(later)).await;
        sent.map_err(|failure| error("connect", &failure))?;
    }
    let first = receiver.recv::<Body<Value>>().await;
    let first = first.map_err(|failure| error("connect", &failure))?;
    let is_later = matches!(first.body(), Body::Value(AmqpValue(Value::Bool(true))));
    drop(receiver.accept(&first).await);
    let (kept, over) = (Arc::downgrade(line), line.over());
    tokio::spawn(async move {
        let ending = async {
            // Where it came for a queue that is gone, the broker would tell so.
            if let Ok(rest) = receiver.recv::<Body<Value>>().await {
                drop(receiver.accept(&rest).await);
            }
            drop((sender.close().await, receiver.close().await));
            if let Some(line) = kept.upgrade() {
                line.keep(session);
            }
        };
        tokio::select! {
            () = ending => {}
            () = over => {}
        }
    });
    Ok(!is_later)
}

/// The ends of a queue that goes with them.
async fn ends(session: &mut SessionHandle<()>) -> Result<(Receiver, Sender)> {
    let queue = Source::builder()
        .dynamic(true)
        .add_lifetime_policy(DeleteOnClose {})
        .build();
    let receiver = Receiver::builder()
        .name(Uuid::now_v7().to_string())
        .source(queue)
        .verify_incoming_source(false)
        .credit_mode(CreditMode::Manual)
        .attach(session)
        .await;
    let mut receiver = receiver.map_err(|failure| error("connect", &failure))?;
    let credit = receiver.set_credit(2).await;
    credit.map_err(|failure| error("connect", &failure))?;
    let address = receiver.source().as_ref();
    let address = address.and_then(|source| source.address.clone());
    let sender = Sender::builder()
        .name(Uuid::now_v7().to_string())
        .target(Target::from(address.unwrap_or_default()))
        .attach(session)
        .await;
    Ok((
        receiver,
        sender.map_err(|failure| error("connect", &failure))?,
    ))
}

fn message(later: bool) -> Message<AmqpValue<Value>> {
    let mut annotations = MessageAnnotations::default();
    if later {
        let wait = i64::try_from(LATER.as_millis()).unwrap_or(i64::MAX);
        annotations
            .0
            .insert(crate::message::DELAY.into(), Value::Long(wait));
    }
    Message::builder()
        .message_annotations(annotations)
        .value(Value::Bool(later))
        .build()
}
