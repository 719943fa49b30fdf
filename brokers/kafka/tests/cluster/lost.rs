//! What the cluster removed before anybody had it, and what only looks so.
use super::*;
use crate::{
    faults::{grouped, one, topic},
    proxy::Proxy,
};
use tidings::Outgoing;
use tidings_kafka::{GroupProtocol, KafkaSubscription};
use tokio::time::sleep;

/// How long a subscription may take to look.
const LOOK: Duration = Duration::from_secs(1);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "what-was-removed-while-a-group-was-away-is-told",
            what_was_removed_while_a_group_was_away_is_told,
        ),
        trial("what-was-removed-while-a-group-waited-is-told", |url| {
            what_was_removed_while_a_group_waited_is_told(url, GroupProtocol::Classic)
        }),
        trial(
            "what-was-removed-while-a-group-waited-is-told-by-the-newer-protocol",
            |url| what_was_removed_while_a_group_waited_is_told(url, GroupProtocol::Consumer),
        ),
        trial(
            "the-end-of-a-transaction-is-no-message",
            the_end_of_a_transaction_is_no_message,
        ),
    ]
}

/// Removes the records before that one, as retention does.
async fn remove_before(url: &str, topic: &str, offset: i64) -> Outcome {
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", servers(url))
        .create()?;
    let mut all = TopicPartitionList::new();
    all.add_partition_offset(topic, 0, Offset::Offset(offset))?;
    let removed = admin.delete_records(&all, &AdminOptions::new()).await?;
    Ok(removed.elements()[0].error()?)
}

/// So many messages that come, and how many are told to be lost, where any are.
async fn come(
    subscription: &mut KafkaSubscription,
    count: usize,
    are_lost: bool,
) -> Outcome<(Vec<String>, Option<u64>)> {
    let (mut bodies, mut lost) = (Vec::new(), None);
    while bodies.len() < count || (are_lost && lost.is_none()) {
        match subscription.next(1).await? {
            Event::Deliveries(all) => {
                for incoming in all {
                    bodies.push(String::from_utf8(incoming.message.body.to_vec())?);
                }
            }
            Event::Lost { count } => lost = count,
            other => return Err(format!("{other:?}").into()),
        }
    }
    Ok((bodies, lost))
}

async fn what_was_removed_while_a_group_was_away_is_told(url: String) -> Outcome {
    let transport = KafkaTransport::connect(&url).await?;
    let channel = topic(&transport, json!({})).await?;
    for body in ["a", "b", "c", "d", "e"] {
        publish(&transport, &channel, Message::new(body)).await?;
    }
    let spec = grouped(&channel, &fresh());
    let mut subscription = transport.subscribe(&spec).await?;
    let (_, token) = one(&mut subscription).await?;
    let (settler, verdicts) = (subscription.settler(), [(token, Verdict::Ack)]);
    assert!(settler.settle(&verdicts).await.is_empty());
    drop(subscription);
    remove_before(&url, &channel.address, 3).await?;
    let mut subscription = transport.subscribe(&spec).await?;
    let (bodies, lost) = come(&mut subscription, 2, true).await?;
    assert_eq!((bodies, lost), (vec!["d".into(), "e".into()], Some(2)));
    Ok(())
}

async fn what_was_removed_while_a_group_waited_is_told(
    url: String,
    protocol: GroupProtocol,
) -> Outcome {
    let (proxy, direct) = (
        Proxy::start(&url).await?,
        KafkaTransport::connect(&url).await?,
    );
    let settings = KafkaSettings {
        protocol,
        ..KafkaSettings::default()
    };
    let server = Server::new("kafka", proxy.url());
    let transport = KafkaTransport::connect_to(&server, settings).await?;
    let channel = topic(&direct, json!({})).await?;
    let mut subscription = transport.subscribe(&grouped(&channel, &fresh())).await?;
    publish(&direct, &channel, Message::new("a")).await?;
    assert_eq!(come(&mut subscription, 1, false).await?.0, ["a"]);
    proxy.cut();
    for body in ["b", "c", "d"] {
        publish(&direct, &channel, Message::new(body)).await?;
    }
    remove_before(&url, &channel.address, 3).await?;
    proxy.mend();
    let (bodies, lost) = come(&mut subscription, 1, true).await?;
    assert_eq!((bodies, lost), (vec!["d".into()], Some(2)));
    Ok(())
}

async fn the_end_of_a_transaction_is_no_message(url: String) -> Outcome {
    let transport = KafkaTransport::connect(&url).await?;
    let channel = topic(&transport, json!({})).await?;
    let mut subscription = transport.subscribe(&grouped(&channel, &fresh())).await?;
    let settler = subscription.settler();
    let outgoing = [Outgoing::new(channel.clone(), Message::new("a"))];
    settler.commit(&outgoing, &[]).await?;
    publish(&transport, &channel, Message::new("b")).await?;
    assert_eq!(come(&mut subscription, 2, false).await?.0, ["a", "b"]);
    sleep(LOOK).await;
    let more = timeout(LOOK, subscription.next(1)).await;
    assert!(more.is_err(), "{more:?}");
    Ok(())
}
