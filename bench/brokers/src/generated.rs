//! The work by generated code: a document's client and service, over whatever transport the URL asks for.
use crate::{
    company::{company, look_at},
    watch::{Figures, Watch},
    window::put_all,
};
use anyhow::{Context, ensure};
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tidings::{
    Channel, DynTransport, HandlerError, Received, Registry, Router, Server, connect, serve,
    transport::{Ensure, Wanted},
};
use tidings_amqp1::Amqp1Connector;
use tidings_aws::SqsConnector;
use tidings_kafka::KafkaConnector;
use tidings_rabbitmq::RabbitConnector;
use tidings_test_nested::{NestedClient, NestedServer, NestedService, Sample, SamplesChannel};
use tidings_test_request_reply::{
    CalculatorClient, Negate, NegatePayload, RequestsChannel, ResultMessage, ResultPayload,
};
use tokio::sync::Notify;

const GRACE: Duration = Duration::from_secs(30);

async fn transport(url: &str, channel: Channel) -> anyhow::Result<Arc<dyn DynTransport>> {
    let registry = Registry::new()
        .with(Amqp1Connector::default())
        .with(KafkaConnector::default())
        .with(RabbitConnector::default())
        .with(SqsConnector::default());
    let (protocol, _) = url.split_once(':').context("the URL has no protocol")?;
    let transport = connect(&Server::new(protocol, url), &registry).await?;
    let wanted = [Wanted::channel(channel)];
    transport.ensure(&wanted, Ensure::Create).await?;
    Ok(transport)
}

pub(crate) async fn publish(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let transport = transport(url, SamplesChannel::channel()).await?;
    let client = NestedClient::new(transport.clone());
    client.take_sample(company(0)).await?;
    let watch = Watch::begin();
    let put = async |number| Ok(client.take_sample(company(number)).await?);
    let waits = put_all(messages, put).await?;
    let figures = watch.stop(messages - 1, waits);
    transport.close(GRACE).await?;
    Ok(figures)
}

/// Counts what it is given.
#[derive(Clone)]
struct Taken(Arc<Count>);

struct Count {
    left: AtomicUsize,
    first: OnceLock<Watch>,
    all: Notify,
}

impl NestedService for Taken {
    async fn take_sample(&self, sample: Received<Sample>) -> Result<(), HandlerError> {
        look_at(&sample.payload);
        self.0.first.get_or_init(Watch::begin);
        if self.0.left.fetch_sub(1, Relaxed) == 1 {
            self.0.all.notify_one();
        }
        Ok(())
    }
}

pub(crate) async fn consume(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let transport = transport(url, SamplesChannel::channel()).await?;
    let taken = Taken(Arc::new(Count {
        left: AtomicUsize::new(messages),
        first: OnceLock::new(),
        all: Notify::new(),
    }));
    let mut router = Router::new();
    NestedServer::new(taken.clone()).register(&mut router);
    let service = serve(transport.clone(), router).await?;
    taken.0.all.notified().await;
    // All is settled then.
    service.stop(GRACE).await?;
    let watch = taken.0.first.get().context("nothing came")?;
    let figures = watch.stop(messages - 1, Vec::new());
    transport.close(GRACE).await?;
    Ok(figures)
}

/// What else the document has is for transports of other kinds.
async fn negate(asked: Received<Negate>) -> Result<ResultMessage, HandlerError> {
    Ok(ResultPayload::new(-asked.payload.value).into())
}

pub(crate) async fn request(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let transport = transport(url, RequestsChannel::channel()).await?;
    let mut router = Router::new();
    router.on_request(RequestsChannel::channel(), negate);
    let service = serve(transport.clone(), router).await?;
    let client = CalculatorClient::new(transport.clone());
    client.negate(NegatePayload::new(0.0)).await?;
    let watch = Watch::begin();
    let mut waits = Vec::with_capacity(messages);
    let numbers = std::iter::successors(Some(1.0), |number| Some(number + 1.0));
    for value in numbers.take(messages - 1) {
        let begun = Instant::now();
        let reply = client.negate(NegatePayload::new(value)).await?;
        waits.push(begun.elapsed());
        ensure!(reply.payload.value + value == 0.0, "a wrong answer");
    }
    let figures = watch.stop(messages - 1, waits);
    service.stop(GRACE).await?;
    transport.close(GRACE).await?;
    Ok(figures)
}
