//! What the cluster removed before anybody had it, and what only looks so.
use super::*;
use crate::{
    faults::{grouped, one, place, topic},
    proxy::Proxy,
};
use rdkafka::consumer::CommitMode;
use std::sync::atomic::Ordering::SeqCst;
use tidings::Outgoing;
use tidings_kafka::{GroupProtocol, KafkaSubscription};
use tokio::time::sleep;

/// How long it may take until everybody knows that a topic is another.
const LONG: Duration = Duration::from_secs(60);
/// What the protocol calls asking where partitions begin and end.
const LIST_OFFSETS: i16 = 2;
/// How long a group may take to share, which takes no time.
const SHARING: Duration = Duration::from_secs(12);
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
            "a-place-beyond-the-end-is-told",
            a_place_beyond_the_end_is_told,
        ),
        trial(
            "a-group-that-settled-nothing-is-placed-where-what-comes-begins",
            a_group_that_settled_nothing_is_placed_where_what_comes_begins,
        ),
        trial_within(
            LONG,
            "a-topic-that-was-made-again-under-a-group-is-told",
            a_topic_that_was_made_again_under_a_group_is_told,
        ),
        trial_within(
            LONG,
            "whether-messages-were-lost-holds-up-nobody",
            whether_messages_were_lost_holds_up_nobody,
        ),
        trial(
            "the-end-of-a-transaction-is-no-message",
            the_end_of_a_transaction_is_no_message,
        ),
    ]
}

fn admin(url: &str) -> Outcome<AdminClient<DefaultClientContext>> {
    let mut config = ClientConfig::new();
    Ok(config.set("bootstrap.servers", servers(url)).create()?)
}

/// Removes the records before that one, as retention does.
async fn remove_before(url: &str, topic: &str, offset: i64) -> Outcome {
    let admin = admin(url)?;
    let mut all = TopicPartitionList::new();
    all.add_partition_offset(topic, 0, Offset::Offset(offset))?;
    let removed = admin.delete_records(&all, &AdminOptions::new()).await?;
    Ok(removed.elements()[0].error()?)
}

/// Deletes the topic and makes it again, empty.
async fn make_again(url: &str, transport: &KafkaTransport, channel: &Channel) -> Outcome {
    let deleted = admin(url)?.delete_topics(&[&channel.address], &AdminOptions::new());
    for outcome in deleted.await? {
        outcome.map_err(|(_, code)| code)?;
    }
    let wanted = [Wanted::channel(channel.clone())];
    // The cluster may not be done with it.
    while transport.ensure(&wanted, Ensure::Create).await.is_err() {
        sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// Receives so many, and settles all.
async fn settle(subscription: &mut KafkaSubscription, count: usize) -> Outcome {
    let settler = subscription.settler();
    for _ in 0..count {
        let (_, token) = one(subscription).await?;
        assert!(settler.settle(&[(token, Verdict::Ack)]).await.is_empty());
    }
    Ok(())
}

/// As an unclean election leaves it. What comes is settled from the beginning.
async fn a_place_beyond_the_end_is_told(url: String) -> Outcome {
    let transport = KafkaTransport::connect(&url).await?;
    let channel = topic(&transport, json!({})).await?;
    let group = fresh();
    publish(&transport, &channel, Message::new("d")).await?;
    let mut place = TopicPartitionList::new();
    place.add_partition_offset(&channel.address, 0, Offset::Offset(7))?;
    bare(&url, &group)?.commit(&place, CommitMode::Sync)?;
    let mut subscription = transport.subscribe(&grouped(&channel, &group)).await?;
    tells_another(&mut subscription, "d").await?;
    let mut all = TopicPartitionList::new();
    all.add_partition(&channel.address, 0);
    let known = bare(&url, &group)?.committed_offsets(all, PATIENCE)?;
    assert_eq!(known.elements()[0].offset(), Offset::Offset(1));
    Ok(())
}

/// Whoever has the partition next would begin at the place of before, where there is as much by then.
async fn a_group_that_settled_nothing_is_placed_where_what_comes_begins(url: String) -> Outcome {
    let transport = KafkaTransport::connect(&url).await?;
    let channel = topic(&transport, json!({})).await?;
    let group = fresh();
    publish(&transport, &channel, Message::new("d")).await?;
    let mut before = TopicPartitionList::new();
    before.add_partition_offset(&channel.address, 0, Offset::Offset(7))?;
    bare(&url, &group)?.commit(&before, CommitMode::Sync)?;
    let mut subscription = transport.subscribe(&grouped(&channel, &group)).await?;
    loop {
        if let Event::Deliveries(all) = subscription.next(1).await? {
            assert_eq!(all[0].token.position, 0);
            break;
        }
    }
    while place(&url, &group, &channel.address)? != Offset::Offset(0) {
        sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

async fn a_topic_that_was_made_again_under_a_group_is_told(url: String) -> Outcome {
    let transport = KafkaTransport::connect(&url).await?;
    let channel = topic(&transport, json!({})).await?;
    let spec = grouped(&channel, &fresh());
    let mut subscription = transport.subscribe(&spec).await?;
    for body in ["a", "b", "c"] {
        publish(&transport, &channel, Message::new(body)).await?;
    }
    settle(&mut subscription, 2).await?;
    make_again(&url, &transport, &channel).await?;
    publish(&transport, &channel, Message::new("d")).await?;
    tells_another(&mut subscription, "d").await?;
    Ok(())
}

/// The part of before is told to be gone and messages to be lost before anything of the new topic comes, which can be settled.
async fn tells_another(subscription: &mut KafkaSubscription, body: &str) -> Outcome {
    let (mut told, settler) = (Vec::new(), subscription.settler());
    loop {
        match subscription.next(10).await {
            Ok(Event::Deliveries(mut all)) => {
                let incoming = all.pop().ok_or("no delivery")?;
                if incoming.message.body != *body {
                    continue;
                }
                assert_eq!(told, ["gone", "lost"]);
                assert_eq!(incoming.token.position, 0);
                let verdicts = [(incoming.token, Verdict::Ack)];
                assert!(settler.settle(&verdicts).await.is_empty());
                return Ok(());
            }
            Ok(Event::Gone { .. }) => told.push("gone"),
            Ok(Event::Lost { count: None }) => told.push("lost"),
            Ok(other) => return Err(format!("{other:?}").into()),
            // That it is not there for a moment.
            Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound, "{error}"),
        }
    }
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

/// Sends a message to each of many partitions, so that something is passed over in each when it is done so again.
async fn sent_to_all(subscription: &mut KafkaSubscription, channel: &Channel) -> Outcome {
    const COUNT: usize = 600;
    let outgoing = (0..COUNT).map(|key| {
        let mut message = Message::new("a");
        message.key = Some(key.to_string().into());
        Outgoing::new(channel.clone(), message)
    });
    let outgoing: Vec<_> = outgoing.collect();
    subscription.settler().commit(&outgoing, &[]).await?;
    come(subscription, COUNT, false).await.map(drop)
}

/// Where the question stays without an answer of every partition.
async fn whether_messages_were_lost_holds_up_nobody(url: String) -> Outcome {
    let (proxy, direct) = (
        Proxy::start(&url).await?,
        KafkaTransport::connect(&url).await?,
    );
    let binding = kafka(json!({ "partitions": 60 }));
    let channel = Channel::publish_subscribe(fresh()).with_bindings(binding);
    let wanted = [Wanted::channel(channel.clone())];
    direct.ensure(&wanted, Ensure::Create).await?;
    let settings = KafkaSettings {
        drain: Duration::from_millis(100),
        ..KafkaSettings::default()
    };
    let server = Server::new("kafka", proxy.url());
    let transport = KafkaTransport::connect_to(&server, settings).await?;
    let spec = grouped(&channel, &fresh()).prefetch(10_000);
    let mut subscription = transport.subscribe(&spec).await?;
    sent_to_all(&mut subscription, &channel).await?;
    proxy.does.is_deaf_to.store(LIST_OFFSETS, SeqCst);
    sent_to_all(&mut subscription, &channel).await?;
    while proxy.does.lost.load(SeqCst) == 0 {
        sleep(Duration::from_millis(10)).await;
    }
    let shared = async {
        let mut other = direct.subscribe(&spec).await?;
        one(&mut other).await
    };
    timeout(SHARING, shared).await??;
    Ok(())
}
