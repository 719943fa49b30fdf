//! `tidings-bench-runtime SHAPE MESSAGES [LANES] [KEYS] [THREADS]`: one shape of work in process, once.
//!
//! - `publish`: publishes only. Taken off the others, what is left is receiving.
//! - `consume`: LANES handlers at a time, over KEYS keys; 0 keys are messages without one.
//! - `order`: the same, each handler giving way once; says how often a key went back.
//! - `retry`: as `order`, with every tenth message of a key failing once.
//! - `slow`: as `consume`, each handler taking 2 ms; says how often a key went back.
//! - `stall`: as `consume`, the first message of key 0 waiting for a second; says how many are handled in half of one.
//! - `request`: requests and replies, one after the other.
//! - `start`: what `request` does without any request.
//!
//! Prints messages a second. Instructions are counted from outside, as the difference of two runs.
mod handlers;
mod messages;

use anyhow::{Context, bail};
use handlers::Seen;
use messages::{Answer, Number};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tidings::{
    Channel, Client, DynTransport, Memory, Received, Router, memory::MemorySettings, serve,
};

struct Work {
    shape: String,
    messages: u32,
    lanes: usize,
    keys: u32,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, or: u32| {
        let given = arguments.get(at).map(|text| text.parse());
        given.unwrap_or(Ok(or)).context("a number is none")
    };
    let work = Work {
        shape: arguments.first().context("which shape?")?.clone(),
        messages: number(1, 100_000)?,
        lanes: usize::try_from(number(2, 64)?)?,
        keys: number(3, 0)?,
    };
    let runtime = match number(4, 1)? {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    }
    .worker_threads(usize::try_from(number(4, 1)?)?)
    .enable_all()
    .build()?;
    let outcome = runtime.block_on(run(&work));
    // What goes with the program is no cost of a message: `malloc` joins all that was freed then, or not, by where the heap ends.
    std::mem::forget(runtime);
    outcome
}

async fn run(work: &Work) -> anyhow::Result<()> {
    let settings = MemorySettings::default()
        .with_queue_messages(10_000_000)
        .with_queue_bytes(8 << 30);
    let transport: Arc<dyn DynTransport> = Arc::new(Memory::with_settings(settings));
    match &*work.shape {
        "request" => ask(transport, work.messages).await,
        "start" => ask(transport, 0).await,
        "publish" => {
            publish(transport.clone(), work).await?;
            // What is only published is not freed either.
            std::mem::forget(transport);
            Ok(())
        }
        "consume" | "order" | "retry" | "slow" | "stall" => {
            publish(transport.clone(), work).await?;
            consume(transport, work).await
        }
        other => bail!("no shape `{other}`"),
    }
}

fn channel() -> Channel {
    Channel::point_to_point("numbers")
}

async fn publish(transport: Arc<dyn DynTransport>, work: &Work) -> anyhow::Result<()> {
    let (client, channel, begin) = (Client::new(transport), channel(), Instant::now());
    for number in 0..work.messages {
        let keys = work.keys.max(1);
        let (key, seq) = (number % keys, number / keys);
        let is_keyed = work.keys > 0;
        let number = Number { key, seq, is_keyed };
        client.send(&channel, &number).await?;
    }
    report("published", work.messages, begin)
}

async fn consume(transport: Arc<dyn DynTransport>, work: &Work) -> anyhow::Result<()> {
    let seen = Arc::new(Seen::new(work.messages));
    let mut router = Router::new();
    router.concurrency(work.lanes);
    match &*work.shape {
        "consume" => handlers::count(&mut router, channel(), &seen),
        "stall" => handlers::stall(&mut router, channel(), &seen),
        "slow" => handlers::wait(&mut router, channel(), &seen),
        shape => handlers::order(&mut router, channel(), &seen, shape == "retry"),
    }
    let begin = Instant::now();
    let service = serve(transport.clone(), router).await?;
    if work.shape == "stall" {
        tokio::time::sleep(Duration::from_millis(500)).await;
        print(&format!("{} handled while one key waits", seen.handled()))?;
    }
    seen.all().await;
    report("handled", work.messages, begin)?;
    if let Some(back) = seen.steps_back() {
        print(&format!("{back} steps back"))?;
    }
    if work.shape == "consume" {
        std::mem::forget((service, transport));
        return Ok(());
    }
    service.stop(Duration::from_secs(5)).await?;
    Ok(())
}

async fn ask(transport: Arc<dyn DynTransport>, requests: u32) -> anyhow::Result<()> {
    let mut router = Router::new();
    router.on_request(channel(), async |number: Received<Number>| {
        Ok(Answer {
            seq: number.seq + number.key,
        })
    });
    let service = serve(transport.clone(), router).await?;
    let client = Client::new(transport);
    let (channel, limit, begin) = (channel(), Duration::from_secs(5), Instant::now());
    for seq in 0..requests {
        let answer: Answer = client.request(&channel, &question(seq), limit).await?;
        anyhow::ensure!(answer.seq == seq + 1, "a wrong answer");
    }
    report("asked", requests, begin)?;
    service.stop(Duration::from_secs(5)).await?;
    Ok(())
}

fn question(seq: u32) -> Number {
    Number {
        key: 1,
        seq,
        is_keyed: false,
    }
}

fn report(what: &str, messages: u32, begin: Instant) -> anyhow::Result<()> {
    let rate = f64::from(messages) / begin.elapsed().as_secs_f64();
    print(&format!("{rate:.0} {what} a second"))
}

fn print(line: &str) -> anyhow::Result<()> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}
