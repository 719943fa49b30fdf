//! A stand-in of a broker with a log in shards, as Kafka and Kinesis are: cumulative settlement, groups whose shards move from
//! member to member, replay, transactions. Its links can be cut, stalled and made deaf.
mod assignment;
mod broker;
mod end;
mod group;
mod settler;
mod subscription;
mod transport;

use broker::Broker;
use end::Link;
use std::sync::Arc;
use tidings::{BoxError, BoxFuture, Capabilities, Channel, Message, MessageId, Transport};
use tidings_conformance::{Action, Harness, Offer, Raw, Setup};
use transport::Log;

pub(crate) fn harness() -> Harness {
    let capabilities = capabilities();
    Harness::new("log", capabilities, || async { Ok(setup()) }).offering([
        Offer::Restart,
        Offer::Kill,
        Offer::Cut,
        Offer::Stall,
        Offer::Deafen,
        Offer::Another,
        Offer::Foreign,
    ])
}

fn capabilities() -> Capabilities {
    Log::connect(&Broker::new()).capabilities(&Channel::point_to_point("any"))
}

fn setup() -> Setup {
    let broker = Broker::new();
    let (sender, receiver) = (Log::connect(&broker), Log::connect(&broker));
    let mut setup = Setup::pair(sender.clone(), receiver.clone());
    let links = |link: Link| -> Action {
        let ends = [sender.clone(), receiver.clone()];
        does(move || ends.iter().for_each(|end| end.set(link)))
    };
    setup.cut = Some(links(Link::Cut));
    setup.stall = Some(links(Link::Stalled));
    setup.deafen = Some(links(Link::Deaf));
    setup.mend = Some(links(Link::Up));
    let restarting = broker.clone();
    setup.restart = Some(does(move || restarting.restart()));
    let killing = broker.clone();
    setup.kill = Some(does(move || killing.restart()));
    let at = broker.clone();
    setup.another = Some(Box::new(move || {
        let at = at.clone();
        Box::pin(async move { Ok(Log::connect(&at) as _) })
    }));
    setup.foreign = Some(Box::new(move |channel, raw| {
        let broker = broker.clone();
        Box::pin(async move { produce(&broker, &channel, raw) })
    }));
    setup
}

fn does(action: impl Fn() + Send + Sync + 'static) -> Action {
    Box::new(move || {
        action();
        let done: BoxFuture<'static, Result<(), BoxError>> = Box::pin(async { Ok(()) });
        done
    })
}

/// A record of a foreign producer: its place is its identity.
fn produce(broker: &Arc<Broker>, channel: &Channel, raw: Raw) -> Result<(), BoxError> {
    broker.lock().append(channel, |shard, offset| {
        let mut message = Message::new(raw.body);
        message.id = MessageId::Text(format!("{}/{shard}/{offset}", channel.address).into());
        let named = raw.headers.into_iter().filter(|(name, _)| !name.is_empty());
        message.headers = named
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        message
    });
    broker.changed.notify_waiters();
    Ok(())
}
