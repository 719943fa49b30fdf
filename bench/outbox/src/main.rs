//! `tidings-bench-outbox SHAPE POSTGRES [COUNT] [RABBITMQ]`: one shape of work at an outbox in PostgreSQL, once, in a database of its own
//! that is dropped then. POSTGRES and RABBITMQ are URLs.
//!
//! - `polling`, `tailing`: a relay publishes COUNT events of 300 bytes, each committed by itself while it was held, to what takes them at
//!   once, in this process; or to a queue of RabbitMQ.
//! - `debezium`: the same by Debezium's engine from the log, to what counts them in its process; `TIDINGS_BENCH_DEBEZIUM` is its class path.
//! - `naive`: the same to RabbitMQ by who selects rows, publishes one after the other and marks each as published.
//! - `polling-latency`, `tailing-latency`: COUNT events, 100 a second, from when the commit is asked for to when they are taken.
//! - `business`, `business-outbox`: COUNT transactions of a service, one after the other, without and with an event.
//! - `pipelined`, `pipelined-outbox`, `pipelined-inbox`: the same by `tokio-postgres`, without and with an event, and with a note of a
//!   message that was received.
//! - `handler`, `handler-inbox`: a service handles COUNT messages in transactions of its own, or in those of the layer `Transactional`.
//!
//! Prints events, or transactions, a second, microseconds of CPU of this process for each, and the median and the 99th percentile of how
//! long each took in microseconds; 0 where that is not asked.
mod database;
mod debezium;
mod gate;
mod handlers;
mod latency;
mod naive;
mod pipelined;
mod relay;
mod sink;
#[path = "../../brokers/src/watch.rs"]
mod watch;
mod writers;

use anyhow::{Context, bail};
use database::Database;
use pipelined::Beside;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |at: usize| arguments.get(at).map(String::as_str);
    let shape = argument(0).context("which shape?")?;
    let url = argument(1).context("the URL of which PostgreSQL?")?;
    let count = argument(2).unwrap_or("1000").parse();
    let count: usize = count.context("the count is no number")?;
    let database = Database::new(url).await?;
    let figures = run(&database, shape, count, argument(3)).await;
    database.drop().await?;
    print(&figures?)
}

async fn run(
    database: &Database,
    shape: &str,
    count: usize,
    rabbitmq: Option<&str>,
) -> anyhow::Result<String> {
    let figures = match shape {
        "polling" => relay::drain(database, database.polling(), count, rabbitmq).await,
        "tailing" => relay::drain(database, database.tailing()?, count, rabbitmq).await,
        "debezium" => return debezium::drain(database, count).await,
        "naive" => naive::drain(database, count, rabbitmq.context("which RabbitMQ?")?).await,
        "polling-latency" => latency::measure(database, database.polling(), count).await,
        "tailing-latency" => latency::measure(database, database.tailing()?, count).await,
        "business" => writers::write(database, count, false).await,
        "business-outbox" => writers::write(database, count, true).await,
        "pipelined" => pipelined::write(database, count, Beside::Nothing).await,
        "pipelined-outbox" => pipelined::write(database, count, Beside::Tells).await,
        "pipelined-inbox" => pipelined::write(database, count, Beside::Receives).await,
        "handler" => handlers::handle(database, count, false).await,
        "handler-inbox" => handlers::handle(database, count, true).await,
        other => bail!("no shape `{other}`"),
    };
    Ok(figures?.to_string())
}

fn print(figures: &str) -> anyhow::Result<()> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{figures}")?;
    Ok(())
}
