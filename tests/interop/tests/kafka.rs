//! A client of Apache Kafka for Python, and `kcat`.
use orders_api::{
    OrderCancelled, OrderCancelledPayload, OrderEventsChannel, OrderPeerClient, Region,
};
use std::{collections::BTreeMap, env, process::ExitCode, sync::Arc};
use tidings::{
    Registry,
    transport::{Ensure, Wanted},
};
use tidings_interop::{Broker, Case, Outcome, Peer, cases, run};
use tidings_kafka::KafkaConnector;

const KAFKA: Broker = Broker {
    variable: "TIDINGS_TEST_KAFKA",
    registry: || Registry::new().with(KafkaConnector::default()),
    guide: include_str!("../../../brokers/kafka/INTEROP.md"),
    about: &[
        ("message_id", "message-id"),
        ("type", "message-name"),
        ("content_type", "content-type"),
        ("correlation_id", "correlation-id"),
        ("reply_to", "reply-to"),
    ],
};
/// Where the program is.
const KCAT: &str = "TIDINGS_TEST_KCAT";

fn main() -> ExitCode {
    let mut all = cases::of_python("confluent");
    all.push(Case::of_python(
        "confluent",
        "a-key-has-one-partition",
        a_key_has_one_partition,
    ));
    all.push(Case::of_tool(
        "kcat",
        "the-guides-command-lines-work",
        KCAT,
        command_lines,
    ));
    run(KAFKA, all)
}

/// Whoever publishes an event of an order, it goes where all others of that order do.
async fn a_key_has_one_partition(peer: Peer) -> Outcome {
    let america = OrderEventsChannel { region: Region::Us };
    let split = [Wanted::channel(america.channel().with_shards(4))];
    peer.transport.ensure(&split, Ensure::Create).await?;
    let topic = america.address();
    let mut listening = peer.start_and_wait("listen", &[&topic]).await?;

    let orders = [
        "O-000001", "O-000002", "O-000003", "O-000004", "O-000005", "O-000006",
    ];
    let mut arguments = vec![&*topic];
    arguments.extend(orders);
    peer.start("publish-keys", &arguments)?.end().await?;
    let events = OrderPeerClient::new(Arc::clone(&peer.transport));
    for order in orders {
        let order_id = order.parse()?;
        let event = OrderCancelled::from(OrderCancelledPayload::new(order_id));
        events.publish_order_events(&america, event).await?;
    }

    let mut places: BTreeMap<String, Vec<i32>> = BTreeMap::new();
    for _ in 0..2 * orders.len() {
        let said = listening.next().await?;
        let key = said.key.ok_or("it has no key")?;
        places.entry(key).or_default().extend(said.partition);
    }
    for (key, places) in &places {
        assert!(
            matches!(places[..], [one, other] if one == other),
            "{key}: {places:?}"
        );
    }
    let different: std::collections::BTreeSet<_> = places.values().collect();
    assert!(different.len() > 1, "{places:?}");
    Ok(())
}

async fn command_lines(peer: Peer) -> Outcome {
    let broker = peer.url.trim_start_matches("kafka://").to_owned();
    let places = [
        ("kcat ", format!("{} ", env::var(KCAT)?)),
        ("localhost:9092", broker),
    ];
    cases::the_guides_command_lines_work(peer, &places).await
}
