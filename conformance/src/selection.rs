//! How many cases brokers select by what they can do, and how many those would that are still to come.
use crate::{Harness, Offer, Setup};
use expect_test::expect;
use std::{fmt::Write, sync::Arc, time::Duration};
use tidings::{
    Capabilities, Memory,
    transport::{Affinity, Attempts, Confirm, HeaderSupport, Order, Settle},
};

const HOURS: Duration = Duration::from_secs(60 * 60);

fn with(mut capabilities: Capabilities, change: fn(&mut Capabilities)) -> Capabilities {
    change(&mut capabilities);
    capabilities
}

/// A broker that keeps what it has confirmed, of queues and of topics with groups.
fn durable(max_bytes: usize) -> Capabilities {
    with(Capabilities::none(max_bytes), |has| {
        has.point_to_point = true;
        has.publish_subscribe = true;
        has.groups = true;
        has.durable = true;
        has.settle = Settle::Individual;
        has.confirm = Confirm::Broker;
        has.headers = HeaderSupport::Native { max_bytes: None };
    })
}

/// Everything there is about logs in shards.
fn log(max_bytes: usize) -> Capabilities {
    with(durable(max_bytes), |has| {
        has.replay = true;
        has.affinity = Affinity::Shards;
        has.order = Order::Key;
        has.settle = Settle::Cumulative;
    })
}

/// A broker's name, what it can do with its channels, and the fewest cases that are to judge it.
fn brokers() -> Vec<(&'static str, Capabilities, usize)> {
    let kafka = with(log(1 << 20), |has| {
        has.transactions = true;
    });
    let kinesis = with(log(756 << 10), |has| {
        has.native_reply = true;
        has.headers = HeaderSupport::Framed;
    });
    let sqs = with(durable(756 << 10), |has| {
        has.publish_subscribe = false;
        has.groups = false;
        has.affinity = Affinity::Keys;
        has.order = Order::Key;
        has.attempts = Attempts::Deliveries;
        has.native_reply = true;
        has.headers = HeaderSupport::Framed;
    });
    let sns = with(durable(180 << 10), |has| {
        has.point_to_point = false;
        has.attempts = Attempts::Deliveries;
        has.native_reply = true;
        has.headers = HeaderSupport::Framed;
    });
    let multicast = with(Capabilities::none(60_000), |has| {
        has.publish_subscribe = true;
        has.confirm = Confirm::Socket;
    });
    let rabbitmq = with(durable(16 << 20), |has| {
        has.wildcards = true;
        has.order = Order::Channel;
        has.attempts = Attempts::Deliveries;
        has.native_reply = true;
        has.headers = HeaderSupport::Native {
            max_bytes: Some(120 << 10),
        };
    });
    let nats = with(durable(1 << 20), |has| {
        has.wildcards = true;
        has.replay = true;
        has.order = Order::Channel;
        has.attempts = Attempts::Deliveries;
        has.native_reply = true;
        has.delay = Some(24 * HOURS);
    });
    let mqtt = with(log(256 << 10), |has| {
        has.wildcards = true;
        has.replay = false;
        has.affinity = Affinity::None;
        has.order = Order::Channel;
        has.native_reply = true;
    });
    let redis = with(durable(64 << 20), |has| {
        has.replay = true;
        has.order = Order::Channel;
        has.attempts = Attempts::Deliveries;
        has.headers = HeaderSupport::Framed;
    });
    vec![
        ("kafka", kafka, 45),
        ("kinesis", kinesis, 45),
        ("sqs", sqs, 45),
        ("sns", sns, 25),
        ("multicast", multicast, 15),
        ("rabbitmq", rabbitmq, 45),
        ("nats", nats, 45),
        ("mqtt", mqtt, 45),
        ("redis", redis, 45),
    ]
}

/// That is how many, by capabilities alone and with all that a setup may offer.
#[test]
fn brokers_are_judged_by_many_cases() {
    let all = [
        Offer::Restart,
        Offer::Kill,
        Offer::Cut,
        Offer::Stall,
        Offer::Deafen,
        Offer::Another,
        Offer::Foreign,
        Offer::Identity,
        Offer::DeadLetters,
        Offer::ShortLease,
        Offer::Full,
    ];
    let mut counts = String::new();
    for (name, capabilities, fewest) in brokers() {
        let open = || async { Ok(Setup::single(Arc::new(Memory::new()))) };
        let alone = Harness::new(name, capabilities, open);
        let offering = alone.clone().offering(all);
        let (alone, offering) = (alone.selected().len(), offering.selected().len());
        assert!(
            alone >= fewest,
            "{name} selects {alone} of at least {fewest}"
        );
        writeln!(counts, "{name:<9} {alone:>3} {offering:>3}").expect("a string takes all");
    }
    expect![[r#"
        kafka     112 144
        kinesis   114 144
        sqs        96 128
        sns        86 115
        multicast  37  46
        rabbitmq  109 142
        nats      112 145
        mqtt      101 132
        redis     103 136
    "#]]
    .assert_eq(&counts);
}

/// Names are what people filter by.
#[test]
fn every_case_has_a_name_of_its_own() {
    let mut names: Vec<_> = crate::cases::ALL
        .iter()
        .copied()
        .flatten()
        .map(|case| case.name())
        .collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}
