//! Messages are sent: each has an outcome of its own, and what is large may take its time.
use crate::{Outcome, SECOND, server::Does, server::Server, settings};
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
