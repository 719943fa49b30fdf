//! Whether what a channel needs is at the broker, and making it, which both brokers do for whoever uses it first.
use crate::{
    core::Core,
    error::{error, too_late},
    inlet::{Opened, open_at},
    line::Line,
    place::{Inward, Kind, Outward},
};
use fe2o3_amqp::{
    Receiver, Sender,
    link::receiver::CreditMode,
    types::{
        messaging::{
            ApplicationProperties, Body, DeleteOnClose, Message, Properties, Source, Target,
        },
        primitives::{SimpleValue, Value},
    },
};
use tidings::{
    ChannelKind, Error, ErrorKind, Result,
    transport::{Group, Wanted},
};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

/// Where Artemis answers what is asked of it.
const MANAGEMENT: &str = "activemq.management";

/// What is wanted, as the broker has it.
enum Place {
    Queue(Inward),
    Topic(Outward),
}

fn place(core: &Core, wanted: &Wanted) -> Result<Place> {
    let (channel, offer) = (&wanted.channel, &core.offer);
    // What can be wrong about either end is told here.
    let outward = if channel.wildcard {
        None
    } else {
        Some(Outward::of(channel, offer)?)
    };
    let inward = Inward::of(channel, &Group::named(wanted.group.as_deref()), offer)?;
    let is_alone = channel.kind == ChannelKind::PublishSubscribe && wanted.group.is_none();
    Ok(match outward.filter(|_| is_alone) {
        Some(outward) => Place::Topic(outward),
        None => Place::Queue(inward),
    })
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

async fn in_time<T>(deadline: Instant, work: impl Future<Output = Result<T>>) -> Result<T> {
    timeout_at(deadline, work)
        .await
        .unwrap_or_else(|_| Err(too_late("ensure")))
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
    let (resource, kind) = match &place(core, wanted)? {
        Place::Queue(inward) if inward.kind == Kind::Topic => {
            (format!("queue.{}", inward.kept()), "group of subscribers")
        }
        Place::Queue(inward) => (format!("queue.{}", inward.kept()), "queue"),
        Place::Topic(outward) => (format!("address.{}", outward.address), "topic"),
    };
    let deadline = core.patience();
    let asking = || async {
        let line = core.consuming("ensure", deadline).await?;
        let asked = line.during("ensure", is_there(&line, &resource)).await;
        asked
    };
    match in_time(deadline, core.patiently(deadline, asking)).await? {
        true => Ok(()),
        false => {
            let reason = format!("there is no such {kind}; start its receiver first, or create it");
            Err(Error::new(ErrorKind::NotFound, "ensure", reason))
        }
    }
}

/// Asks the management of Artemis for any attribute of something.
async fn is_there(line: &Line, resource: &str) -> Result<bool> {
    let mut session = line.session("ensure").await?;
    let answers = Source::builder()
        .dynamic(true)
        .add_lifetime_policy(DeleteOnClose {})
        .build();
    let mut receiver = Receiver::builder()
        .name(Uuid::now_v7().to_string())
        .source(answers)
        .verify_incoming_source(false)
        .credit_mode(CreditMode::Manual)
        .attach(&mut session)
        .await
        .map_err(|failure| error("ensure", &failure))?;
    let asked = receiver.set_credit(1).await;
    asked.map_err(|failure| error("ensure", &failure))?;
    let sender = Sender::builder()
        .name(Uuid::now_v7().to_string())
        .target(Target::from(MANAGEMENT))
        .attach(&mut session)
        .await;
    let mut sender = sender.map_err(|failure| error("ensure", &failure))?;
    let attribute = if resource.starts_with("queue.") {
        "Durable"
    } else {
        "RoutingTypes"
    };
    let mut application = ApplicationProperties::default();
    for (name, value) in [
        ("_AMQ_ResourceName", resource),
        ("_AMQ_Attribute", attribute),
    ] {
        application
            .0
            .insert(name.to_owned(), SimpleValue::String(value.to_owned()));
    }
    let mut properties = Properties::new();
    properties.reply_to = receiver
        .source()
        .as_ref()
        .and_then(|source| source.address.clone());
    let question = Message::builder()
        .properties(properties)
        .application_properties(application)
        .value(Value::Null)
        .build();
    let sent = sender
        .send(question)
        .await
        .map_err(|failure| error("ensure", &failure))?;
    if !sent.is_accepted() {
        let reason = "the broker lets the user not ask what is there; grant `manage`, or do without the check";
        return Err(Error::new(ErrorKind::PermissionDenied, "ensure", reason));
    }
    let answer = receiver
        .recv::<Body<Value>>()
        .await
        .map_err(|failure| error("ensure", &failure))?;
    let told = answer.message().application_properties.as_ref();
    let succeeded = told.and_then(|told| told.0.get("_AMQ_OperationSucceeded"));
    let is_there = matches!(succeeded, Some(SimpleValue::Bool(true)));
    drop(receiver.accept(&answer).await);
    drop((
        sender.close().await,
        receiver.close().await,
        session.end().await,
    ));
    Ok(is_there)
}
