//! What AWS is told of deliveries: in the right order, with patience, and not all at once.
use crate::{Outcome, SECOND, server::Does, server::Server, settings, some};
use serde_json::json;
use tidings::{
    Channel, SubscribeSpec, Transport, Verdict,
    transport::{Settler, Subscription, Token},
};
use tidings_aws::{SqsSubscription, SqsTransport};
use tokio::time::sleep;

/// A subscription with so many deliveries that are out.
async fn out(
    server: &Server,
    count: usize,
) -> Result<(SqsSubscription, Vec<Token>), tidings::BoxError> {
    let mut settings = settings();
    settings.timeout = 3 * SECOND;
    let transport = SqsTransport::connect_with(&server.url("sqs"), settings).await?;
    let spec = SubscribeSpec::new(Channel::point_to_point("orders"));
    let mut subscription = transport.subscribe(&spec).await?;
    for _ in 0..count {
        server.state().queues.put("orders", "a", json!({}), None);
    }
    let all = some(&mut subscription, count).await?;
    assert_eq!(all.len(), count);
    let tokens = all.iter().map(|one| one.token).collect();
    Ok((subscription, tokens))
}

#[tokio::test]
async fn a_release_is_done_after_an_extension() -> Outcome {
    let server = Server::open().await?;
    let (subscription, tokens) = out(&server, 1).await?;
    let settler = subscription.settler();
    server.script("ChangeMessageVisibilityBatch", Does::ActLate(SECOND / 2), 1);
    let extending = settler.extend(&tokens);
    let releasing = async {
        sleep(SECOND / 10).await;
        settler.settle(&[(tokens[0], Verdict::Release)]).await
    };
    let (_, failed) = tokio::join!(extending, releasing);
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(server.state().queues.out("orders"), 0, "others may have it");
    Ok(())
}

#[tokio::test]
async fn a_settlement_that_fails_is_told_with_patience() -> Outcome {
    let server = Server::open().await?;
    let (subscription, tokens) = out(&server, 1).await?;
    server.script(
        "DeleteMessageBatch",
        Does::Fail(400, "ThrottlingException"),
        1000,
    );
    let verdicts = [(tokens[0], Verdict::Ack)];
    let failed = subscription.settler().settle(&verdicts).await;
    assert_eq!(failed.len(), 1);
    let times = server.asked("DeleteMessageBatch").len();
    assert!((3..12).contains(&times), "{times} times in three seconds");
    Ok(())
}

#[tokio::test]
async fn few_requests_are_under_way_at_once() -> Outcome {
    let server = Server::open().await?;
    let (subscription, tokens) = out(&server, 200).await?;
    server.forget();
    server.script(
        "ChangeMessageVisibilityBatch",
        Does::AnswerLate(SECOND / 20),
        1000,
    );
    let failed = subscription.settler().extend(&tokens).await;
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(server.asked("ChangeMessageVisibilityBatch").len(), 20);
    assert!(server.most() <= 8, "{} at once", server.most());
    Ok(())
}

#[tokio::test]
async fn an_entry_that_fails_is_told_again_alone() -> Outcome {
    let server = Server::open().await?;
    let (subscription, tokens) = out(&server, 3).await?;
    server.state().queues.failing = Some(("InternalError", 1));
    let verdicts: Vec<_> = tokens.iter().map(|token| (*token, Verdict::Ack)).collect();
    let failed = subscription.settler().settle(&verdicts).await;
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(server.state().queues.count("orders"), 0);
    let asked = server.asked("DeleteMessageBatch");
    let counts: Vec<_> = asked
        .iter()
        .map(|asked| asked.told["Entries"].as_array().map(Vec::len))
        .collect();
    assert_eq!(counts, [Some(3), Some(1)]);
    Ok(())
}
