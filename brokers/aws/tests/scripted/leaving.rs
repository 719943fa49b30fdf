//! Queues of one subscription go, whatever becomes of it.
use crate::{Outcome, SECOND, queues, server::Does, server::Server, topics};
use tidings::{Channel, SubscribeSpec, Transport};
use tokio::time::timeout;

#[tokio::test]
async fn what_cannot_be_made_leaves_nothing_behind() -> Outcome {
    let server = Server::open().await?;
    let transport = topics(&server).await?;
    let spec = SubscribeSpec::new(Channel::publish_subscribe("events"));
    server.script("Subscribe", Does::Fail(403, "AuthorizationError"), 5);
    for _ in 0..5 {
        assert!(transport.subscribe(&spec).await.is_err());
    }
    server.script("GetQueueAttributes", Does::Fail(403, "AccessDenied"), 2);
    assert!(transport.inbox(None).await.is_err());
    transport.close(5 * SECOND).await?;
    let left: Vec<_> = server.state().queues.all.keys().cloned().collect();
    assert!(left.is_empty(), "{left:?}");
    Ok(())
}

#[tokio::test]
async fn who_is_called_off_leaves_nothing_behind() -> Outcome {
    let server = Server::open().await?;
    let transport = topics(&server).await?;
    let spec = SubscribeSpec::new(Channel::publish_subscribe("events"));
    server.script("Subscribe", Does::AnswerLate(5 * SECOND), 1);
    let subscribing = timeout(SECOND / 2, transport.subscribe(&spec));
    assert!(subscribing.await.is_err(), "it was called off");
    transport.close(5 * SECOND).await?;
    assert!(server.state().queues.all.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_deletion_is_tried_again() -> Outcome {
    let server = Server::open().await?;
    let transport = queues(&server).await?;
    let inbox = transport.inbox(None).await?;
    server.script("DeleteQueue", Does::Fail(400, "ThrottlingException"), 1);
    drop(inbox);
    transport.close(5 * SECOND).await?;
    assert!(server.state().queues.all.is_empty());
    Ok(())
}
