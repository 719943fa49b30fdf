//! `tidings-bench-ruststream-brokers ruststream URL SHAPE [MESSAGES]`: what RustStream costs a message over real brokers. Arguments,
//! shapes and what is printed are those of `tidings-bench-brokers`, whose settings are asked for where there are such.
//!
//! Over Kafka there is no `request`, which RustStream does not have there.
#[path = "../../brokers/src/company.rs"]
mod company;
mod kafka;
mod rabbitmq;
#[path = "../../brokers/src/watch.rs"]
mod watch;

use anyhow::{Context as _, bail};
use company::{company, look_at};
use futures_util::{StreamExt, TryStreamExt, stream};
use ruststream::{OutgoingMessage, Publisher, prelude::*};
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Instant,
};
use tidings_test_nested::Company;
use tokio::sync::Notify;
use watch::{Figures, Watch};

const SAMPLES: &str = "samples.ruststream";
const REQUESTS: &str = "calculator.requests.ruststream";
/// Most messages that wait for their confirmation.
const UNDER_WAY: usize = 256;
/// How many handlers run at a time, and what is taken ahead: as a service of Tidings has it.
const AT_A_TIME: usize = 64;
const AHEAD: u16 = 256 + 4096;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    let argument = |at: usize| arguments.get(at).map(String::as_str);
    let url = argument(0).context("the URL of which broker?")?;
    let messages = argument(2).unwrap_or("10000").parse();
    let messages: usize = messages.context("the number of messages is none")?;
    let figures = match (url.strip_prefix("kafka://"), argument(1)) {
        (Some(host), Some("publish")) => kafka::publish(host, messages).await?,
        (Some(host), Some("consume")) => kafka::consume(host, messages).await?,
        (None, Some("publish")) => rabbitmq::publish(url, messages).await?,
        (None, Some("consume")) => rabbitmq::consume(url, messages).await?,
        (None, Some("request")) => rabbitmq::request(url, messages).await?,
        (_, shape) => bail!("there is no shape {shape:?}"),
    };
    println!("{figures}");
    // What is left would only be closed.
    std::process::exit(0)
}

async fn publish_all(publisher: &impl Publisher, messages: usize) -> anyhow::Result<Figures> {
    put(publisher, 0).await?;
    let watch = Watch::begin();
    let send = |number| async move {
        let begun = Instant::now();
        put(publisher, number).await?;
        anyhow::Ok(begun.elapsed())
    };
    let sent = stream::iter(1..messages).map(send).buffered(UNDER_WAY);
    let waits = sent.try_collect().await?;
    Ok(watch.stop(messages - 1, waits))
}

async fn put(publisher: &impl Publisher, number: usize) -> anyhow::Result<()> {
    let body = serde_json::to_vec(&company(number))?;
    let message = OutgoingMessage::new(SAMPLES, &body);
    let sent = publisher.publish(message, None).await;
    sent.map_err(|error| anyhow::anyhow!("{error}"))
}

/// Counts what it gets, and tells when that is all.
#[derive(Clone)]
struct Seen(Arc<Count>);

struct Count {
    left: AtomicUsize,
    first: OnceLock<Watch>,
    all: Notify,
}

impl Seen {
    fn new(messages: usize) -> Self {
        Self(Arc::new(Count {
            left: AtomicUsize::new(messages),
            first: OnceLock::new(),
            all: Notify::new(),
        }))
    }

    async fn figures(&self, messages: usize) -> anyhow::Result<Figures> {
        self.0.all.notified().await;
        let watch = self.0.first.get().context("nothing came")?;
        Ok(watch.stop(messages - 1, Vec::new()))
    }
}

impl Handle<Company> for Seen {
    async fn handle(
        &self,
        company: &Company,
        _: &(),
        _: &mut Context<'_>,
    ) -> Result<(), HandlerOutcome> {
        look_at(company);
        self.0.first.get_or_init(Watch::begin);
        if self.0.left.fetch_sub(1, Relaxed) == 1 {
            self.0.all.notify_one();
        }
        Ok(())
    }
}
