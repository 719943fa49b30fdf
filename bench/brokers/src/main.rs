//! `tidings-bench-brokers CLIENT URL SHAPE [MESSAGES]`: one shape of work at a broker, once, by one client.
//!
//! CLIENT is `tidings`, which is generated code over the transport that the URL asks for, or `bare`, the client library that the
//! transport stands on, doing the same: messages with the same properties and bodies, as many under way, the same guarantees.
//!
//! Over topics it is what generated code calls, with the types of generated code, since its document has queues. Bare clients of AWS have 80 messages
//! under way by SQS and SNS, eight requests of ten, and 256 by Kinesis, four of 64, where ours has 256 that each wait for themselves. Streams are
//! read every 10 ms by both, which AWS would refuse; the bare client reads when it waits for something, says how far it is once for each answer, and
//! has no leases, which ours renews and looks at meanwhile; so its requests have the server to themselves.
//!
//! - `publish`: puts MESSAGES into a queue, or a topic, each confirmed; 256 wait for that at a time.
//! - `consume`: handles that many that are there, and settles them.
//! - `request`: requests and replies, one after the other; who asks and who answers are one process.
//! - `place`: makes the queue or topic that RustStream publishes to, which makes none before it receives.
//! - `clear`: leaves nothing of the above at the broker, whichever the client.
//!
//! Prints messages a second, microseconds of CPU a message, and the median and the 99th percentile of how long confirmations or
//! replies took in microseconds; 0 where nothing is waited for. The first message is not counted: it finds connections and places.
mod aws;
mod bare_amqp1;
mod bare_kafka;
mod bare_kinesis;
mod bare_rabbitmq;
mod bare_sns;
mod bare_sqs;
mod company;
mod generated;
mod topics;
mod watch;
mod window;

use anyhow::{Context, bail};
use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering::Relaxed},
};
use uuid::Uuid;
use watch::Figures;

/// Most messages that wait for their confirmation.
const UNDER_WAY: usize = 256;
/// What a receiver takes ahead: as many as a service of the runtime does.
const AHEAD: u16 = 256 + 4096;

/// Where RustStream publishes to.
const PLACE: &str = "samples.ruststream";

/// An id as a message of the bare clients has one: as cheap as may be, and another for each.
fn fresh_id() -> String {
    static BASE: OnceLock<Uuid> = OnceLock::new();
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = u128::from(NEXT.fetch_add(1, Relaxed));
    let base = BASE.get_or_init(Uuid::now_v7).as_u128();
    Uuid::from_u128(base.wrapping_add(number)).to_string()
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |at: usize| arguments.get(at).map(String::as_str);
    let client = argument(0).context("which client? `tidings` or `bare`")?;
    let url = argument(1).context("the URL of which broker?")?;
    let messages = argument(3).unwrap_or("10000").parse();
    let messages: usize = messages.context("the number of messages is none")?;
    let kafka = url.strip_prefix("kafka://");
    if client == "bare" && url.starts_with("amqp1:") {
        return at_activemq(url, argument(2), messages).await;
    }
    if client == "bare" && url.starts_with("sqs:") {
        return at_sqs(url, argument(2), messages).await;
    }
    if url.starts_with("sns:") {
        return at_sns(client, url, argument(2), messages).await;
    }
    if client == "bare" && url.starts_with("kinesis:") {
        return at_kinesis(url, argument(2), messages).await;
    }
    let figures = match (client, kafka, argument(2)) {
        ("tidings", _, Some("publish")) => generated::publish(url, messages).await?,
        ("tidings", _, Some("consume")) => generated::consume(url, messages).await?,
        ("tidings", _, Some("request")) => generated::request(url, messages).await?,
        ("bare", Some(host), Some("publish")) => bare_kafka::publish(host, messages).await?,
        ("bare", Some(host), Some("consume")) => bare_kafka::consume(host, messages).await?,
        ("bare", Some(host), Some("request")) => bare_kafka::request(host, messages).await?,
        ("bare", None, Some("publish")) => bare_rabbitmq::publish(url, messages).await?,
        ("bare", None, Some("consume")) => bare_rabbitmq::consume(url, messages).await?,
        ("bare", None, Some("request")) => bare_rabbitmq::request(url, messages).await?,
        (_, Some(host), Some("place")) => return bare_kafka::topic(host, PLACE).await,
        (_, None, Some("place")) => return bare_rabbitmq::place(url, PLACE).await,
        (_, Some(host), Some("clear")) => return bare_kafka::clear(host).await,
        (_, None, Some("clear")) => return bare_rabbitmq::clear(url).await,
        (client, _, shape) => bail!("nothing is called {client:?} {shape:?}"),
    };
    print(&figures)
}

/// By a bare client at either of its brokers.
async fn at_activemq(url: &str, shape: Option<&str>, messages: usize) -> anyhow::Result<()> {
    let figures = match shape {
        Some("publish") => bare_amqp1::publish(url, messages).await?,
        Some("consume") => bare_amqp1::consume(url, messages).await?,
        Some("request") => bare_amqp1::request(url, messages).await?,
        // RustStream knows none of these brokers.
        Some("place") => return Ok(()),
        Some("clear") => return bare_amqp1::clear(url).await,
        shape => bail!("nothing is called {shape:?}"),
    };
    print(&figures)
}

/// By a bare client of queues.
async fn at_sqs(url: &str, shape: Option<&str>, messages: usize) -> anyhow::Result<()> {
    let figures = match shape {
        Some("publish") => bare_sqs::publish(url, messages).await?,
        Some("consume") => bare_sqs::consume(url, messages).await?,
        Some("request") => bare_sqs::request(url, messages).await?,
        // RustStream knows none of them.
        Some("place") => return Ok(()),
        Some("clear") => return bare_sqs::clear(url).await,
        shape => bail!("nothing is called {shape:?}"),
    };
    print(&figures)
}

/// By either client of topics.
async fn at_sns(
    client: &str,
    url: &str,
    shape: Option<&str>,
    messages: usize,
) -> anyhow::Result<()> {
    let figures = match (client, shape) {
        ("tidings", Some("publish")) => topics::publish(url, messages).await?,
        ("tidings", Some("consume")) => topics::consume(url, messages).await?,
        ("tidings", Some("request")) => topics::request(url, messages).await?,
        ("bare", Some("publish")) => bare_sns::publish(url, messages).await?,
        ("bare", Some("consume")) => bare_sns::consume(url, messages).await?,
        ("bare", Some("request")) => bare_sns::request(url, messages).await?,
        // RustStream knows none of them.
        (_, Some("place")) => return Ok(()),
        (_, Some("clear")) => return bare_sns::clear(url).await,
        (client, shape) => bail!("nothing is called {client:?} {shape:?}"),
    };
    print(&figures)
}

/// By a bare client of streams.
async fn at_kinesis(url: &str, shape: Option<&str>, messages: usize) -> anyhow::Result<()> {
    let figures = match shape {
        Some("publish") => bare_kinesis::publish(url, messages).await?,
        Some("consume") => bare_kinesis::consume(url, messages).await?,
        Some("request") => bare_kinesis::request(url, messages).await?,
        // RustStream knows none of them.
        Some("place") => return Ok(()),
        Some("clear") => return bare_kinesis::clear(url).await,
        shape => bail!("nothing is called {shape:?}"),
    };
    print(&figures)
}

fn print(figures: &Figures) -> anyhow::Result<()> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{figures}")?;
    Ok(())
}
