//! What is asked for, how often, and what becomes of it where AWS fails.
use crate::{Outcome, SECOND, queues, server::Does, server::Server, settings, some};
use serde_json::{Value, json};
use tidings::{
    Channel, SubscribeSpec, Transport,
    transport::{Ensure, Event, Subscription, Wanted},
};
use tidings_aws::SqsTransport;
use tokio::time::{sleep, timeout};

#[tokio::test]
async fn a_lost_answer_is_asked_for_again() -> Outcome {
    let server = Server::open().await?;
    let transport = queues(&server).await?;
    let spec = SubscribeSpec::new(Channel::point_to_point("orders").with_keys());
    let mut subscription = transport.subscribe(&spec).await?;
    server.script("ReceiveMessage", Does::Lose, 1);
    drop(timeout(3 * SECOND, subscription.next(1)).await);
    let asked = server.asked("ReceiveMessage");
    let ids: Vec<&Value> = asked
        .iter()
        .map(|asked| &asked.told["ReceiveRequestAttemptId"])
        .collect();
    assert!(ids[0].is_string() && ids[0] == ids[1], "{ids:?}");
    assert!(ids.len() > 2 && ids[2] != ids[1], "{ids:?}");
    Ok(())
}

#[tokio::test]
async fn an_attempt_that_is_as_old_as_its_lease_is_not_made_again() -> Outcome {
    let server = Server::open().await?;
    let mut settings = settings();
    (settings.lease, settings.timeout) = (Some(2 * SECOND), SECOND);
    let transport = SqsTransport::connect_with(&server.url("sqs"), settings).await?;
    let spec = SubscribeSpec::new(Channel::point_to_point("orders").with_keys());
    let mut subscription = transport.subscribe(&spec).await?;
    // What was in the first answer is anybody's by the time that this is known.
    server.script("ReceiveMessage", Does::AnswerLate(3 * SECOND), 1);
    drop(timeout(4 * SECOND, subscription.next(1)).await);
    let asked = server.asked("ReceiveMessage");
    let ids = [&asked[0], &asked[1]].map(|asked| &asked.told["ReceiveRequestAttemptId"]);
    assert!(ids[0].is_string() && ids[0] != ids[1], "{ids:?}");
    Ok(())
}

#[tokio::test]
async fn an_attempt_that_is_known_no_more_ends_nothing() -> Outcome {
    let server = Server::open().await?;
    let transport = queues(&server).await?;
    let spec = SubscribeSpec::new(Channel::point_to_point("orders").with_keys());
    server.script("ReceiveMessage", Does::Lose, 1);
    server.script(
        "ReceiveMessage",
        Does::Fail(400, "InvalidParameterValue"),
        1,
    );
    let mut subscription = transport.subscribe(&spec).await?;
    drop(timeout(2 * SECOND, subscription.next(1)).await);
    server
        .state()
        .queues
        .put("orders.fifo", "a", json!({}), Some("k"));
    assert_eq!(some(&mut subscription, 1).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn refusals_are_borne_for_a_while() -> Outcome {
    let server = Server::open().await?;
    let transport = queues(&server).await?;
    let mut subscription = transport
        .subscribe(&SubscribeSpec::new(Channel::point_to_point("orders")))
        .await?;
    server.script("ReceiveMessage", Does::Fail(403, "AccessDenied"), 2);
    server.state().queues.put("orders", "a", json!({}), None);
    assert_eq!(some(&mut subscription, 1).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn nobody_hoards() -> Outcome {
    let server = Server::open().await?;
    let transport = queues(&server).await?;
    let spec = SubscribeSpec::new(Channel::point_to_point("orders"));
    let mut first = transport.subscribe(&spec).await?;
    let mut second = transport.subscribe(&spec).await?;
    for _ in 0..10 {
        server.state().queues.put("orders", "a", json!({}), None);
    }
    assert_eq!(some(&mut first, 1).await?.len(), 1);
    sleep(SECOND / 2).await;
    assert_eq!(
        server.state().queues.out("orders"),
        1,
        "the others are anybody's"
    );
    assert_eq!(some(&mut second, 1).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn who_closes_asks_for_nothing_more() -> Outcome {
    let server = Server::open().await?;
    let transport = queues(&server).await?;
    let spec = SubscribeSpec::new(Channel::point_to_point("orders"));
    let mut subscription = transport.subscribe(&spec).await?;
    server.state().queues.put("orders", "a", json!({}), None);
    assert_eq!(some(&mut subscription, 1).await?.len(), 1);
    let closing = transport.close(4 * SECOND);
    let taking = async {
        let mut count = 0;
        while let Ok(event) = subscription.next(1).await {
            count += usize::from(matches!(event, Event::Deliveries(_)));
        }
        count
    };
    let putting = async {
        sleep(SECOND * 2).await;
        server.state().queues.put("orders", "b", json!({}), None);
    };
    let (_, count, ()) = tokio::join!(closing, taking, putting);
    assert_eq!(count, 0, "it is to end");
    Ok(())
}

#[tokio::test]
async fn what_a_process_takes_with_it_comes_again_soon() -> Outcome {
    let server = Server::open().await?;
    let transport = queues(&server).await?;
    let queue = json!({ "queue": { "visibilityTimeout": 43_200 } });
    let channel = Channel::point_to_point("orders");
    let channel = channel.with_bindings(tidings::Bindings::new([("sqs", queue)]));
    transport
        .ensure(&[Wanted::channel(channel.clone())], Ensure::Create)
        .await?;
    let mut subscription = transport.subscribe(&SubscribeSpec::new(channel)).await?;
    drop(timeout(SECOND / 2, subscription.next(1)).await);
    let asked = server.asked("ReceiveMessage");
    assert_eq!(asked[0].told["VisibilityTimeout"], 60);
    assert_eq!(subscription.lease(), Some(60 * SECOND));
    Ok(())
}
