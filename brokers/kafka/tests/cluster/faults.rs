//! What goes wrong at a cluster, on the way there, or by what others do in it.
use super::*;
use crate::proxy::Proxy;
use std::sync::atomic::Ordering::SeqCst;
use tidings::{Outgoing, Token};
use tidings_kafka::KafkaSubscription;

/// What the protocol calls the end of a transaction.
const END_TXN: i16 = 26;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "what-could-not-be-settled-can-be-again",
            what_could_not_be_settled_can_be_again,
        ),
        trial(
            "a-transaction-takes-no-group-back",
            a_transaction_takes_no_group_back,
        ),
        trial(
            "a-transaction-that-hangs-is-ended-by-the-next",
            a_transaction_that_hangs_is_ended_by_the_next,
        ),
    ]
}

impl Proxy {
    /// Ends the connection by which that is asked, and all that are made from then on.
    fn cut_at(&self, question: i16) {
        self.does.cut_at.store(question, SeqCst);
    }
}

/// A topic with that configuration.
async fn topic(transport: &KafkaTransport, configuration: Value) -> Outcome<Channel> {
    let binding = kafka(json!({ "topicConfiguration": configuration }));
    let channel = Channel::publish_subscribe(fresh()).with_bindings(binding);
    transport
        .ensure(&[Wanted::channel(channel.clone())], Ensure::Create)
        .await?;
    Ok(channel)
}

fn grouped(channel: &Channel, group: &str) -> SubscribeSpec {
    let spec = SubscribeSpec::new(channel.clone()).start(Start::Oldest);
    spec.group(Group::Shared(group.into()))
}

/// The next delivery.
async fn one(subscription: &mut KafkaSubscription) -> Outcome<(String, Token)> {
    match subscription.next(1).await? {
        Event::Deliveries(mut all) => {
            let incoming = all.pop().ok_or("no delivery")?;
            let body = String::from_utf8(incoming.message.body.to_vec())?;
            Ok((body, incoming.token))
        }
        other => Err(format!("{other:?}").into()),
    }
}

/// Where the group stands in the topic's first partition.
fn place(url: &str, group: &str, topic: &str) -> Outcome<Offset> {
    let mut all = TopicPartitionList::new();
    all.add_partition(topic, 0);
    let known = bare(url, group)?.committed_offsets(all, PATIENCE)?;
    Ok(known.elements()[0].offset())
}

async fn what_could_not_be_settled_can_be_again(url: String) -> Outcome {
    let proxy = Proxy::start(&url).await?;
    let settings = KafkaSettings {
        wait: Duration::from_secs(2),
        ..KafkaSettings::default()
    };
    let server = Server::new("kafka", proxy.url());
    let transport = KafkaTransport::connect_to(&server, settings).await?;
    let (channel, group) = (topic(&transport, json!({})).await?, fresh());
    publish(&transport, &channel, Message::new("a")).await?;
    let mut subscription = transport.subscribe(&grouped(&channel, &group)).await?;
    let verdicts = [(one(&mut subscription).await?.1, Verdict::Ack)];
    let settler = subscription.settler();
    proxy.cut();
    assert_eq!(settler.settle(&verdicts).await.len(), 1);
    assert_eq!(settler.settle(&verdicts).await.len(), 1, "nor now");
    proxy.mend();
    while !settler.settle(&verdicts).await.is_empty() {}
    assert_eq!(place(&url, &group, &channel.address)?, Offset::Offset(1));
    Ok(())
}

async fn a_transaction_takes_no_group_back(url: String) -> Outcome {
    let transport = KafkaTransport::connect(&url).await?;
    let (channel, group) = (topic(&transport, json!({})).await?, fresh());
    for body in ["a", "b", "c"] {
        publish(&transport, &channel, Message::new(body)).await?;
    }
    let mut subscription = transport.subscribe(&grouped(&channel, &group)).await?;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(one(&mut subscription).await?.1);
    }
    let settler = subscription.settler();
    for token in [tokens[2], tokens[0]] {
        settler.commit(&[], &[(token, Verdict::Ack)]).await?;
    }
    assert_eq!(place(&url, &group, &channel.address)?, Offset::Offset(3));
    Ok(())
}

/// Else who reads committed records waits until the cluster gives it up.
async fn a_transaction_that_hangs_is_ended_by_the_next(url: String) -> Outcome {
    let proxy = Proxy::start(&url).await?;
    let settings = KafkaSettings {
        wait: Duration::from_secs(2),
        ..KafkaSettings::default()
    };
    let server = Server::new("kafka", proxy.url());
    let transport = KafkaTransport::connect_to(&server, settings).await?;
    let channel = topic(&transport, json!({})).await?;
    let settler = transport.subscribe(&grouped(&channel, &fresh())).await?;
    let settler = settler.settler();
    let outgoing = |body: &'static str| [Outgoing::new(channel.clone(), Message::new(body))];
    proxy.cut_at(END_TXN);
    let error = settler.commit(&outgoing("a"), &[]).await.err();
    assert!(error.is_some_and(|error| error.is_ambiguous()));
    proxy.mend();
    settler.commit(&outgoing("b"), &[]).await?;
    let spec = SubscribeSpec::new(channel.clone()).start(Start::Oldest);
    let mut reader = KafkaTransport::connect(&url)
        .await?
        .subscribe(&spec)
        .await?;
    assert_eq!(one(&mut reader).await?.0, "b");
    Ok(())
}
