//! The work by generated code: a document's client and service, over whatever transport the URL asks for.
use crate::{
    bare_kinesis::{POLL, SHARDS},
    company::{company, look_at},
    watch::{Figures, Watch},
    window::{one_at_a_time, put_all},
};
use anyhow::{Context, ensure};
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tidings::{
    DynTransport, HandlerError, Received, Registry, Router, Server, Service, connect, serve,
    transport::{Ensure, Wanted},
};
use tidings_amqp1::Amqp1Connector;
use tidings_aws::{AwsSettings, KinesisConnector, SnsConnector, SqsConnector};
use tidings_kafka::KafkaConnector;
use tidings_rabbitmq::RabbitConnector;
use tidings_test_nested::{NestedClient, NestedServer, NestedService, Sample, SamplesChannel};
use tidings_test_request_reply::{
    CalculatorClient, Negate, NegatePayload, RequestsChannel, ResultMessage, ResultPayload,
};
use tokio::sync::Notify;

pub(crate) const GRACE: Duration = Duration::from_secs(30);

pub(crate) async fn transport(url: &str, wanted: Wanted) -> anyhow::Result<Arc<dyn DynTransport>> {
    let mut streams = AwsSettings::default();
    streams.poll = POLL;
    let registry = Registry::new()
        .with(Amqp1Connector::default())
        .with(KafkaConnector::default())
        .with(KinesisConnector::new(streams))
        .with(RabbitConnector::default())
        .with(SnsConnector::default())
        .with(SqsConnector::default());
    let (protocol, _) = url.split_once(':').context("the URL has no protocol")?;
    let transport = connect(&Server::new(protocol, url), &registry).await?;
    transport.ensure(&[wanted], Ensure::Create).await?;
    Ok(transport)
}

/// Where samples go; a stream has as many shards as that of the bare client.
fn samples(url: &str) -> Wanted {
    let channel = SamplesChannel::channel();
    Wanted::channel(match url.starts_with("kinesis:") {
        true => channel.with_shards(SHARDS),
        false => channel,
    })
}

pub(crate) async fn publish(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let transport = transport(url, samples(url)).await?;
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
pub(crate) struct Taken(Arc<Count>);

struct Count {
    left: AtomicUsize,
    first: OnceLock<Watch>,
    all: Notify,
}

impl Taken {
    /// Of so many.
    pub(crate) fn of(messages: usize) -> Self {
        Self(Arc::new(Count {
            left: AtomicUsize::new(messages),
            first: OnceLock::new(),
            all: Notify::new(),
        }))
    }

    /// Once a service was given all, and has settled them.
    pub(crate) async fn figures(
        &self,
        service: Service,
        messages: usize,
    ) -> anyhow::Result<Figures> {
        self.0.all.notified().await;
        service.stop(GRACE).await?;
        let watch = self.0.first.get().context("nothing came")?;
        Ok(watch.stop(messages - 1, Vec::new()))
    }
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
    let transport = transport(url, samples(url)).await?;
    let taken = Taken::of(messages);
    let mut router = Router::new();
    NestedServer::new(taken.clone()).register(&mut router);
    let service = serve(transport.clone(), router).await?;
    let figures = taken.figures(service, messages).await?;
    transport.close(GRACE).await?;
    Ok(figures)
}

/// What else the document has is for transports of other kinds.
pub(crate) async fn negate(asked: Received<Negate>) -> Result<ResultMessage, HandlerError> {
    Ok(ResultPayload::new(-asked.payload.value).into())
}

pub(crate) async fn request(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let channel = RequestsChannel::channel();
    let transport = transport(url, Wanted::channel(channel.clone())).await?;
    let mut router = Router::new();
    router.on_request(channel, negate);
    let service = serve(transport.clone(), router).await?;
    let client = CalculatorClient::new(transport.clone());
    let ask = async |value: f64| {
        let reply = client.negate(NegatePayload::new(value)).await?;
        ensure!(reply.payload.value + value == 0.0, "a wrong answer");
        Ok(())
    };
    let figures = one_at_a_time(messages, ask).await?;
    service.stop(GRACE).await?;
    transport.close(GRACE).await?;
    Ok(figures)
}
