//! Whether what a channel needs is at the broker, and making it, which both brokers do for whoever uses it first.
use crate::{
    core::Core,
    dialect::Dialect,
    error::{error, too_late},
    inlet::{Opened, open_at},
    inquiry,
    place::{Inward, Outward},
};
use fe2o3_amqp::Sender;
use tidings::{
    ChannelKind, Error, ErrorKind, Result,
    transport::{Group, Wanted},
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

async fn in_time<T>(deadline: Instant, work: impl Future<Output = Result<T>>) -> Result<T> {
    timeout_at(deadline, work)
        .await
        .unwrap_or_else(|_| Err(too_late("ensure")))
}

/// Makes it, by using it for a moment.
pub(crate) async fn make(core: &Core, wanted: &Wanted) -> Result<()> {
    let place = place(core, wanted)?;
    let deadline = core.patience();
    let using = || async {
        match &place {
            Place::Queue(inward) => receive(core, inward, deadline).await,
            Place::Topic(outward) => send(core, outward, deadline).await,
        }
    };
    in_time(deadline, core.patiently(deadline, using)).await
}

async fn receive(core: &Core, inward: &Inward, deadline: Instant) -> Result<()> {
    let Opened {
        line,
        mut session,
        receiver,
    } = open_at(core, inward, deadline).await?;
    let ending = async {
        // What outlives its receivers must not be told that it is over.
        match inward.shared.is_some() {
            true => drop(receiver.detach().await),
            false => drop(receiver.close().await),
        }
        drop(session.end().await);
        Ok(())
    };
    line.during("ensure", ending).await
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
            .map_err(|failure| error("ensure", &failure))?;
        drop(sender.close().await);
        drop(session.end().await);
        Ok(())
    };
    line.during("ensure", using).await
}

/// Says what is missing.
pub(crate) async fn check(core: &Core, wanted: &Wanted) -> Result<()> {
    let place = place(core, wanted)?;
    let (what, question) = match (&place, core.offer.dialect) {
        (Place::Queue(inward), Dialect::Artemis) => {
            let queue = inward.queue_name();
            (
                "queue",
                inquiry::of_artemis(&format!("queue.{queue}"), "Durable"),
            )
        }
        (Place::Topic(outward), Dialect::Artemis) => {
            let topic = format!("address.{}", outward.address);
            ("topic", inquiry::of_artemis(&topic, "RoutingTypes"))
        }
        (Place::Queue(inward), Dialect::Classic) => ("queue", inquiry::of_classic(&inward.address)),
        (Place::Topic(outward), Dialect::Classic) => {
            ("topic", inquiry::of_classic(&outward.address))
        }
    };
    let deadline = core.patience();
    let asking = || async {
        let line = core.consuming("ensure", deadline).await?;
        line.during("ensure", question.ask(&line)).await
    };
    match in_time(deadline, core.patiently(deadline, asking)).await? {
        true => Ok(()),
        false => {
            let name = match &place {
                Place::Queue(inward) => inward.queue_name(),
                Place::Topic(outward) => outward.address.clone(),
            };
            let reason =
                format!("there is no {what} `{name}`; start its receiver first, or create it");
            Err(Error::new(ErrorKind::NotFound, "ensure", reason))
        }
    }
}
