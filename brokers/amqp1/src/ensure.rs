//! Whether what a channel needs is at the broker, and making it, which both brokers do for whoever uses it first.
use crate::{
    core::Core,
    dialect::Dialect,
    error::{of_attach, too_late},
    inlet::open_at,
    inquiry::{self, Found},
    place::{Inward, Outward},
};
use fe2o3_amqp::Sender;
use std::sync::Arc;
use tidings::{
    ChannelKind, Error, ErrorKind, Result,
    transport::{Ensure, Group, Wanted},
};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

/// What is wanted, as the broker has it.
enum Place {
    Queue(Inward),
    Topic(Outward),
}

fn place(core: &Core, wanted: &Wanted) -> Result<Place> {
    let (channel, offer) = (&wanted.channel, &core.offer);
    // What can be wrong about either end is told here.
    let outward = match channel.wildcard {
        true => None,
        false => Some(Outward::of(channel, offer)?),
    };
    let inward = Inward::of(channel, &Group::named(wanted.group.as_deref()), offer)?;
    let is_alone = channel.kind == ChannelKind::PublishSubscribe && wanted.group.is_none();
    Ok(match outward.filter(|_| is_alone) {
        Some(outward) => Place::Topic(outward),
        None => Place::Queue(inward),
    })
}

/// Makes what is wanted, or looks whether it is there. What is asked for it is waited for even where nobody wants it any more, since the
/// client takes an answer that comes too late as the end of the connection.
pub(crate) async fn ensure(core: &Arc<Core>, wanted: &Wanted, how: Ensure) -> Result<()> {
    core.check_open("ensure")?;
    let (core, wanted, deadline) = (core.clone(), wanted.clone(), core.patience());
    let ensuring = tokio::spawn(async move {
        match how {
            Ensure::Create => make(&core, &wanted, deadline).await,
            _ => check(&core, &wanted, deadline).await,
        }
    });
    match timeout_at(deadline, ensuring).await {
        Ok(ensured) => ensured.unwrap_or_else(|_| Err(Error::closed("ensure"))),
        Err(_) => Err(too_late("ensure")),
    }
}

/// Makes it, by using it for a moment.
async fn make(core: &Core, wanted: &Wanted, deadline: Instant) -> Result<()> {
    let place = place(core, wanted)?;
    let using = || async {
        match &place {
            Place::Queue(inward) => receive(core, inward, deadline).await,
            Place::Topic(outward) => send(core, outward, deadline).await,
        }
    };
    core.patiently(deadline, using).await
}

async fn receive(core: &Core, inward: &Inward, deadline: Instant) -> Result<()> {
    open_at(core, inward, deadline).await?.end().await;
    Ok(())
}

async fn send(core: &Core, outward: &Outward, deadline: Instant) -> Result<()> {
    let line = core.consuming("ensure", deadline).await?;
    let using = async {
        let mut session = line.session("ensure").await?;
        let attaching = Sender::builder()
            .name(Uuid::now_v7().to_string())
            .target(outward.target())
            .attach(&mut session);
        let sender = attaching
            .await
            .map_err(|failure| of_attach("ensure", &failure))?;
        drop(sender.close().await);
        drop(session.end().await);
        Ok(())
    };
    line.during("ensure", using).await
}

/// Artemis counts what was on its way to a consumer whose connection is lost, handled or not.
async fn warn_of_losses(core: &Core, place: &Inward, deadline: Instant) {
    let question = inquiry::settings_of_artemis(&place.address);
    let asking = async {
        let line = core.consuming("ensure", deadline).await?;
        line.during("ensure", question.answer(&line)).await
    };
    // Who may not ask this may have been told of the queue all the same.
    let answer = asking.await.ok();
    if let Some(losses) = answer.and_then(|answer| inquiry::deliveries(&answer)) {
        tracing::warn!(
            address = place.address,
            losses,
            "the broker gives up what was on its way to so many consumers whose connections were lost, handled or not; set `max-delivery-attempts` to -1"
        );
    }
}

/// Says what is missing.
async fn check(core: &Core, wanted: &Wanted, deadline: Instant) -> Result<()> {
    let place = place(core, wanted)?;
    let (what, question) = match (&place, core.offer.dialect) {
        (Place::Queue(inward), Dialect::Artemis) => {
            let queue = inward.queue_name();
            let queue = format!("queue.{queue}");
            (
                "queue",
                inquiry::of_artemis(&queue, "RoutingType", inward.kind),
            )
        }
        (Place::Topic(outward), Dialect::Artemis) => {
            let topic = format!("address.{}", outward.address);
            (
                "topic",
                inquiry::of_artemis(&topic, "RoutingTypes", outward.kind),
            )
        }
        (Place::Queue(inward), Dialect::Classic) => ("queue", inquiry::of_classic(&inward.address)),
        (Place::Topic(outward), Dialect::Classic) => {
            ("topic", inquiry::of_classic(&outward.address))
        }
    };
    let asking = || async {
        let line = core.consuming("ensure", deadline).await?;
        line.during("ensure", question.ask(&line)).await
    };
    let found = core.patiently(deadline, asking).await?;
    if let (Place::Queue(inward), Dialect::Artemis, Found::It) = (&place, core.offer.dialect, found)
    {
        warn_of_losses(core, inward, deadline).await;
    }
    let name = match &place {
        Place::Queue(inward) => inward.queue_name(),
        Place::Topic(outward) => outward.address.clone(),
    };
    match found {
        Found::It => Ok(()),
        Found::Nothing => {
            let reason =
                format!("there is no {what} `{name}`; start its receiver first, or create it");
            Err(Error::new(ErrorKind::NotFound, "ensure", reason))
        }
        Found::Another => {
            let reason = format!(
                "what `{name}` is there is no {what}; delete it, or call it something else"
            );
            Err(Error::new(ErrorKind::Conflict, "ensure", reason))
        }
    }
}
