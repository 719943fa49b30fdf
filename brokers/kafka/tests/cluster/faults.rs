//! What goes wrong at a cluster, on the way there, or by what others do in it.
use super::*;
use crate::proxy::{NONE, Proxy};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use std::sync::{PoisonError, atomic::Ordering::SeqCst};
use tidings::{Outgoing, Token};
use tidings_kafka::{GroupProtocol, KafkaSubscription};
use tokio::time::sleep;

/// What the protocol calls joining a group.
const JOIN_GROUP: i16 = 11;
/// The end of a transaction.
const END_TXN: i16 = 26;
/// And what a producer of transactions begins with.
const INIT_PRODUCER_ID: i16 = 22;
/// How long changes in a group may take.
const LONG: Duration = Duration::from_secs(60);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("compressed-records-are-read", compressed_records_are_read),
        trial(
            "what-cannot-be-read-is-never-passed-by",
            what_cannot_be_read_is_never_passed_by,
        ),
        trial(
            "a-header-whose-name-is-no-text-is-left-out",
            a_header_whose_name_is_no_text_is_left_out,
        ),
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
        trial(
            "a-transaction-whose-end-nobody-heard-is-done-once",
            a_transaction_whose_end_nobody_heard_is_done_once,
        ),
        trial_within(
            LONG,
            "a-transaction-settles-nothing-that-is-anothers",
            |url| a_transaction_settles_nothing_that_is_anothers(url, GroupProtocol::Classic),
        ),
        trial_within(
            LONG,
            "a-transaction-settles-nothing-that-is-anothers-by-the-newer-protocol",
            |url| a_transaction_settles_nothing_that_is_anothers(url, GroupProtocol::Consumer),
        ),
        trial_within(
            LONG,
            "who-was-given-up-while-joining-settles-nothing",
            who_was_given_up_while_joining_settles_nothing,
        ),
        trial_within(
            LONG,
            "what-a-transaction-is-open-in-is-begun-behind-the-last",
            what_a_transaction_is_open_in_is_begun_behind_the_last,
        ),
        trial(
            "what-is-fetched-ahead-is-bounded",
            what_is_fetched_ahead_is_bounded,
        ),
        trial(
            "a-topic-with-less-room-than-a-batch-is-told",
            a_topic_with_less_room_than_a_batch_is_told,
        ),
        trial("times-may-be-endless", times_may_be_endless),
        trial(
            "a-group-that-shares-otherwise-is-told",
            a_group_that_shares_otherwise_is_told,
        ),
        trial(
            "what-the-cluster-does-not-allow-a-member-is-told",
            what_the_cluster_does_not_allow_a_member_is_told,
        ),
        trial_within(
            LONG,
            "who-hears-nothing-of-its-joining-joins-again",
            who_hears_nothing_of_its_joining_joins_again,
        ),
        trial(
            "an-inbox-that-nobody-waits-for-is-removed",
            an_inbox_that_nobody_waits_for_is_removed,
        ),
    ]
}

impl Proxy {
    /// Puts something else, of the same length, into answers.
    fn alter(&self, old: &[u8], new: &[u8]) {
        assert_eq!(old.len(), new.len());
        let altered = self.does.altered.lock();
        let mut altered = altered.unwrap_or_else(PoisonError::into_inner);
        altered.push((old.to_vec(), new.to_vec()));
    }

    /// Ends the connection by which that is asked, and all that are made from then on.
    fn cut_at(&self, question: i16) {
        self.does.cut_at.store(question, SeqCst);
    }

    /// The same, once the broker has it.
    fn cut_behind(&self, question: i16) {
        self.does.cut_behind.store(question, SeqCst);
    }
}

/// A topic with that configuration.
pub(crate) async fn topic(transport: &KafkaTransport, configuration: Value) -> Outcome<Channel> {
    let binding = kafka(json!({ "topicConfiguration": configuration }));
    let channel = Channel::publish_subscribe(fresh()).with_bindings(binding);
    transport
        .ensure(&[Wanted::channel(channel.clone())], Ensure::Create)
        .await?;
    Ok(channel)
}

pub(crate) fn grouped(channel: &Channel, group: &str) -> SubscribeSpec {
    let spec = SubscribeSpec::new(channel.clone()).start(Start::Oldest);
    spec.group(Group::Shared(group.into()))
}

/// The next delivery.
pub(crate) async fn one(subscription: &mut KafkaSubscription) -> Outcome<(String, Token)> {
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
pub(crate) fn place(url: &str, group: &str, topic: &str) -> Outcome<Offset> {
    let mut all = TopicPartitionList::new();
    all.add_partition(topic, 0);
    let known = bare(url, group)?.committed_offsets(all, PATIENCE)?;
    Ok(known.elements()[0].offset())
}

/// Whoever wrote it, and however the topic keeps it.
async fn compressed_records_are_read(url: String) -> Outcome {
    let transport = KafkaTransport::connect(&url).await?;
    for codec in ["gzip", "snappy", "lz4", "zstd"] {
        let channel = topic(&transport, json!({ "compression.type": codec })).await?;
        publish(&transport, &channel, Message::new(codec)).await?;
        let spec = SubscribeSpec::new(channel).start(Start::Oldest);
        let mut subscription = transport.subscribe(&spec).await?;
        assert_eq!(one(&mut subscription).await?.0, codec);
    }
    Ok(())
}

/// Else what comes behind it would be settled with it.
async fn what_cannot_be_read_is_never_passed_by(url: String) -> Outcome {
    let proxy = Proxy::start(&url).await?;
    let transport = KafkaTransport::connect(&proxy.url()).await?;
    let channel = topic(&transport, json!({ "compression.type": "gzip" })).await?;
    publish(&transport, &channel, Message::new("a")).await?;
    proxy.alter(b"\x1f\x8b\x08", b"\0\0\0");
    let mut subscription = transport.subscribe(&grouped(&channel, "all")).await?;
    let error = subscription.next(1).await.err().ok_or("it was read")?;
    assert!(!error.is_retryable(), "{error}");
    assert!(error.to_string().contains("partition"), "{error}");
    Ok(())
}

async fn a_header_whose_name_is_no_text_is_left_out(url: String) -> Outcome {
    let proxy = Proxy::start(&url).await?;
    let transport = KafkaTransport::connect(&proxy.url()).await?;
    let channel = topic(&transport, json!({})).await?;
    let producer: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", servers(&url))
        .create()?;
    let headers = ["odd-name", "tenant"].into_iter();
    let headers = headers.fold(OwnedHeaders::new(), |all, key| {
        let value = Some("acme");
        all.insert(Header { key, value })
    });
    let record: FutureRecord<'_, (), _> = FutureRecord::to(&channel.address)
        .payload("a")
        .headers(headers);
    producer
        .send(record, PATIENCE)
        .await
        .map_err(|(error, _)| error)?;
    proxy.alter(b"odd-name", b"\xff\xfe-\xc3me\xff\xfe");
    let spec = SubscribeSpec::new(channel).start(Start::Oldest);
    let mut subscription = transport.subscribe(&spec).await?;
    let Event::Deliveries(deliveries) = subscription.next(1).await? else {
        return Err("no delivery".into());
    };
    let headers = &deliveries[0].message.headers;
    assert_eq!(headers[..], [("tenant".into(), "acme".into())]);
    Ok(())
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

/// Whether the cluster had been told to end it or not.
async fn a_transaction_whose_end_nobody_heard_is_done_once(url: String) -> Outcome {
    for cut in [Proxy::cut_at, Proxy::cut_behind] {
        let proxy = Proxy::start(&url).await?;
        let settings = KafkaSettings {
            wait: Duration::from_secs(2),
            ..KafkaSettings::default()
        };
        let server = Server::new("kafka", proxy.url());
        let transport = KafkaTransport::connect_to(&server, settings).await?;
        let (input, output) = (
            topic(&transport, json!({})).await?,
            topic(&transport, json!({})).await?,
        );
        publish(&transport, &input, Message::new("a")).await?;
        let group = fresh();
        let mut subscription = transport.subscribe(&grouped(&input, &group)).await?;
        let verdicts = [(one(&mut subscription).await?.1, Verdict::Ack)];
        let settler = subscription.settler();
        let outgoing = [Outgoing::new(output.clone(), Message::new("b"))];
        cut(&proxy, END_TXN);
        let error = settler.commit(&outgoing, &verdicts).await.err();
        assert!(error.is_some_and(|error| error.is_ambiguous()));
        let error = settler.commit(&outgoing, &verdicts).await.err();
        assert!(error.is_some_and(|error| error.is_ambiguous()), "nor now");
        proxy.mend();
        while let Err(error) = settler.commit(&outgoing, &verdicts).await {
            assert!(error.is_retryable(), "{error}");
        }
        assert_eq!(place(&url, &group, &input.address)?, Offset::Offset(1));
        let reader = KafkaTransport::connect(&url).await?;
        publish(&reader, &output, Message::new("c")).await?;
        let mut reader = reader.subscribe(&grouped(&output, &fresh())).await?;
        let came = (one(&mut reader).await?.0, one(&mut reader).await?.0);
        assert_eq!(came, ("b".to_owned(), "c".to_owned()));
    }
    Ok(())
}

/// Though it is of the group again, by the time that the cluster is told.
async fn a_transaction_settles_nothing_that_is_anothers(
    url: String,
    protocol: GroupProtocol,
) -> Outcome {
    let proxy = Proxy::start(&url).await?;
    let settings = KafkaSettings {
        drain: Duration::from_millis(100),
        protocol,
        ..KafkaSettings::default()
    };
    let [near, far] = [proxy.url(), url.clone()].map(|url| Server::new("kafka", url));
    let transport = KafkaTransport::connect_to(&near, settings.clone()).await?;
    let channel = spread(&transport).await?;
    let group = fresh();
    let mut subscription = transport.subscribe(&grouped(&channel, &group)).await?;
    let verdicts = all_of(&mut subscription).await?;
    proxy.does.held_at.store(INIT_PRODUCER_ID, SeqCst);
    let settler = subscription.settler();
    let commit = tokio::spawn(async move { settler.commit(&[], &verdicts).await });
    let other = KafkaTransport::connect_to(&far, settings).await?;
    let mut other = other.subscribe(&grouped(&channel, &group)).await?;
    one(&mut other).await?;
    proxy.mend();
    let error = commit.await?.err().ok_or("it is settled")?;
    assert!(!error.is_ambiguous(), "{error}");
    assert_eq!(place(&url, &group, &channel.address)?, Offset::Offset(0));
    Ok(())
}

/// It holds on to its partitions while it joins, and learns only afterwards that others had them.
async fn who_was_given_up_while_joining_settles_nothing(url: String) -> Outcome {
    let proxy = Proxy::start(&url).await?;
    let settings = KafkaSettings {
        session: Duration::from_secs(3),
        heartbeat: Duration::from_millis(200),
        ..KafkaSettings::default()
    };
    let [near, far] = [proxy.url(), url].map(|url| Server::new("kafka", url));
    let transport = KafkaTransport::connect_to(&near, settings.clone()).await?;
    let spec = grouped(&spread(&transport).await?, &fresh());
    let mut first = transport.subscribe(&spec).await?;
    let held = all_of(&mut first).await?;
    proxy.cut_at(JOIN_GROUP);
    let transport = KafkaTransport::connect_to(&far, settings).await?;
    let mut second = transport.subscribe(&spec).await?;
    let taken = all_of(&mut second).await?;
    second.settler().commit(&[], &taken).await?;
    drop(second);
    sleep(Duration::from_secs(1)).await;
    proxy.mend();
    let settler = first.settler();
    loop {
        let error = settler.commit(&[], &held).await.err();
        let error = error.ok_or("what another settled is settled again")?;
        assert!(error.is_retryable(), "{error}");
        if let Ok(Ok(Event::Gone { .. })) = timeout(Duration::from_millis(50), first.next(1)).await
        {
            return Ok(());
        }
    }
}

/// Everything that [`spread`] has published, as done.
async fn all_of(subscription: &mut KafkaSubscription) -> Outcome<Vec<(Token, Verdict)>> {
    let mut verdicts = Vec::new();
    while verdicts.len() < SPREAD {
        verdicts.push((one(subscription).await?.1, Verdict::Ack));
    }
    Ok(verdicts)
}

/// Even where the group shares anew before its place there is known.
async fn what_a_transaction_is_open_in_is_begun_behind_the_last(url: String) -> Outcome {
    let proxy = Proxy::start(&url).await?;
    let settings = KafkaSettings {
        wait: Duration::from_secs(2),
        drain: Duration::from_millis(100),
        session: Duration::from_secs(3),
        heartbeat: Duration::from_millis(200),
        transaction: Duration::from_secs(10),
        ..KafkaSettings::default()
    };
    let [near, far] = [proxy.url(), url].map(|url| Server::new("kafka", url));
    let transport = KafkaTransport::connect_to(&near, settings.clone()).await?;
    let channel = spread(&transport).await?;
    let spec = grouped(&channel, &fresh());
    let mut first = transport.subscribe(&spec).await?;
    let mut tokens = Vec::new();
    while tokens.len() < SPREAD {
        tokens.push(one(&mut first).await?.1);
    }
    let transport = KafkaTransport::connect_to(&far, settings).await?;
    let mut second = transport.subscribe(&spec).await?;
    let given = one(&mut second).await?.1.part.part;
    let mut third = transport.subscribe(&spec).await?;
    let verdicts = |position: u64| {
        let mut kept = tokens.iter().filter(|token| token.part.part != given);
        let token = kept.find(|token| token.position == position);
        token.map(|token| (*token, Verdict::Ack))
    };
    let settler = first.settler();
    while let Err(error) = settler.commit(&[], verdicts(0).as_slice()).await {
        assert!(error.is_retryable(), "{error}");
    }
    proxy.cut_at(END_TXN);
    let error = settler.commit(&[], verdicts(1).as_slice()).await.err();
    assert!(error.is_some_and(|error| error.is_ambiguous()));
    // The first is missed, and then the second goes.
    proxy.cut();
    sleep(Duration::from_secs(4)).await;
    drop(second);
    loop {
        let token = one(&mut third).await?.1;
        if token.part.part != given {
            assert_eq!(token.position, 1);
            return Ok(());
        }
    }
}

/// How many messages are in two partitions.
const SPREAD: usize = 20;

/// A topic with messages in two partitions.
async fn spread(transport: &KafkaTransport) -> Outcome<Channel> {
    let binding = kafka(json!({ "partitions": 2 }));
    let channel = Channel::publish_subscribe(fresh()).with_bindings(binding);
    let wanted = [Wanted::channel(channel.clone())];
    transport.ensure(&wanted, Ensure::Create).await?;
    for number in 0..SPREAD {
        let mut message = Message::new("a");
        message.key = Some(number.to_string().into());
        publish(transport, &channel, message).await?;
    }
    Ok(channel)
}

/// Over all partitions together.
async fn what_is_fetched_ahead_is_bounded(url: String) -> Outcome {
    const PARTITIONS: usize = 8;
    const MEBIBYTE: usize = 1 << 20;
    let transport = KafkaTransport::connect(&url).await?;
    let binding = kafka(json!({ "partitions": PARTITIONS }));
    let channel = Channel::publish_subscribe(fresh()).with_bindings(binding);
    transport
        .ensure(&[Wanted::channel(channel.clone())], Ensure::Create)
        .await?;
    let batch = vec![Message::new(vec![0; MEBIBYTE / 4]); PARTITIONS * 32];
    let sent = transport.publish(&channel, &batch, Instant::now() + PATIENCE);
    sent.await.into_iter().collect::<Result<(), _>>()?;
    let proxy = Proxy::start(&url).await?;
    let transport = KafkaTransport::connect(&proxy.url()).await?;
    let spec = SubscribeSpec::new(channel).start(Start::Oldest);
    let spec = spec.prefetch_bytes(8 * MEBIBYTE);
    let subscription = transport.subscribe(&spec).await?;
    sleep(Duration::from_secs(2)).await;
    let answered = proxy.does.answered.load(SeqCst) / MEBIBYTE;
    // And a fetch of each partition, which has always room.
    assert!(
        (PARTITIONS..=8 + 2 * PARTITIONS).contains(&answered),
        "{answered} MiB"
    );
    drop(subscription);
    Ok(())
}

async fn a_topic_with_less_room_than_a_batch_is_told(url: String) -> Outcome {
    // Without keys, since of one key one is sent at a time.
    let batch = vec![Message::new(vec![0; 1000]); 200];
    let publish = async |settings| {
        let server = Server::new("kafka", &*url);
        let transport = KafkaTransport::connect_to(&server, settings).await?;
        let channel = topic(&transport, json!({ "max.message.bytes": 4000 })).await?;
        let sent = transport.publish(&channel, &batch, Instant::now() + PATIENCE);
        let sent: Result<Vec<()>, tidings::Error> = sent.await.into_iter().collect();
        Outcome::Ok(sent)
    };
    let error = publish(KafkaSettings::default()).await?.err();
    let error = error.ok_or("there is room")?;
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().contains("`batch.size`"), "{error}");
    let properties = [("batch.size".to_owned(), "4000".to_owned())].into();
    let settings = KafkaSettings {
        properties,
        ..KafkaSettings::default()
    };
    publish(settings).await??;
    Ok(())
}

async fn times_may_be_endless(url: String) -> Outcome {
    let settings = KafkaSettings {
        wait: Duration::MAX,
        delivery: Duration::MAX,
        drain: Duration::MAX,
        ..KafkaSettings::default()
    };
    let server = Server::new("kafka", url);
    let transport = KafkaTransport::connect_to(&server, settings).await?;
    let channel = topic(&transport, json!({})).await?;
    publish(&transport, &channel, Message::new("a")).await?;
    let spec = grouped(&channel, &fresh());
    let mut subscription = transport.subscribe(&spec).await?;
    let token = one(&mut subscription).await?.1;
    let settler = subscription.settler();
    let outgoing = [Outgoing::new(channel, Message::new("b"))];
    settler.commit(&outgoing, &[(token, Verdict::Ack)]).await?;
    Ok(transport.close(Duration::MAX).await?)
}

async fn what_the_cluster_does_not_allow_a_member_is_told(url: String) -> Outcome {
    let settings = KafkaSettings {
        session: Duration::from_millis(400),
        heartbeat: Duration::from_millis(100),
        ..KafkaSettings::default()
    };
    let server = Server::new("kafka", url);
    let transport = KafkaTransport::connect_to(&server, settings).await?;
    let channel = topic(&transport, json!({})).await?;
    let spec = grouped(&channel, &fresh());
    let error = transport.subscribe(&spec).await.err();
    let error = error.ok_or("it is a member")?;
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert!(
        error.to_string().contains("`KafkaSettings::session`"),
        "{error}"
    );
    Ok(())
}

async fn a_group_that_shares_otherwise_is_told(url: String) -> Outcome {
    let transport = KafkaTransport::connect(&url).await?;
    let (channel, group) = (topic(&transport, json!({})).await?, fresh());
    let other: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", servers(&url))
        .set("group.id", &group)
        .set("partition.assignment.strategy", "range")
        .create()?;
    other.subscribe(&[&channel.address])?;
    while other.assignment()?.count() == 0 {
        other.poll(Duration::from_millis(50));
    }
    let error = transport.subscribe(&grouped(&channel, &group)).await.err();
    let error = error.ok_or("it is a member")?;
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert!(
        error.to_string().contains("`cooperative-sticky`"),
        "{error}"
    );
    Ok(())
}

async fn an_inbox_that_nobody_waits_for_is_removed(url: String) -> Outcome {
    let transport = KafkaTransport::connect(&url).await?;
    let replies = Channel::point_to_point(fresh());
    for wait in [1, 2, 5, 10, 20, 50, 100] {
        let inbox = transport.inbox(Some(&replies));
        drop(timeout(Duration::from_millis(wait), inbox).await);
    }
    sleep(Duration::from_secs(1)).await;
    let consumer = bare(&url, "cluster")?;
    let left = || {
        let metadata = consumer.fetch_metadata(None, PATIENCE)?;
        let topics = metadata.topics().iter().map(|topic| topic.name());
        Outcome::Ok(
            topics
                .filter(|name| name.starts_with(&*replies.address))
                .count(),
        )
    };
    while left()? > 0 {
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// As where a link forgets a connection by which nothing is said for a while: nobody ends it.
async fn who_hears_nothing_of_its_joining_joins_again(url: String) -> Outcome {
    let (proxy, direct) = (
        Proxy::start(&url).await?,
        KafkaTransport::connect(&url).await?,
    );
    let settings = KafkaSettings {
        session: Duration::from_secs(1),
        heartbeat: Duration::from_millis(100),
        drain: Duration::from_secs(1),
        ..KafkaSettings::default()
    };
    let server = Server::new("kafka", proxy.url());
    let transport = KafkaTransport::connect_to(&server, settings).await?;
    let channel = topic(&direct, json!({})).await?;
    proxy.does.is_deaf_to.store(JOIN_GROUP, SeqCst);
    let spec = grouped(&channel, &fresh());
    let subscribes = transport.clone();
    let subscribing = tokio::spawn(async move { subscribes.subscribe(&spec).await });
    while proxy.does.lost.load(SeqCst) == 0 {
        sleep(Duration::from_millis(10)).await;
    }
    proxy.does.is_deaf_to.store(NONE, SeqCst);
    let mut subscription = subscribing.await??;
    publish(&direct, &channel, Message::new("a")).await?;
    assert_eq!(one(&mut subscription).await?.0, "a");
    Ok(())
}
