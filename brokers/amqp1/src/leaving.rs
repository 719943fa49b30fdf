//! The end of a subscription: what it has is given back in its order, before anybody else can get what is behind.
use crate::{
    dialect::Dialect, held::Held, inlet::Opened, message, place::Inward, settling::failed,
};
use fe2o3_amqp::{
    Receiver, Sender,
    session::SessionHandle,
    types::{
        messaging::{Body, Target},
        primitives::Value,
    },
};
use futures_util::FutureExt;
use uuid::Uuid;

/// Most replies that are looked for at the end of a reply address.
const REPLIES: u32 = 1024;

/// Gives back what is there, and ends the link.
pub(crate) async fn give_back(mut opened: Opened, held: &Held, place: &Inward, dialect: Dialect) {
    // Classic gives all of a session back at once, in its order, and counts it as tried; what it is told before, it would keep for this
    // link, and answers of a drain it sends to nobody once the session has ended.
    let line = opened.line.clone();
    if dialect == Dialect::Classic && !place.is_private {
        held.take_all();
        line.unless_over(async { drop(opened.session.end().await) })
            .await;
        return;
    }
    let Opened {
        session, receiver, ..
    } = &mut opened;
    let taking = async {
        match place.is_private {
            true => take_last(session, receiver, held, dialect).await,
            false => give_back_first(session, receiver, held, dialect).await,
        }
    };
    line.unless_over(taking).await;
    // What is left is gone with the link.
    held.take_all();
    opened.end().await;
}

/// Tells the broker of all that is there, before it takes the rest away from the link, and what belongs with it to others.
async fn give_back_first(
    session: &mut SessionHandle<()>,
    receiver: &mut Receiver,
    held: &Held,
    dialect: Dialect,
) {
    take_in(session, receiver, held, dialect).await;
    let (tried, untried) = held.take_all();
    drop(receiver.modify_all(tried, failed()).await);
    drop(receiver.release_all(untried).await);
}

/// Takes the replies that nobody waits for any more: a queue that is empty goes, where the broker lets it.
async fn take_last(
    session: &mut SessionHandle<()>,
    receiver: &mut Receiver,
    held: &Held,
    dialect: Dialect,
) {
    drop(receiver.set_credit(REPLIES).await);
    take_in(session, receiver, held, dialect).await;
    let (tried, untried) = held.take_all();
    drop(receiver.accept_all(tried.into_iter().chain(untried)).await);
}

/// Takes in what the broker has sent, and stops it.
async fn take_in(
    session: &mut SessionHandle<()>,
    receiver: &mut Receiver,
    held: &Held,
    dialect: Dialect,
) {
    // What the broker has sent already comes before the answer to whatever it is asked next, and it sends nothing more meanwhile.
    drop(receiver.drain().await);
    let asked = Sender::builder()
        .name(Uuid::now_v7().to_string())
        .target(Target::default())
        .attach(session);
    drop(asked.await);
    while let Some(Ok(delivery)) = receiver.recv::<Body<Value>>().now_or_never() {
        let (info, message) = delivery.into_parts();
        held.came(info, message::read(message, dialect));
    }
}
