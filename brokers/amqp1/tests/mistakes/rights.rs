//! A user that may connect, and nothing else.
use crate::common::{self, Broker, Outcome, holds, is};
use std::time::{Duration, Instant};
use tidings::{
    Channel, Error, ErrorKind, Message, SubscribeSpec, Transport,
    transport::{Ensure, Group, Wanted},
};
use tidings_amqp1::Amqp1Transport;

pub(crate) async fn what_is_not_allowed_is_told_at_once(broker: Broker) -> Outcome {
    let url = broker.url().replace("tidings:tidings@", "nobody:nobody@");
    let transport = Amqp1Transport::connect(&url).await?;
    let address = common::unused();
    let queue = Channel::point_to_point(address.as_str());
    let topic = Channel::publish_subscribe(format!("{address}.topic"));
    let begun = Instant::now();
    for (channel, group) in [(queue, None), (topic.clone(), None), (topic, Some("g"))] {
        let spec = SubscribeSpec::new(channel.clone()).group(Group::named(group));
        let subscribed = Transport::subscribe(&transport, &spec).await.err();
        told("subscribe", &channel, subscribed)?;
        let published = common::outcomes(&transport, &channel, &[Message::new("a")]).await;
        told(
            "publish",
            &channel,
            published.into_iter().find_map(Result::err),
        )?;
        let wanted = Wanted::channel(channel.clone());
        let wanted = [group.map_or(wanted.clone(), |group| wanted.group(group))];
        let made = Transport::ensure(&transport, &wanted, Ensure::Create).await;
        told("ensure", &channel, made.err())?;
    }
    let inbox = Transport::inbox(&transport, None).await.err();
    let inbox = inbox.ok_or("it has an inbox")?;
    is(
        &inbox,
        ErrorKind::PermissionDenied,
        &["tidings.inbox.", "server `amqp:"],
    )?;
    let took = begun.elapsed();
    holds(took < Duration::from_secs(10), &format!("it took {took:?}"))
}

fn told(what: &str, channel: &Channel, error: Option<Error>) -> Outcome {
    let error = error.ok_or(format!("{what}: it was taken"))?;
    let says = ["grant it to the user", &channel.address, "server `amqp:"];
    is(&error, ErrorKind::PermissionDenied, &says)?;
    holds(!error.is_retryable(), "it is to be tried again")
}
