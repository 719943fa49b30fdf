//! Queues and topics are made: what AWS does not know yet, and what failed half-way, harms nobody.
use crate::{Outcome, SECOND, queues, server::Does, server::Server, some, topics};
use serde_json::json;
use tidings::{
    Bindings, Channel, ErrorKind, Message, SubscribeSpec, Transport,
    transport::{Ensure, Group, Wanted},
};
use tokio::time::Instant;
use uuid::Uuid;

#[tokio::test]
async fn a_new_group_hears_of_what_is_published_at_once() -> Outcome {
    let server = Server::open().await?;
    server.state().queues.set_after = SECOND;
    let transport = topics(&server).await?;
    let channel = Channel::publish_subscribe("events");
    let one = [Message::new("a")];
    for group in [Group::Shared("billing".into()), Group::Alone] {
        let spec = SubscribeSpec::new(channel.clone()).group(group.clone());
        let mut subscription = transport.subscribe(&spec).await?;
        let deadline = Instant::now() + 5 * SECOND;
        let sent = transport.publish(&channel, &one, deadline).await;
        assert!(sent.iter().all(Result::is_ok), "{sent:?}");
        assert_eq!(some(&mut subscription, 1).await?.len(), 1, "{group:?}");
    }
    Ok(())
}

fn policed(protocol: &str) -> Channel {
    let statement = json!({ "effect": "Deny", "principal": "*", "action": "*:*" });
    let policy = json!({ "statements": [statement] });
    let (kind, told) = match protocol {
        "sqs" => (
            tidings::ChannelKind::PointToPoint,
            json!({ "queue": { "policy": policy } }),
        ),
        _ => (
            tidings::ChannelKind::PublishSubscribe,
            json!({ "policy": policy }),
        ),
    };
    Channel::new(kind, "orders").with_bindings(Bindings::new([(protocol.to_owned(), told)]))
}

#[tokio::test]
async fn a_policy_that_never_came_to_be_is_made_up_for() -> Outcome {
    let server = Server::open().await?;
    let transport = queues(&server).await?;
    server.script(
        "SetQueueAttributes",
        Does::Fail(400, "ThrottlingException"),
        1,
    );
    let wanted = [Wanted::channel(policed("sqs"))];
    let first = transport.ensure(&wanted, Ensure::Create).await;
    assert!(first.is_err(), "it is not as it is told");
    let error = transport.ensure(&wanted, Ensure::Check).await.err();
    assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Conflict));
    transport.ensure(&wanted, Ensure::Create).await?;
    transport.ensure(&wanted, Ensure::Check).await?;
    assert!(server.state().queues.all["orders"].attributes["Policy"].is_string());
    Ok(())
}

#[tokio::test]
async fn a_policy_of_a_topic_that_never_came_to_be_is_made_up_for() -> Outcome {
    let server = Server::open().await?;
    let transport = topics(&server).await?;
    server.script("SetTopicAttributes", Does::Fail(400, "Throttling"), 1);
    let wanted = [Wanted::channel(policed("sns"))];
    assert!(transport.ensure(&wanted, Ensure::Create).await.is_err());
    transport.ensure(&wanted, Ensure::Create).await?;
    let state = server.state();
    let attributes = state.topics.all.values().next().ok_or("there is none")?;
    assert!(attributes["Policy"].is_string());
    Ok(())
}

#[tokio::test]
async fn a_policy_is_there_with_its_queue_and_its_topic() -> Outcome {
    let server = Server::open().await?;
    let (queue, topic) = (queues(&server).await?, topics(&server).await?);
    // What there is tells whose they are.
    let other = [Wanted::channel(Channel::point_to_point("others"))];
    queue.ensure(&other, Ensure::Create).await?;
    let arn = queue
        .subscribe(&SubscribeSpec::new(other[0].channel.clone()))
        .await;
    drop(arn?);
    topic
        .ensure(
            &[Wanted::channel(Channel::publish_subscribe("others"))],
            Ensure::Create,
        )
        .await?;
    queue
        .ensure(&[Wanted::channel(policed("sqs"))], Ensure::Create)
        .await?;
    topic
        .ensure(&[Wanted::channel(policed("sns"))], Ensure::Create)
        .await?;
    assert!(server.asked("SetQueueAttributes").is_empty());
    assert!(server.asked("SetTopicAttributes").is_empty());
    let made = server.asked("CreateQueue");
    let policy = made
        .last()
        .map(|asked| asked.told["Attributes"]["Policy"].clone());
    let policy = policy.and_then(|policy| policy.as_str().map(str::to_owned));
    assert!(policy.is_some_and(|policy| policy.contains("arn:aws:sqs:here:123456789012:orders")));
    Ok(())
}

#[tokio::test]
async fn a_queue_that_is_new_is_waited_for() -> Outcome {
    let server = Server::open().await?;
    server.state().queues.known_after = SECOND;
    let transport = queues(&server).await?;
    let channel = Channel::point_to_point("orders");
    let mut subscription = transport
        .subscribe(&SubscribeSpec::new(channel.clone()))
        .await?;
    let one = [Message::new("a")];
    let sent = transport
        .publish(&channel, &one, Instant::now() + SECOND)
        .await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    assert_eq!(some(&mut subscription, 1).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_receiver_bears_with_a_queue_that_some_of_aws_does_not_know() -> Outcome {
    let server = Server::open().await?;
    let transport = queues(&server).await?;
    let channel = Channel::point_to_point("orders");
    server.script("ReceiveMessage", Does::Fail(400, "QueueDoesNotExist"), 3);
    let mut subscription = transport.subscribe(&SubscribeSpec::new(channel)).await?;
    server.state().queues.put("orders", "a", json!({}), None);
    assert_eq!(some(&mut subscription, 1).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_reply_to_an_inbox_that_is_new_can_be_tried_again() -> Outcome {
    let server = Server::open().await?;
    let transport = queues(&server).await?;
    let old = uuid::Timestamp::from_unix(uuid::NoContext, 1_700_000_000, 0);
    for (id, expected) in [(Uuid::now_v7(), true), (Uuid::new_v7(old), false)] {
        let channel = Channel::replies(format!("tidings-inbox-{id}"));
        let one = [Message::new("a")];
        let mut sent = transport
            .publish(&channel, &one, Instant::now() + SECOND)
            .await;
        let error = sent.remove(0).err().ok_or("there is no queue")?;
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.is_retryable(), expected, "{id}");
    }
    Ok(())
}

#[tokio::test]
async fn what_a_topic_cannot_deliver_goes_where_the_document_says() -> Outcome {
    let server = Server::open().await?;
    let transport = topics(&server).await?;
    let consumer = json!({
        "protocol": "sqs", "endpoint": { "name": "billing" }, "rawMessageDelivery": true,
        "redrivePolicy": { "deadLetterQueue": { "name": "dead" }, "maxReceiveCount": 3 },
    });
    let told = json!({ "operations": { "tell": { "sns": { "consumers": [consumer] } } } });
    let channel =
        Channel::publish_subscribe("events").with_bindings(Bindings::read(&told.to_string()));
    let wanted = [Wanted::channel(channel).group("billing")];
    transport.ensure(&wanted, Ensure::Create).await?;
    transport.ensure(&wanted, Ensure::Check).await?;
    let state = &mut *server.state();
    let (topic, _, attributes) = state.topics.subscriptions.values().next().ok_or("none")?;
    let policy = attributes["RedrivePolicy"].as_str().unwrap_or_default();
    assert!(
        policy.contains("arn:aws:sqs:here:123456789012:dead"),
        "{policy}"
    );
    assert!(state.queues.lets("dead", topic), "it may send there");
    assert!(state.queues.all["billing"].attributes["RedrivePolicy"].is_string());
    Ok(())
}
