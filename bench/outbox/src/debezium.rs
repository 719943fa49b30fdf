//! Debezium's engine, that reads the same events of the same log to a program that counts them.
use crate::{database::Database, relay::TAILS};
use anyhow::Context;
use std::{process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::Command,
    time::timeout,
};

/// What is run, by the source of it.
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/debezium/Events.java");

/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(100);

/// Only what is written is to be told, as our relay has it.
const PUBLICATION: &str =
    "create publication bench for table tidings_outbox with (publish = 'insert')";

/// What the program says of itself. It is held, as a relay is, until all is committed.
pub(crate) async fn drain(database: &Database, count: usize) -> anyhow::Result<String> {
    let classes = std::env::var("TIDINGS_BENCH_DEBEZIUM").context("where is Debezium?")?;
    database.execute(PUBLICATION).await?;
    let mut engine = Command::new("java")
        .args(["-Xmx512m", "-cp", &classes, PROGRAM])
        .args(database.place())
        .arg(count.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("java")?;
    let mut to = engine.stdin.take().context("it hears nothing")?;
    let from = engine.stdout.take().context("it says nothing")?;
    let mut said = BufReader::new(from).lines();
    let run = async {
        database.until("select exists (select from pg_replication_slots where database = current_database() and active)").await?;
        database.until(TAILS).await?;
        database.fill(1).await?;
        said.next_line().await?.context("it is not ready")?;
        database.fill(count).await?;
        to.write_all(b"\n").await?;
        said.next_line().await?.context("it has not taken all")
    };
    timeout(PATIENCE, run).await.context("it takes too long")?
}
