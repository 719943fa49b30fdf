//! The end of a subscription: what it has is given back in its order, before anybody else can get what is behind.
use crate::{dialect::Dialect, held::Held, inlet::Opened, message, settling::failed};
use fe2o3_amqp::{
    Sender,
    types::{
        messaging::{Body, Target},
        primitives::Value,
    },
};
use futures_util::FutureExt;
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

/// How long that may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// Gives back what is there, and ends the link; one that is `kept` outlives it.
pub(crate) async fn give_back(opened: Opened, held: &Held, kept: bool, dialect: Dialect) {
    let Opened {
        line,
        mut session,
        mut receiver,
    } = opened;
    let over = line.over();
    let leaving = async {
        // What the broker has sent already comes before the answer to whatever it is asked next; it sends nothing more meanwhile, nor what
        // belongs with it to others.
        drop(receiver.drain().await);
        let asked = Sender::builder()
            .name(Uuid::now_v7().to_string())
            .target(Target::default())
            .attach(&mut session);
        drop(asked.await);
        while let Some(Ok(delivery)) = receiver.recv::<Body<Value>>().now_or_never() {
            let (info, message) = delivery.into_parts();
            held.came(info, message::read(message, dialect));
        }
        let (tried, untried) = held.take_all();
        // Classic would keep what it is told for this link, and count as tried what is taken away with it.
        if dialect == Dialect::Artemis {
            drop(receiver.modify_all(tried, failed()).await);
            drop(receiver.release_all(untried).await);
        }
    };
    tokio::select! {
        left = timeout(GOODBYE, leaving) => drop(left),
        () = over => {}
    }
    // What is left is gone with the link.
    drop(held.take_all());
    match (dialect, kept) {
        // It counts what goes with a session as tried, and what goes with a link alone as not.
        (Dialect::Classic, _) => {}
        (Dialect::Artemis, true) => drop(timeout(GOODBYE, receiver.detach()).await),
        (Dialect::Artemis, false) => drop(timeout(GOODBYE, receiver.close()).await),
    }
    drop(timeout(GOODBYE, session.end()).await);
}
