//! Commands with replies, either side played by a program of others.
use super::TRACE;
use crate::{Outcome, Peer, Program, Said, Shop, guide, order};
use orders_api::{CreateOrder, CreateOrderReply, OrderClient};
use serde_json::json;
use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};
use tidings::{Client, Layers, MessageId, Metadata, codegen::Bytes, layers::Traces};

/// How long a reply may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// When the full request of the programs was made, since 1970.
const CREATED: Duration = Duration::from_secs(1_700_000_000);

/// Whoever knows the document, and nothing of our own carriers, is answered.
pub(super) async fn our_service_is_asked(peer: Peer) -> Outcome {
    let mut shop = Shop::open(&peer).await?;
    let mut asking = peer.start("ask", &["plain", "too-many", "full"])?;
    let plain = asking.next().await?;
    is_reply(&peer, &plain, "OrderCreated");
    assert_eq!(plain.json()?, json!({ "orderId": "O-000001" }));
    let seen = shop.saw(&plain).await?;
    assert_eq!((&seen.name, &seen.content_type), (&None, &None));
    assert!(!seen.id.to_text().is_empty());

    let too_many = asking.next().await?;
    is_reply(&peer, &too_many, "OrderRejected");
    let refused = json!({ "reason": "out_of_stock", "sku": "mug-blue" });
    assert_eq!(too_many.json()?, refused);
    shop.saw(&too_many).await?;

    let full = asking.next().await?;
    is_reply(&peer, &full, "OrderCreated");
    assert!(full.headers["traceparent"].contains(TRACE), "{full:?}");
    is_full_request(&shop.saw(&full).await?, &full);
    asking.end().await?;
    shop.close().await
}

fn is_full_request(seen: &Metadata, reply: &Said) {
    assert_eq!(seen.id, MessageId::from("request-1"));
    assert_eq!(seen.name.as_deref(), Some("CreateOrder"));
    assert_eq!(seen.content_type.as_deref(), Some("application/json"));
    assert_eq!(seen.correlation_id.as_deref(), reply.correlation.as_deref());
    assert_eq!(seen.created, UNIX_EPOCH.checked_add(CREATED));
    let text = |bytes: Option<&Bytes>| bytes.map(|text| String::from_utf8_lossy(text).into_owned());
    assert_eq!(text(seen.header("tenant")).as_deref(), Some("acme"));
    assert_eq!(text(seen.key.as_ref()).as_deref(), Some("C-2001"));
}

/// A reply is told apart by the document's header and by the broker's own means.
fn is_reply(peer: &Peer, said: &Said, name: &str) {
    assert_eq!(peer.about(said, "type"), Some(name), "{said:?}");
    assert_eq!(peer.about(said, "content_type"), Some("application/json"));
    let correlation = said.correlation.as_deref();
    assert!(correlation.is_some());
    assert_eq!(peer.about(said, "correlation_id"), correlation);
    assert_eq!(
        said.headers.get("correlationId").map(String::as_str),
        correlation
    );
    assert!(
        peer.about(said, "message_id")
            .is_some_and(|id| id.len() == 36)
    );
    is_in_guide(peer, said);
}

/// What carried the message is in the guide of the broker's crate, but what the document itself says.
fn is_in_guide(peer: &Peer, said: &Said) {
    let known = guide::carriers(peer.broker.guide, CARRIERS);
    for name in own_carriers(peer, said) {
        assert_eq!(known.get(&name), Some(&true), "{name} comes, by the guide");
    }
}

fn own_carriers(peer: &Peer, said: &Said) -> BTreeSet<String> {
    let mut carriers = peer.carriers(said);
    carriers.retain(|name| !["correlationId", "replyTo", "tenant"].contains(&&**name));
    carriers
}

/// The heading of the table in the guide.
const CARRIERS: &str = "What carries what";

/// A service of others that answers by the document's header only, with and without the reply's name.
pub(super) async fn our_client_asks_a_foreign_service(peer: Peer) -> Outcome {
    let mut service = peer.start_and_wait("serve", &[]).await?;
    let client = client(&peer);
    for (quantity, is_created) in [(2, true), (500, false), (3, true)] {
        let request = CreateOrder::new(order(quantity)).with_tenant("acme");
        let correlation = request.headers.correlation_id.to_string();
        let reply = client.create_order(request).timeout(PATIENCE).await?;
        match reply {
            CreateOrderReply::OrderCreated(created) => {
                assert_eq!(created.order_id.to_string(), "O-000042");
                assert!(is_created);
            }
            CreateOrderReply::OrderRejected(_) => assert!(!is_created),
        }
        let said = about(&mut service, Some(&correlation)).await?;
        is_request(&peer, &said, &correlation);
    }
    service.stop().await
}

fn client(peer: &Peer) -> OrderClient {
    let layers = Layers::new().with(Traces::new());
    Client::with_layers(Arc::clone(&peer.transport), layers).into()
}

fn is_request(peer: &Peer, said: &Said, correlation: &str) {
    assert_eq!(peer.about(said, "type"), Some("CreateOrder"), "{said:?}");
    assert_eq!(peer.about(said, "content_type"), Some("application/json"));
    assert_eq!(peer.about(said, "correlation_id"), Some(correlation));
    assert_eq!(said.headers["correlationId"], correlation);
    assert_eq!(said.headers["tenant"], "acme");
    let reply_to = said.headers["replyTo"].as_str();
    assert_eq!(peer.about(said, "reply_to"), Some(reply_to));
    let key = said.key.as_ref().or(said.headers.get("tidings-key"));
    assert_eq!(key.map(String::as_str), Some("C-1007"));
    is_in_guide(peer, said);
}

/// What our service cannot take is answered with the reason where somebody waits, and kept as it came.
pub(super) async fn what_is_wrong_is_answered_and_kept(peer: Peer) -> Outcome {
    let shop = Shop::open(&peer).await?;
    let wrong = [
        ("broken", "rejected", "EOF while parsing"),
        (
            "too-little",
            "rejected",
            "/payload/lines/0/quantity: 0 is less than 1",
        ),
        (
            "unknown",
            "no handler takes it",
            "no handler knows its name",
        ),
        (
            "unfit",
            "no handler takes it",
            "it has no name, and is none of `CreateOrder`, `CancelOrder`",
        ),
    ];
    let mut asking = peer.start("ask", &wrong.map(|(kind, ..)| kind))?;
    let mut letters = None;
    for (kind, reason, error) in wrong {
        let refused = asking.next().await?;
        is_refusal(&peer, &refused, reason);
        // Dead letters have their place from the first on.
        let letters = match &mut letters {
            Some(letters) => letters,
            none => none.insert(peer.start("take", &["orders.commands.dead-letters"])?),
        };
        let letter = about(letters, refused.correlation.as_deref()).await?;
        is_dead_letter(&peer, &letter, reason, error);
        assert_eq!(letter.body == "{", kind == "broken", "{letter:?}");
    }
    asking.end().await?;
    shop.close().await
}

/// The next message about a request; what earlier runs have left is passed over.
async fn about(program: &mut Program, correlation: Option<&str>) -> Outcome<Said> {
    loop {
        let said = program.next().await?;
        if said.headers.get("correlationId").map(String::as_str) == correlation {
            return Ok(said);
        }
    }
}

fn is_refusal(peer: &Peer, said: &Said, reason: &str) {
    assert_eq!(
        (&*said.headers["tidings-refused"], &*said.body),
        (reason, "")
    );
    let correlation = said.correlation.as_deref();
    assert_eq!(peer.about(said, "correlation_id"), correlation);
    assert_eq!(
        said.headers.get("correlationId").map(String::as_str),
        correlation
    );
    assert_eq!(peer.about(said, "type"), None);
    is_in_guide(peer, said);
}

fn is_dead_letter(peer: &Peer, said: &Said, reason: &str, error: &str) {
    let header = |name: &str| said.headers[&format!("tidings-dead-letter-{name}")].as_str();
    assert_eq!(header("reason"), reason);
    assert!(header("error").contains(error), "{said:?}");
    assert_eq!(header("address"), "orders.commands");
    assert_eq!(header("kind"), "point-to-point");
    assert_eq!(header("attempts"), "1");
    is_in_guide(peer, said);
}

/// What the guide's table says to come does, and nothing else.
pub(super) async fn the_guide_names_what_comes(peer: Peer) -> Outcome {
    let mut met = BTreeSet::new();
    let mut service = peer.start_and_wait("serve", &[]).await?;
    let request = CreateOrder::new(order(1));
    let correlation = request.headers.correlation_id.to_string();
    client(&peer)
        .create_order(request)
        .timeout(PATIENCE)
        .await?;
    let request = about(&mut service, Some(&correlation)).await?;
    met.extend(own_carriers(&peer, &request));
    service.stop().await?;

    let shop = Shop::open(&peer).await?;
    let mut asking = peer.start("ask", &["full", "broken"])?;
    let [answered, refused] = [asking.next().await?, asking.next().await?];
    asking.end().await?;
    let mut letters = peer.start("take", &["orders.commands.dead-letters"])?;
    let letter = about(&mut letters, refused.correlation.as_deref()).await?;
    for said in [answered, refused, letter] {
        met.extend(own_carriers(&peer, &said));
    }
    shop.close().await?;
    let comes = guide::carriers(peer.broker.guide, CARRIERS).into_iter();
    let comes: BTreeSet<_> = comes
        .filter_map(|(name, comes)| comes.then_some(name))
        .collect();
    assert_eq!(met, comes);
    Ok(())
}
