//! Mistakes of documents, programs and clusters: each is one error that names server and channel, and how to mend it.
use super::*;
use crate::proxy::Proxy;
use std::sync::Arc;
use tidings::{
    Received, Requirement, Router, Security, serve,
    transport::{Affinity, HeaderSupport, Order},
};
use tidings_codegen::Broker;
use tokio::{join, time::sleep};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("nobody-there-is-told-in-time", nobody_there_is_told_in_time),
        trial(
            "a-broker-that-is-being-started-is-waited-for",
            a_broker_that_is_being_started_is_waited_for,
        ),
        trial(
            "a-broker-that-stays-away-is-told-in-time",
            a_broker_that_stays_away_is_told_in_time,
        ),
        trial("a-missing-topic-is-named", a_missing_topic_is_named),
        trial(
            "a-check-gives-a-group-no-place",
            a_check_gives_a_group_no_place,
        ),
        trial(
            "who-is-known-by-nobody-is-told-at-once",
            who_is_known_by_nobody_is_told_at_once,
        ),
        trial("what-is-too-large-is-named", what_is_too_large_is_named),
        trial(
            "nothing-is-sent-behind-what-the-cluster-refused",
            nothing_is_sent_behind_what_the_cluster_refused,
        ),
        trial(
            "what-kafka-cannot-do-is-named",
            what_kafka_cannot_do_is_named,
        ),
        trial(
            "records-with-ids-of-schemas-are-not-received",
            records_with_ids_of_schemas_in_headers_are_not_received,
        ),
        Trial::test(
            "the-table-of-brokers-is-what-this-one-says",
            the_table_of_brokers,
        ),
    ]
}

/// What an error is, and what it says.
#[track_caller]
fn is(error: &tidings::Error, kind: ErrorKind, says: &[&str]) {
    assert_eq!(error.kind(), kind, "{error}");
    let text = error.to_string();
    for what in says {
        assert!(text.contains(what), "`{what}` is not in: {text}");
    }
}

fn impatient() -> KafkaSettings {
    KafkaSettings {
        wait: Duration::from_millis(500),
        ..KafkaSettings::default()
    }
}

async fn nobody_there_is_told_in_time(_: String) -> Outcome {
    let server = Server::new("kafka", "kafka://127.0.0.1:1");
    let begun = Instant::now();
    let error = KafkaTransport::connect_to(&server, impatient()).await.err();
    let error = error.ok_or("somebody is there")?;
    let says = [
        "server `127.0.0.1:1`",
        "refused",
        "within 500ms",
        "start it",
    ];
    is(&error, ErrorKind::ConnectionLost, &says);
    assert!(begun.elapsed() >= impatient().wait, "nobody was waited for");
    Ok(())
}

/// To connect, to ensure and to subscribe, alone and in a group.
async fn a_broker_that_is_being_started_is_waited_for(url: String) -> Outcome {
    const AWAY: Duration = Duration::from_secs(1);
    let proxy = Proxy::start(&url).await?;
    let back = async || {
        sleep(AWAY).await;
        proxy.mend();
    };
    let proxied = proxy.url();
    proxy.cut();
    let (connected, ()) = join!(KafkaTransport::connect(&proxied), back());
    let transport = connected?;
    let channel = Channel::publish_subscribe(fresh());
    let wanted = [Wanted::channel(channel.clone())];
    proxy.cut();
    let (ensured, ()) = join!(transport.ensure(&wanted, Ensure::Create), back());
    ensured?;
    for group in [Group::Alone, Group::Shared(fresh().into())] {
        let spec = SubscribeSpec::new(channel.clone()).group(group);
        proxy.cut();
        let (subscribed, ()) = join!(transport.subscribe(&spec), back());
        subscribed?;
    }
    Ok(())
}

async fn a_broker_that_stays_away_is_told_in_time(url: String) -> Outcome {
    let proxy = Proxy::start(&url).await?;
    let wait = Duration::from_secs(1);
    let settings = KafkaSettings {
        wait,
        ..KafkaSettings::default()
    };
    let server = Server::new("kafka", proxy.url());
    let transport = KafkaTransport::connect_to(&server, settings).await?;
    let channel = Channel::publish_subscribe(fresh());
    let wanted = [Wanted::channel(channel.clone())];
    transport.ensure(&wanted, Ensure::Create).await?;
    proxy.cut();
    for group in [Group::Alone, Group::Shared(fresh().into())] {
        let begun = Instant::now();
        let spec = SubscribeSpec::new(channel.clone()).group(group);
        let error = transport.subscribe(&spec).await.err();
        let proxied = proxy.url();
        let says = ["within 1s", "start it", &channel.address, servers(&proxied)];
        is(
            &error.ok_or("it is subscribed")?,
            ErrorKind::ConnectionLost,
            &says,
        );
        let waited = begun.elapsed();
        assert!((wait..wait * 4).contains(&waited), "it waited {waited:?}");
    }
    let error = transport.ensure(&wanted, Ensure::Create).await.err();
    let says = ["within 1s", "start it", &channel.address];
    is(
        &error.ok_or("it is ensured")?,
        ErrorKind::ConnectionLost,
        &says,
    );
    Ok(())
}

async fn a_missing_topic_is_named(url: String) -> Outcome {
    let transport = KafkaTransport::connect(&url).await?;
    let channel = Channel::publish_subscribe(fresh());
    let deadline = Instant::now() + PATIENCE;
    let published = transport
        .publish(&channel, &[Message::new("a")], deadline)
        .await
        .pop();
    let published = published.and_then(Result::err).ok_or("it was taken")?;
    let spec = SubscribeSpec::new(channel.clone()).start(Start::Oldest);
    let subscribed = transport.subscribe(&spec).await.err();
    let wanted = [Wanted::channel(channel.clone())];
    let checked = transport.ensure(&wanted, Ensure::Check).await.err();
    for error in [Some(published), subscribed, checked] {
        let says = [&*channel.address, "`ensure`", servers(&url)];
        is(&error.ok_or("it is there")?, ErrorKind::NotFound, &says);
    }
    Ok(())
}

async fn a_check_gives_a_group_no_place(url: String) -> Outcome {
    let transport = KafkaTransport::connect(&url).await?;
    let channel = Channel::publish_subscribe(fresh());
    let topic = [Wanted::channel(channel.clone())];
    transport.ensure(&topic, Ensure::Create).await?;
    let group = [Wanted::channel(channel).group("readers")];
    for _ in 0..2 {
        let missing = transport.ensure(&group, Ensure::Check).await.err();
        let says = ["`readers`", "`ensure`", servers(&url)];
        is(&missing.ok_or("it is placed")?, ErrorKind::NotFound, &says);
    }
    transport.ensure(&group, Ensure::Create).await?;
    Ok(transport.ensure(&group, Ensure::Check).await?)
}

/// A listener without SASL knows no user.
async fn who_is_known_by_nobody_is_told_at_once(url: String) -> Outcome {
    let server = Server::new("kafka", &*url).with_security(Security::Password {
        user: "ann".into(),
        password: "s3cret".into(),
    });
    let begun = Instant::now();
    let settings = KafkaSettings::default();
    let wait = settings.wait;
    let error = KafkaTransport::connect_to(&server, settings).await.err();
    let error = error.ok_or("it is let in")?;
    let says = ["check the user name and password", servers(&url)];
    is(&error, ErrorKind::PermissionDenied, &says);
    assert!(!error.to_string().contains("s3cret"), "{error}");
    assert!(
        begun.elapsed() < wait,
        "it was tried again, which cannot help"
    );
    Ok(())
}

async fn what_is_too_large_is_named(url: String) -> Outcome {
    let transport = KafkaTransport::connect(&url).await?;
    let small = kafka(json!({ "topicConfiguration": { "max.message.bytes": 1000 } }));
    let channel = Channel::publish_subscribe(fresh()).with_bindings(small);
    let wanted = [Wanted::channel(channel.clone())];
    transport.ensure(&wanted, Ensure::Create).await?;
    for (bytes, mend) in [
        (2_000_000, "at most 1000000"),
        (5000, "`max.message.bytes`"),
    ] {
        let batch = [Message::new(vec![0; bytes])];
        let sent = transport.publish(&channel, &batch, Instant::now() + PATIENCE);
        let error = sent.await.pop().and_then(Result::err);
        let says = [mend, &*channel.address, servers(&url)];
        is(&error.ok_or("it was taken")?, ErrorKind::TooLarge, &says);
    }
    Ok(())
}

/// Of its key; others are. Each record goes by itself, so that one is refused alone.
async fn nothing_is_sent_behind_what_the_cluster_refused(url: String) -> Outcome {
    let settings = KafkaSettings {
        properties: [("batch.num.messages".to_owned(), "1".to_owned())].into(),
        ..KafkaSettings::default()
    };
    let server = Server::new("kafka", &*url);
    let transport = KafkaTransport::connect_to(&server, settings).await?;
    let small = kafka(json!({ "topicConfiguration": { "max.message.bytes": 1000 } }));
    let channel = Channel::publish_subscribe(fresh()).with_bindings(small);
    let wanted = [Wanted::channel(channel.clone())];
    transport.ensure(&wanted, Ensure::Create).await?;
    let batch = [("a", 10), ("a", 5000), ("b", 10), ("a", 10), ("b", 10)];
    let batch = batch.map(|(key, bytes)| {
        let mut message = Message::new(vec![0; bytes]);
        message.key = Some(key.into());
        message
    });
    let sent = transport.publish(&channel, &batch, Instant::now() + PATIENCE);
    let kinds = |outcome: Result<_, tidings::Error>| outcome.err().map(|error| error.kind());
    let kinds: Vec<_> = sent.await.into_iter().map(kinds).collect();
    let (large, skipped) = (Some(ErrorKind::TooLarge), Some(ErrorKind::Skipped));
    assert_eq!(kinds, [None, large, None, skipped, None]);
    let asks = bare(&url, "cluster")?;
    let (_, end) = asks.fetch_watermarks(&channel.address, 0, PATIENCE)?;
    assert_eq!(end, 3, "records that are there");
    Ok(())
}

async fn records_with_ids_of_schemas_in_headers_are_not_received(url: String) -> Outcome {
    let transport = KafkaTransport::connect(&url).await?;
    let told = r#"{"messages": {"Placed": {"kafka": {"schemaIdLocation": "header"}}}}"#;
    let channel = Channel::publish_subscribe(fresh()).with_bindings(Bindings::read(told));
    let spec = SubscribeSpec::new(channel.clone());
    let error = transport
        .subscribe(&spec)
        .await
        .err()
        .ok_or("it was taken")?;
    let says = ["`schemaIdLocation`", &*channel.address, servers(&url)];
    is(&error, ErrorKind::Unsupported, &says);
    Ok(())
}

async fn what_kafka_cannot_do_is_named(url: String) -> Outcome {
    let transport = KafkaTransport::connect(&url).await?;
    let channel = Channel::publish_subscribe(fresh());
    let mut later = Message::new("a");
    later.not_before = Some(std::time::SystemTime::now() + PATIENCE);
    let batch = [later];
    let sent = transport.publish(&channel, &batch, Instant::now() + PATIENCE);
    let error = sent
        .await
        .pop()
        .and_then(Result::err)
        .ok_or("it was taken")?;
    let says = ["publish it later", &*channel.address, servers(&url)];
    is(&error, ErrorKind::Unsupported, &says);
    let mut router = Router::new();
    let kind = tidings::ChannelKind::PublishSubscribe;
    router.require(
        Requirement::new(kind, "orders.{id}")
            .with_wildcards()
            .with_delay(60),
    );
    router.on(channel, async |_: Received<Message>| Ok(()));
    let error = serve(Arc::new(transport), router)
        .await
        .err()
        .ok_or("it is served")?;
    let says = [
        "wildcard subscriptions",
        "held back",
        "`orders.{id}`",
        "another transport",
        servers(&url),
    ];
    is(&error, ErrorKind::Unsupported, &says);
    Ok(())
}

/// What `tidings generate rust --broker kafka --check` goes by.
fn the_table_of_brokers() -> Result<(), Failed> {
    let can = capabilities::capabilities();
    let told = Broker {
        name: "kafka",
        point_to_point: can.point_to_point,
        publish_subscribe: can.publish_subscribe,
        groups: can.groups,
        key_order: can.affinity != Affinity::None && can.order >= Order::Key,
        native_reply: can.native_reply,
        wildcards: can.wildcards,
        wildcard_queues: can.wildcards,
        delay_seconds: can.delay.unwrap_or_default().as_secs(),
        header_bytes: match can.headers {
            HeaderSupport::Native { max_bytes } => max_bytes.unwrap_or(usize::MAX),
            _ => can.max_bytes,
        },
        message_bytes: can.max_bytes,
    };
    assert_eq!(Broker::named("kafka"), Some(&told));
    Ok(())
}
