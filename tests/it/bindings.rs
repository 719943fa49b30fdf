//! What bindings and policies of a document say to the runtime.
use bindings::{
    BindingsClient, BindingsServer, BindingsService, Job, JobPayload, JobsChannel, NewsChannel,
    NewsFilter, Stop,
};
use serde_json::json;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{Channel, Client, HandlerError, Memory, Message, Received, Router};

#[test]
fn channels_have_the_bindings_of_the_document() {
    let bindings = JobsChannel::channel().bindings;
    let queue = json!({ "is": "queue", "queue": { "name": "jobs", "durable": true } });
    assert_eq!(bindings.of("amqp"), Some(&queue));
    assert_eq!(
        bindings.operation("mqtt", "work"),
        Some(&json!({ "qos": 2 }))
    );
    assert_eq!(
        bindings.message("kafka", "job"),
        Some(&json!({ "schemaIdLocation": "header" }))
    );
    let topic = "weather".parse().unwrap();
    for channel in [NewsChannel { topic }.channel(), NewsFilter::any().channel()] {
        let item = channel.bindings.message("mqtt", "item");
        assert_eq!(item, Some(&json!({ "contentType": "\"#" })));
    }
}

/// Fails, and counts how often.
struct Failing(Arc<AtomicU32>);

impl BindingsService for Failing {
    async fn work(&self, _: Received<Job>) -> Result<(), HandlerError> {
        self.0.fetch_add(1, SeqCst);
        Err(HandlerError::retry("out of order"))
    }

    async fn stop(&self, _: Received<Stop>) -> Result<(), HandlerError> {
        Ok(())
    }
}

#[tokio::test]
async fn services_keep_the_policy_of_the_document() {
    let transport = Arc::new(Memory::new());
    let runs = Arc::new(AtomicU32::new(0));
    let mut router = Router::new();
    BindingsServer::new(Failing(runs.clone())).register(&mut router);
    let service = tidings::serve(transport.clone(), router).await.unwrap();
    let failed = Channel::point_to_point("jobs.failed");
    let mut failed = Client::new(transport.clone())
        .subscribe::<Message>(&failed, None)
        .await
        .unwrap();
    let key = "k".to_owned();
    BindingsClient::new(transport)
        .work(JobPayload::new(key))
        .await
        .unwrap();
    let letter = tokio::time::timeout(Duration::from_secs(5), failed.next()).await;
    let letter = letter.unwrap().unwrap().unwrap();
    assert_eq!(letter.key.as_deref(), Some(&b"k"[..]));
    assert_eq!(runs.load(SeqCst), 2);
    letter.ack().await.unwrap();
    service.stop(Duration::from_secs(5)).await.unwrap();
}
