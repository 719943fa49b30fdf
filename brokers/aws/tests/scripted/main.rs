//! The transports at a server that does as it is told, for what no server of tests does: it is late, it forgets, it fails in part.
mod http;
mod leaving;
mod making;
mod queues;
mod receiving;
mod sending;
mod server;
mod settling;
mod topics;

use server::Server;
use std::time::Duration;
use tidings::{
    BoxError, Result,
    transport::{Event, Incoming, Subscription},
};
use tidings_aws::{AwsSettings, SnsTransport, SqsSubscription, SqsTransport};
use tokio::time::timeout;

/// What a test gives.
type Outcome = std::result::Result<(), BoxError>;

const SECOND: Duration = Duration::from_secs(1);

fn settings() -> AwsSettings {
    let mut settings = AwsSettings::default();
    settings.wait = SECOND;
    settings
}

async fn queues(server: &Server) -> Result<SqsTransport> {
    SqsTransport::connect_with(&server.url("sqs"), settings()).await
}

async fn topics(server: &Server) -> Result<SnsTransport> {
    SnsTransport::connect_with(&server.url("sns"), settings()).await
}

/// The next so many deliveries, asked for by so many at a time, or fewer where no more come.
async fn some(subscription: &mut SqsSubscription, count: usize) -> Result<Vec<Incoming>> {
    let mut all = Vec::new();
    while all.len() < count {
        let next = timeout(3 * SECOND, subscription.next(count - all.len())).await;
        match next {
            Ok(Ok(Event::Deliveries(more))) => all.extend(more),
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(error),
            Err(_) => break,
        }
    }
    Ok(all)
}
