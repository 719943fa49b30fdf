//! A failure holds up what it must, and nothing else.
use super::{
    busy, numbered, plain, relay, seconds,
    sink::Sink,
    table::{Asked, Table, gone},
    within,
};
use std::{
    sync::{Arc, Mutex},
    time::SystemTime,
};
use tidings::{Channel, Error, ErrorKind, Message, Outgoing};
use tokio::time::sleep;

#[tokio::test(start_paused = true)]
async fn a_key_that_fails_alone_holds_up_no_other() {
    let (table, sink) = (Table::holds([numbered("q", "bad", 0)]), Sink::new());
    sink.decide(|_, message| (message.key.as_deref() == Some(b"bad")).then(busy));
    let _relay = relay(&table, &sink).await;
    for number in 0..5 {
        sleep(seconds(300)).await;
        table.write([numbered("q", "good", number)]);
        let there = || sink.bodies("q").len() == number + 1;
        assert!(within(seconds(2), there).await, "{number}");
    }
}

#[tokio::test(start_paused = true)]
async fn keys_that_failed_once_and_were_parked_are_forgotten() {
    let rows = (0..100).map(|key| numbered("q", &format!("k{key}"), 0));
    let (table, sink) = (Table::holds(rows), Sink::new());
    let tried = Arc::new(Mutex::new(std::collections::HashSet::new()));
    sink.decide(move |_, message| match &*message.body {
        b"bad0" => Some(busy()),
        body if !body.starts_with(b"k") => None,
        body if tried.lock().expect("no panic").insert(body.to_vec()) => Some(busy()),
        _ => Some(Error::new(ErrorKind::Rejected, "publish", "never")),
    });
    let _relay = relay(&table, &sink).await;
    // Something is always there, so that no read finds nothing.
    table.write([numbered("q", "bad", 0)]);
    assert!(within(seconds(60), || table.reasons().len() == 100).await);
    sleep(seconds(300)).await;
    for number in 0..5 {
        table.write([numbered("q", "good", number)]);
        let there = || sink.bodies("q").len() == number + 1;
        assert!(within(seconds(2), there).await, "{number}");
        sleep(seconds(61)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_broker_cannot_do_at_all_is_parked() {
    let rows = [numbered("q", "k", 0), numbered("q", "k", 1)];
    let (table, sink) = (Table::holds(rows), Sink::new());
    let unsupported = || Error::new(ErrorKind::Unsupported, "publish", "no such exchange");
    sink.decide(move |_, message| (&*message.body == b"k0").then(unsupported));
    let _relay = relay(&table, &sink).await;
    assert!(within(seconds(5), || sink.bodies("q") == ["k1"]).await);
    assert!(within(seconds(5), || table.len() == 0).await);
    let reasons = table.reasons();
    assert_eq!(reasons, ["publish: not supported: no such exchange"]);
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_panics_holds_up_one_channel() {
    let rows = [plain("bad", "0"), plain("good", "0")];
    let (table, sink) = (Table::holds(rows), Sink::new());
    sink.decide(|channel, _| match &*channel.address {
        "bad" => panic!("on purpose"),
        _ => None,
    });
    let _relay = relay(&table, &sink).await;
    assert!(within(seconds(5), || sink.bodies("good") == ["0"]).await);
    sink.decide(|_, _| None);
    assert!(within(seconds(120), || table.len() == 0).await);
}

/// As one that holds a key back of which it does not say why.
#[tokio::test(start_paused = true)]
async fn a_broker_that_tries_nothing_is_asked_less_and_less() {
    let (table, sink) = (Table::holds([numbered("q", "k", 0)]), Sink::new());
    sink.decide(|_, _| Some(Error::new(ErrorKind::Skipped, "publish", "")));
    let _relay = relay(&table, &sink).await;
    sleep(seconds(60)).await;
    assert!((5..=20).contains(&sink.begun()), "{}", sink.begun());
    sink.decide(|_, _| None);
    assert!(within(seconds(120), || table.len() == 0).await);
}

/// It has ten seconds.
#[tokio::test(start_paused = true)]
async fn a_broker_that_takes_its_time_is_waited_for() {
    let (table, sink) = (Table::holds([plain("q", "0")]), Sink::new());
    sink.slow("q", std::time::Duration::from_millis(9900));
    let _relay = relay(&table, &sink).await;
    assert!(within(seconds(11), || table.len() == 0).await);
    assert_eq!((sink.begun(), sink.bodies("q").len()), (1, 1));
}

/// Whatever it was told of the time that it has.
#[tokio::test(start_paused = true)]
async fn a_broker_that_never_answers_holds_up_one_channel_and_no_longer_than_it_does() {
    let rows = [
        numbered("bad", "k", 0),
        numbered("bad", "k", 1),
        plain("good", "0"),
    ];
    let (table, sink) = (Table::holds(rows), Sink::new());
    sink.slow("bad", std::time::Duration::MAX);
    let _relay = relay(&table, &sink).await;
    assert!(within(seconds(5), || sink.bodies("good") == ["0"]).await);
    sleep(seconds(60)).await;
    sink.slow("bad", std::time::Duration::ZERO);
    assert!(within(seconds(120), || sink.bodies("bad") == ["k0", "k1"]).await);
    assert!(within(seconds(5), || table.len() == 0).await);
}

/// As of a row that is damaged, or larger than a server takes by now.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_holds_up_one_channel() {
    let rows = [plain("a", "0"), plain("b", "0")];
    let (table, sink) = (Table::holds(rows), Sink::new());
    let unexpected = || Error::new(ErrorKind::Unexpected, "read", "a row is damaged");
    table.fail(move |asked| (asked == Asked::Read("a")).then(unexpected));
    let _relay = relay(&table, &sink).await;
    for number in 1..5 {
        let there = || sink.bodies("b").len() == number;
        assert!(within(seconds(2), there).await, "{number}");
        sleep(seconds(90)).await;
        table.write([plain("b", "more")]);
    }
    table.fail(|_| None);
    assert!(within(seconds(120), || table.len() == 0).await);
    assert_eq!(sink.bodies("a"), ["0"]);
}

/// Another leads by a connection of its own.
#[tokio::test(start_paused = true)]
async fn a_connection_that_is_lost_while_a_channel_is_read_ends_the_lead() {
    let (table, sink) = (Table::holds([plain("a", "0")]), Sink::new());
    let leads = Arc::new(Mutex::new(0));
    let (count, mut reads) = (leads.clone(), 0);
    table.fail(move |asked| match asked {
        Asked::Lead => {
            *count.lock().expect("no panic") += 1;
            None
        }
        Asked::Read(_) if reads < 3 => {
            reads += 1;
            Some(gone())
        }
        _ => None,
    });
    let _relay = relay(&table, &sink).await;
    assert!(within(seconds(60), || table.len() == 0).await);
    assert_eq!(*leads.lock().expect("no panic"), 4);
}

/// Where the broker cannot hold them back, the relay does.
#[tokio::test(start_paused = true)]
async fn what_is_for_later_comes_later() {
    let mut later = plain("q", "later");
    later.message.not_before = Some(SystemTime::now() + std::time::Duration::from_secs(2));
    let (table, sink) = (Table::holds([later]), Sink::new());
    sink.without_delays();
    sink.decide(|_, message: &Message| {
        let unsupported = || Error::new(ErrorKind::Unsupported, "publish", "publish it later");
        message.not_before.is_some().then(unsupported)
    });
    let _relay = relay(&table, &sink).await;
    table.write([plain("q", "now")]);
    let channel = Channel::point_to_point("q");
    table.write(
        (0..2000).map(|number| Outgoing::new(channel.clone(), Message::new(number.to_string()))),
    );
    assert!(
        within(seconds(10), || sink.bodies("q").len() == 2001).await,
        "others go on"
    );
    assert!(sink.asked() < 10, "{}", sink.asked());
    std::thread::sleep(seconds(2));
    assert!(within(seconds(5), || table.len() == 0).await);
    assert_eq!(sink.bodies("q").last().map(|last| &**last), Some("later"));
    assert_eq!(table.reasons(), [""; 0]);
}
