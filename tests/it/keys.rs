//! Keys from the document, and the order that they keep; all by what was generated.
use keys::{
    ChangeCommand, Count, CountPayload, KeysClient, KeysPeerClient, KeysServer, KeysService,
    LogsEvent, Place, PlacePayload, PlacePayloadCustomer, Region, ShipmentsChannel, Tick,
    TickPayload,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tidings::{HandlerError, Memory, Outgoing, Received, Router, SendError, TypedMessage};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

const GRACE: Duration = Duration::from_secs(10);
const KEYS: usize = 40;
const EACH: usize = 25;

fn place(customer: usize, number: usize) -> Place {
    let name = format!("customer {customer}");
    let customer = PlacePayloadCustomer::new().with_name(name);
    let id = format!("A-{number}").parse().unwrap();
    Place::new(PlacePayload::new(id).with_customer(customer))
}

fn key(outgoing: Result<Outgoing, SendError>) -> Option<String> {
    let key = outgoing.unwrap().message.key?;
    Some(String::from_utf8(key.to_vec()).unwrap())
}

/// Notes what it was given, and by which instance.
struct Desk {
    instance: usize,
    seen: UnboundedSender<(usize, String, String)>,
}

impl KeysService for Desk {
    async fn place(&self, order: Received<Place>) -> Result<(), HandlerError> {
        let name = order
            .customer
            .clone()
            .flatten()
            .and_then(|customer| customer.name);
        // Later ones are quicker, and would overtake.
        let number: u64 = order.id.as_str()[2..]
            .parse()
            .map_err(HandlerError::reject)?;
        tokio::time::sleep(Duration::from_micros(2000 - number * 70)).await;
        let seen = (
            self.instance,
            name.unwrap_or_default(),
            order.id.to_string(),
        );
        self.seen.send(seen).map_err(HandlerError::reject)
    }

    async fn change(&self, _: Received<ChangeCommand>) -> Result<(), HandlerError> {
        Ok(())
    }

    async fn count(&self, count: Received<Count>) -> Result<Tick, HandlerError> {
        let key = count.metadata.key.clone().unwrap_or_default();
        let of = String::from_utf8_lossy(&key).into_owned();
        Ok(TickPayload::new(of).into())
    }
}

#[tokio::test]
async fn the_order_of_a_key_outlives_competing_services() {
    let transport = Arc::new(Memory::new());
    let (seen, mut all) = unbounded_channel();
    let mut services = Vec::new();
    for instance in 0..2 {
        let mut router = Router::new();
        // Few at a time, so that both get some.
        router.concurrency(4).prefetch(4);
        let seen = seen.clone();
        KeysServer::new(Desk { instance, seen }).register(&mut router);
        services.push(tidings::serve(transport.clone(), router).await.unwrap());
    }
    let client = KeysClient::new(transport);
    for number in 0..EACH {
        for customer in 0..KEYS {
            client.place(place(customer, number)).await.unwrap();
        }
    }
    let mut orders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut instances = BTreeSet::new();
    for _ in 0..KEYS * EACH {
        let next = tokio::time::timeout(GRACE, all.recv()).await;
        let (instance, customer, id) = next.unwrap().unwrap();
        orders.entry(customer).or_default().push(id);
        instances.insert(instance);
    }
    let expected: Vec<String> = (0..EACH).map(|number| format!("A-{number}")).collect();
    assert_eq!(orders.len(), KEYS);
    assert!(orders.values().all(|ids| *ids == expected), "{orders:?}");
    assert_eq!(instances.len(), 2);
    for service in services {
        service.stop(GRACE).await.unwrap();
    }
}

#[tokio::test]
async fn requests_have_the_key_of_their_operation() {
    let transport = Arc::new(Memory::new());
    let (seen, _all) = unbounded_channel();
    let mut router = Router::new();
    KeysServer::new(Desk { instance: 0, seen }).register(&mut router);
    let service = tidings::serve(transport.clone(), router).await.unwrap();
    let client = KeysClient::new(transport);
    let tick = client
        .count(CountPayload::new(7))
        .timeout(GRACE)
        .await
        .unwrap();
    assert_eq!(tick.of, "7");
    service.stop(GRACE).await.unwrap();
}

#[test]
fn the_nearest_word_about_a_key_counts() {
    let client = KeysClient::detached();
    // By the channel, through what may be null.
    assert_eq!(
        key(client.place(place(1, 1)).outgoing()).as_deref(),
        Some("customer 1")
    );
    let mut nobody = PlacePayload::new("A-1".parse().unwrap());
    nobody.customer = Some(None);
    assert_eq!(key(client.place(Place::new(nobody)).outgoing()), None);
    // By the operation.
    let moved = keys::Move::new(keys::MovePayload::new().with_id("B-2".parse().unwrap()));
    assert_eq!(key(client.change(moved).outgoing()).as_deref(), Some("B-2"));
    // By the message, within alternatives.
    let card = serde_json::from_value(serde_json::json!({ "kind": "debit", "number": "4711" }));
    let pay = keys::Pay::new(keys::PayPayload::new(card.unwrap()).with_id(5));
    assert_eq!(key(client.change(pay).outgoing()).as_deref(), Some("4711"));
}

#[test]
fn parameters_headers_and_bindings_make_keys() {
    let eu = ShipmentsChannel { region: Region::Eu };
    let ship = keys::Ship::new(BTreeMap::new());
    let events = KeysPeerClient::detached();
    let shipped = |ship| events.publish_shipments(&eu, ship).outgoing();
    assert_eq!(key(shipped(ship.clone())), None);
    let ship = ship.with_carrier("ups");
    assert_eq!(key(shipped(ship)).as_deref(), Some("eu/ups"));
    let log = |event: LogsEvent| key(events.publish_logs(event).outgoing());
    let id = "C-3".parse().unwrap();
    // By the only property that has the schema of the Kafka key, by its only value, by the correlation id.
    assert_eq!(
        log(keys::Log::new(keys::LogPayload::new(id)).into()).as_deref(),
        Some("C-3")
    );
    assert_eq!(log(keys::Plain::new(true).into()).as_deref(), Some("all"));
    let of = "T-4".to_owned();
    assert_eq!(
        log(keys::Tick::new(TickPayload::new(of)).into()).as_deref(),
        Some("T-4")
    );
}

#[test]
fn what_is_made_is_what_is_sent() {
    let order = place(1, 1);
    let client = KeysClient::detached();
    let made = client.place(order.clone()).outgoing().unwrap();
    assert_eq!(made.channel, keys::OrdersChannel::channel());
    assert_eq!(Place::decode(&made.message).unwrap(), order);
}

#[tokio::test]
async fn a_key_that_is_told_is_that_of_the_message() {
    let client = KeysClient::detached();
    let told = client.place(place(1, 1)).key("vip").outgoing();
    assert_eq!(key(told).as_deref(), Some("vip"));
    let asked = client.count(CountPayload::new(7)).key("vip");
    assert_eq!(key(asked.outgoing(None)).as_deref(), Some("vip"));
    let asked = client.count(CountPayload::new(7));
    assert_eq!(key(asked.outgoing(None)).as_deref(), Some("7"));
}

#[tokio::test]
async fn a_client_without_a_transport_sends_nothing() {
    let client = KeysClient::detached();
    let refused = client.place(place(1, 1)).await.unwrap_err().to_string();
    assert!(refused.contains("it only makes messages"), "{refused}");
    let refused = client.count(CountPayload::new(7)).await.unwrap_err();
    assert!(!refused.is_retryable());
}
