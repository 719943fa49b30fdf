//! Messages are sent: each has an outcome of its own, and what is large may take its time.
use crate::{Outcome, SECOND, server::Does, server::Server, settings};
use futures_util::future::join_all;
use tidings::{
    Channel, Message, Transport,
    transport::{Ensure, Wanted},
};
use tidings_aws::SqsTransport;
use tokio::time::Instant;

async fn transport(server: &Server) -> tidings::Result<(SqsTransport, Channel)> {
    let mut settings = settings();
    settings.timeout = SECOND;
    let transport = SqsTransport::connect_with(&server.url("sqs"), settings).await?;
    let channel = Channel::point_to_point("orders");
    let wanted = [Wanted::channel(channel.clone())];
    transport.ensure(&wanted, Ensure::Create).await?;
    Ok((transport, channel))
}

#[tokio::test]
async fn what_is_large_may_take_longer() -> Outcome {
    let server = Server::open().await?;
    let (transport, channel) = transport(&server).await?;
    server.script("SendMessageBatch", Does::ActLate(2 * SECOND), 8);
    let batch = vec![Message::new("x".repeat(700 << 10)); 8];
    let sent = transport
        .publish(&channel, &batch, Instant::now() + 60 * SECOND)
        .await;
    assert!(sent.iter().all(Result::is_ok), "{:?}", sent[0]);
    Ok(())
}

#[tokio::test]
async fn what_is_published_at_once_goes_together() -> Outcome {
    let server = Server::open().await?;
    let (transport, channel) = transport(&server).await?;
    let before = server.asked("SendMessageBatch").len();
    let one = async |number: usize| {
        let batch = [Message::new(number.to_string())];
        let deadline = Instant::now() + 60 * SECOND;
        transport.publish(&channel, &batch, deadline).await
    };
    let sent = join_all((0..200).map(one)).await;
    assert!(sent.iter().flatten().all(Result::is_ok));
    assert_eq!(server.state().queues.count("orders"), 200);
    let requests = server.asked("SendMessageBatch").len() - before;
    assert!(requests <= 8 + 20, "{requests} requests");
    Ok(())
}

#[tokio::test]
async fn an_entry_fails_alone() -> Outcome {
    let server = Server::open().await?;
    let (transport, channel) = transport(&server).await?;
    server.state().queues.failing = Some(("InternalError", 1));
    let batch = ["a", "b", "c"].map(Message::new);
    let sent = transport
        .publish(&channel, &batch, Instant::now() + SECOND)
        .await;
    let told = sent
        .iter()
        .map(|one| one.as_ref().err().map(tidings::Error::is_ambiguous));
    assert_eq!(told.collect::<Vec<_>>(), [Some(true), None, None]);
    assert_eq!(server.state().queues.count("orders"), 2);
    Ok(())
}
