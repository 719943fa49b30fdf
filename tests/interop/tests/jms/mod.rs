//! A program in Java that knows the document and JMS: it asks our service and answers our client, hears our events and tells others.
use orders_api::{
    CreateOrder, CreateOrderReply, OrderClient, OrderEvent, OrderEventsChannel, OrderPeerClient,
    OrderPlaced, OrderPlacedPayload, Region,
};
use std::{collections::BTreeSet, env, process::Command, sync::Arc, time::Duration};
use tidings::Client;
use tidings_interop::{Case, Outcome, Peer, Program, Said, Shop, order};
use tokio::time::timeout;

/// Where the classes of the program and its clients are.
const JMS: &str = "TIDINGS_TEST_JMS";
const PATIENCE: Duration = Duration::from_secs(20);
/// Where the shop is whose events these are.
const EUROPE: OrderEventsChannel = OrderEventsChannel { region: Region::Eu };
/// A group that a program in Java and ours share; one of an earlier run has what that left.
fn group() -> String {
    format!("tellers-{}", std::process::id())
}

/// The cases of Qpid's client, which speaks AMQP, or of Artemis' own, which does not; one that `shares` is of a group with ours.
pub(crate) fn cases<const ARTEMIS: bool>(shares: bool) -> Vec<Case> {
    let client = client::<ARTEMIS>();
    let name = |what: &str| format!("jms {client}: {what}");
    let mut all = vec![
        Case::of_tool(
            client,
            &name("our-service-is-asked"),
            JMS,
            our_service_is_asked::<ARTEMIS>,
        ),
        Case::of_tool(
            client,
            &name("our-client-asks"),
            JMS,
            our_client_asks::<ARTEMIS>,
        ),
        Case::of_tool(
            client,
            &name("events-go-both-ways"),
            JMS,
            events_go_both_ways::<ARTEMIS>,
        ),
    ];
    if shares {
        let shares = name("a-group-is-shared");
        all.push(Case::of_tool(
            client,
            &shares,
            JMS,
            a_group_is_shared::<ARTEMIS>,
        ));
    }
    all
}

fn client<const ARTEMIS: bool>() -> &'static str {
    if ARTEMIS { "artemis" } else { "qpid" }
}

/// Runs the program with that command, at the broker of a peer.
fn start<const ARTEMIS: bool>(peer: &Peer, command: &str) -> Outcome<Program> {
    let (_, rest) = peer.url.split_once("://").ok_or("no scheme")?;
    let (credentials, host) = rest.split_once('@').ok_or("no credentials")?;
    let (user, password) = credentials.split_once(':').ok_or("no password")?;
    let topics = match peer.broker.variable {
        "TIDINGS_TEST_ACTIVEMQ" => "VirtualTopic.",
        _ => "",
    };
    let mut java = Command::new("java");
    java.args([
        "-Xmx64m",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        &env::var(JMS)?,
        "JmsOrders",
    ]);
    java.args([
        client::<ARTEMIS>(),
        command,
        user,
        password,
        host,
        topics,
        &group(),
    ]);
    Program::start(java)
}

async fn start_and_wait<const ARTEMIS: bool>(peer: &Peer, command: &str) -> Outcome<Program> {
    let mut program = start::<ARTEMIS>(peer, command)?;
    match program.line().await?.as_str() {
        "ready" => Ok(program),
        other => Err(format!("it is not ready, but says {other}").into()),
    }
}

/// By a temporary queue, with everything of the request where JMS has it.
async fn our_service_is_asked<const ARTEMIS: bool>(peer: Peer) -> Outcome {
    let mut shop = Shop::open(&peer).await?;
    let mut asking = start::<ARTEMIS>(&peer, "ask")?;
    let reply = asking.next().await?;
    assert_eq!(reply.about["type"], "OrderCreated", "{reply:?}");
    assert_eq!(reply.body, r#"{"orderId":"O-000001"}"#);
    assert_eq!(
        reply.correlation.as_ref(),
        reply.about.get("correlation_id")
    );
    assert_eq!(
        reply.correlation.as_ref(),
        reply.headers.get("correlationId")
    );
    let seen = shop.saw(&reply).await?;
    assert_eq!(seen.name.as_deref(), Some("CreateOrder"));
    let key = seen
        .key
        .as_ref()
        .map(|key| String::from_utf8_lossy(key).into_owned());
    assert_eq!(key.as_deref(), Some("C-2001"));
    let tenant = seen
        .header("tenant")
        .map(|text| String::from_utf8_lossy(text).into_owned());
    assert_eq!(tenant.as_deref(), Some("acme"));
    asking.end().await?;
    shop.close().await
}

/// Whose reply goes where `JMSReplyTo` says.
async fn our_client_asks<const ARTEMIS: bool>(peer: Peer) -> Outcome {
    let mut service = start_and_wait::<ARTEMIS>(&peer, "serve").await?;
    let client: OrderClient = Client::new(Arc::clone(&peer.transport)).into();
    for _ in 0..2 {
        let request = CreateOrder::new(order(1)).with_tenant("acme");
        let correlation = request.headers.correlation_id.to_string();
        let reply = client.create_order(request).timeout(PATIENCE).await?;
        let CreateOrderReply::OrderCreated(created) = reply else {
            return Err("another reply".into());
        };
        assert_eq!(created.order_id.to_string(), "O-000042");
        let said = service.next().await?;
        assert_eq!(said.about["type"], "CreateOrder");
        assert_eq!(said.about["correlation_id"], correlation);
        assert_eq!(
            (&*said.headers["correlationId"], &*said.headers["tenant"]),
            (&*correlation, "acme")
        );
        assert!(said.body.contains(r#""customer":"C-1007""#), "{said:?}");
    }
    drop(service);
    Ok(())
}

async fn publish(peer: &Peer, number: &str) -> Outcome {
    let events = OrderPeerClient::new(Arc::clone(&peer.transport));
    let placed = OrderPlacedPayload::new(
        number.parse()?,
        "2026-03-01T09:30:00Z".parse::<tidings::DateTime>()?,
    );
    let placed = OrderPlaced::new(placed);
    Ok(events.publish_order_events(&EUROPE, placed).await?)
}

async fn events_go_both_ways<const ARTEMIS: bool>(peer: Peer) -> Outcome {
    let mut listening = start_and_wait::<ARTEMIS>(&peer, "listen").await?;
    publish(&peer, "O-000003").await?;
    let said = listening.next().await?;
    assert_eq!(said.about["type"], "OrderPlaced", "{said:?}");
    assert!(said.body.contains("O-000003"), "{said:?}");
    let client = OrderClient::new(Arc::clone(&peer.transport));
    let mut events = client.subscribe_to_order_events(&EUROPE, None).await?;
    start::<ARTEMIS>(&peer, "publish")?.end().await?;
    let event = timeout(PATIENCE, events.next())
        .await
        .map_err(|_| "no event came")?;
    let event = event.ok_or("the subscription ended")??;
    assert!(
        matches!(&*event, OrderEvent::OrderPlaced(placed) if placed.order_id.as_str() == "O-000007")
    );
    Ok(event.ack().await?)
}

/// Each event goes to one of the two.
async fn a_group_is_shared<const ARTEMIS: bool>(peer: Peer) -> Outcome {
    const COUNT: usize = 20;
    let client = OrderClient::new(Arc::clone(&peer.transport));
    let mut events = client
        .subscribe_to_order_events(&EUROPE, Some(&group()))
        .await?;
    let mut sharing = start_and_wait::<ARTEMIS>(&peer, "share").await?;
    let numbers: BTreeSet<String> = (0..COUNT)
        .map(|number| format!("O-1000{number:02}"))
        .collect();
    for number in &numbers {
        publish(&peer, number).await?;
    }
    let (mut ours, mut theirs) = (BTreeSet::new(), BTreeSet::new());
    while ours.len() + theirs.len() < COUNT {
        tokio::select! {
            event = events.next() => {
                let event = event.ok_or("the subscription ended")??;
                if let OrderEvent::OrderPlaced(placed) = &*event {
                    ours.insert(placed.order_id.to_string());
                }
                event.ack().await?;
            }
            said = sharing.next() => theirs.insert(number(&said?)?) .then_some(()).ok_or("it came twice")?,
        }
    }
    assert!(
        !ours.is_empty() && !theirs.is_empty(),
        "{ours:?} {theirs:?}"
    );
    assert_eq!(&ours | &theirs, numbers);
    Ok(())
}

fn number(said: &Said) -> Outcome<String> {
    let number = said.json()?["orderId"].as_str().map(str::to_owned);
    Ok(number.ok_or("it has no number")?)
}
