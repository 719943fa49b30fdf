//! Connections that are lost again and again, and ends that come twice.
use crate::common::{self, Broker, Outcome, holds, is};
use std::time::Duration;
use tidings::{
    Channel, ErrorKind, Message, SubscribeSpec, Transport, Verdict,
    transport::{Event, Settler, Subscription},
};
use tidings_amqp1::{Amqp1Settings, Amqp1Transport};
use tidings_conformance::faults::Forwarder;
use tokio::{runtime::Handle, time::timeout};

/// How often the connections are lost, and after how many everything there is has been made.
const LOSSES: usize = 24;
const FIRST: usize = 4;
/// Tasks that may be about to end.
const ENDING: usize = 8;

pub(crate) async fn losses_leave_nothing_behind(broker: Broker) -> Outcome {
    let (link, url) = Forwarder::before(&broker.url(), |_| true).await?;
    let transport = Amqp1Transport::connect_with(&url, Amqp1Settings::default()).await?;
    let channel = Channel::point_to_point(common::unused()).with_keys();
    let spec = SubscribeSpec::new(channel.clone());
    let mut subscription = Transport::subscribe(&transport, &spec).await?;
    let settler = subscription.settler();
    let mut tasks = Vec::new();
    for _ in 0..LOSSES {
        link.restart();
        let mut message = Message::new("a");
        message.key = Some("k".into());
        while let Err(error) = common::outcomes(&transport, &channel, &[message.clone()])
            .await
            .remove(0)
        {
            // What was not sent waits for the next connection.
            holds(error.is_ambiguous(), &error.to_string())?;
        }
        loop {
            let next = timeout(Duration::from_secs(10), subscription.next(1)).await;
            let Event::Deliveries(came) = next.map_err(|_| "it never came")?? else {
                continue;
            };
            settler.settle(&[(came[0].token, Verdict::Ack)]).await;
            if came[0].message.id == message.id {
                break;
            }
        }
        tasks.push(Handle::current().metrics().num_alive_tasks());
    }
    let (then, now) = (tasks[FIRST], tasks[LOSSES - 1]);
    holds(now <= then + ENDING, &format!("tasks pile up: {tasks:?}"))
}

pub(crate) async fn what_has_ended_ends_again(broker: Broker) -> Outcome {
    let transport = broker.connect().await?;
    let channel = Channel::point_to_point(common::unused());
    let spec = SubscribeSpec::new(channel.clone());
    let mut subscription = Transport::subscribe(&transport, &spec).await?;
    common::publish(&transport, &channel, &Message::new("a")).await?;
    let Event::Deliveries(came) = subscription.next(1).await? else {
        return Err("no delivery".into());
    };
    let settler = subscription.settler();
    let grace = Duration::from_secs(2);
    let both = async {
        tokio::join!(
            Transport::close(&transport, grace),
            Transport::close(&transport, grace)
        )
    };
    let (first, second) = timeout(grace * 2, both).await?;
    // Whoever comes second may find it closed.
    let error = first.err().or(second.err()).ok_or("nobody settled it")?;
    is(&error, ErrorKind::Timeout, &["it comes again"])?;
    timeout(grace, Transport::close(&transport, grace)).await??;
    timeout(grace, settler.settle(&[(came[0].token, Verdict::Ack)])).await?;
    loop {
        match timeout(grace, subscription.next(1)).await? {
            Ok(Event::Deliveries(_)) => return Err("something came".into()),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    drop(subscription);
    let mut sent = common::outcomes(&transport, &channel, &[Message::new("b")]).await;
    holds(sent.remove(0).is_err(), "it was published")?;
    // What nobody settled is there for others.
    let another = broker.connect().await?;
    common::settle_one(&another, &channel, &came[0].message.id, Verdict::Ack).await?;
    Ok(())
}

/// Each is rejected, and is in the broker's own queue for those.
pub(crate) async fn what_is_too_large_to_receive_holds_up_nobody(broker: Broker) -> Outcome {
    let sender = broker.connect().await?;
    let mut settings = Amqp1Settings::default();
    settings.message_bytes = 64 << 10;
    let receiver = Amqp1Transport::connect_with(&broker.url(), settings).await?;
    for channel in [
        Channel::point_to_point(common::unused()),
        Channel::point_to_point(common::unused()).with_keys(),
    ] {
        let large = |size: usize| {
            let mut message = Message::new(vec![0; size]);
            message.key = Some("k".into());
            message
        };
        let mut batch: Vec<_> = (0..8).map(|_| large(1 << 20)).collect();
        batch.push(large(10));
        let sent = common::outcomes(&sender, &channel, &batch).await;
        sent.into_iter().collect::<Result<Vec<()>, _>>()?;
        let good = &batch[8].id;
        let found = common::settle_one(&receiver, &channel, good, Verdict::Ack);
        let found = timeout(Duration::from_secs(10), found).await;
        holds(found??.body.len() == 10, "another came")?;
        let letters = Channel::point_to_point(broker.letters());
        common::settle_one(&sender, &letters, &batch[0].id, Verdict::Ack).await?;
    }
    Ok(())
}
