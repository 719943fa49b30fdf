//! Addresses with all kinds of signs: each channel has its own messages, or is refused by its address.
use crate::common::{self, Broker, Outcome, holds};
use std::time::Duration;
use tidings::{
    Channel, ErrorKind, Message, SubscribeSpec, Transport, Verdict,
    transport::{Ensure, Event, Group, Settler, Subscription, Wanted},
};
use tidings_amqp1::Amqp1Transport;
use tokio::time::timeout;

/// What may be in a name somewhere.
const SIGNS: [&str; 36] = [
    " ", "  ", "/", "\\", "%", "%2E", "%20", "&", "=", ";", ":", "::", "@", "$", "'", "\"", "<",
    ">", "(", "[", "{a", "+", "~", "`", "^", "!", "ü", "訂", "😀", ",", "..", "|", "#", "?", "*",
    "\t",
];

pub(crate) async fn addresses_have_what_was_sent_to_them(broker: Broker) -> Outcome {
    let transport = broker.connect().await?;
    let mut wrong = Vec::new();
    for sign in SIGNS {
        let own = common::unused();
        for (at, address) in [
            format!("{own}a{sign}b"),
            format!("{own}{sign}"),
            format!("{sign}{own}"),
        ]
        .iter()
        .enumerate()
        {
            let queue = Channel::point_to_point(address.as_str());
            let topic = Channel::publish_subscribe(format!("{address}.t{sign}"));
            for (channel, group) in [(queue, None), (topic.clone(), None), (topic, Some("g"))] {
                let error = comes(&transport, channel, group).await.err();
                wrong.extend(error.map(|error| format!("{sign:?} {at} {group:?}: {error}")));
            }
        }
    }
    holds(wrong.is_empty(), &wrong.join("\n"))
}

/// What is published to a channel comes by it, or the channel is refused with its address, whoever asks.
async fn comes(transport: &Amqp1Transport, channel: Channel, group: Option<&str>) -> Outcome {
    let message = Message::new("a");
    let spec = SubscribeSpec::new(channel.clone()).group(Group::named(group));
    let wanted = [Wanted::channel(channel.clone())];
    let mut subscription = match Transport::subscribe(transport, &spec).await {
        Ok(subscription) => subscription,
        Err(error) if error.kind() == ErrorKind::Invalid => {
            let all = [
                Transport::ensure(transport, &wanted, Ensure::Create)
                    .await
                    .err(),
                common::outcomes(transport, &channel, &[message])
                    .await
                    .remove(0)
                    .err(),
            ];
            let is_refused = all.iter().all(|other| {
                other
                    .as_ref()
                    .is_some_and(|other| other.kind() == error.kind())
            });
            return holds(is_refused, &format!("only subscribing is refused: {error}"));
        }
        Err(error) => return Err(error.into()),
    };
    common::publish(transport, &channel, &message).await?;
    let next = timeout(Duration::from_secs(3), subscription.next(1)).await;
    let Event::Deliveries(came) = next.map_err(|_| "nothing came")?? else {
        return Err("no delivery".into());
    };
    let settler = subscription.settler();
    settler.settle(&[(came[0].token, Verdict::Ack)]).await;
    holds(came[0].message.id == message.id, "another came")
}
