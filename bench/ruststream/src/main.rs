//! `tidings-bench-ruststream SHAPE MESSAGES [LANES] [KEYS]`: what RustStream costs a message over its memory broker. Shapes and
//! arguments are those of `tidings-bench-runtime`, messages are written and read by the same library as there.
//!
//! - `publish`: publishes only. Taken off the other, what is left is receiving.
//! - `consume`: one handler at a time, LANES at once in any order (no keys), or LANES that keep the order of KEYS keys.
//! - `request`: requests and replies, one after the other.
use anyhow::{Context as _, bail, ensure};
use ruststream::{
    OutgoingMessage,
    memory::{PARTITION_KEY_HEADER, prelude::*},
    runtime::{Outgoing as Sent, PublishContext},
};
use serde::{Deserialize, Serialize};
use std::{
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::sync::Notify;

#[derive(Serialize, Deserialize)]
struct Number {
    key: u32,
    seq: u32,
}

#[derive(Serialize, Deserialize, Outgoing)]
struct Answer {
    seq: u32,
}

struct Work {
    messages: u32,
    lanes: NonZeroUsize,
    keys: u32,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, or: u32| {
        let given = arguments.get(at).map(|text| text.parse());
        given.unwrap_or(Ok(or)).context("a number is none")
    };
    let work = Work {
        messages: number(1, 100_000)?,
        lanes: usize::try_from(number(2, 64)?)?.try_into()?,
        keys: number(3, 0)?,
    };
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build()?;
    let outcome = match arguments.first().map(String::as_str) {
        Some("publish") => runtime.block_on(consume(&work, false)),
        Some("consume") => runtime.block_on(consume(&work, true)),
        Some("request") => runtime.block_on(ask(work.messages)),
        other => bail!("no shape {other:?}"),
    };
    // What goes with the program is no cost of a message.
    std::mem::forget(runtime);
    outcome
}

/// Counts what it gets, and tells when that is all.
#[derive(Clone)]
struct Seen(Arc<(AtomicU32, Notify)>);

impl Handle<Number> for Seen {
    async fn handle(
        &self,
        number: &Number,
        _: &(),
        _: &mut Context<'_>,
    ) -> Result<(), HandlerOutcome> {
        std::hint::black_box((number.key, number.seq));
        let (left, all) = &*self.0;
        if left.fetch_sub(1, Relaxed) == 1 {
            all.notify_one();
        }
        Ok(())
    }
}

/// Nothing is handled until all is published: on one thread, publishing gives way to nobody.
async fn consume(work: &Work, handles: bool) -> anyhow::Result<()> {
    let seen = Seen(Arc::new((AtomicU32::new(work.messages), Notify::new())));
    let broker = MemoryBroker::new();
    let publisher = broker.publisher();
    let app = RustStream::new(AppInfo::new("bench", "0")).with_broker(broker, |broker| {
        let handler = subscriber("numbers", seen.clone());
        if work.lanes.get() == 1 {
            broker.include(handler.build());
        } else if work.keys == 0 {
            broker.include(handler.workers(work.lanes).build());
        } else {
            broker.include(handler.workers_by_key(work.lanes).build());
        }
    });
    let running = app.start().await?;
    for number in 0..work.messages {
        let keys = work.keys.max(1);
        let (key, seq) = (number % keys, number / keys);
        let body = serde_json::to_vec(&Number { key, seq })?;
        let mut message = OutgoingMessage::new("numbers", &body);
        if work.keys > 0 {
            let mut headers = HeaderMap::new();
            headers.insert(PARTITION_KEY_HEADER, key.to_string());
            message = message.with_headers(headers);
        }
        publisher.publish(message, None).await?;
    }
    if handles {
        seen.0.1.notified().await;
    }
    // What is only published is not freed either.
    std::mem::forget(running);
    Ok(())
}

#[subscriber("numbers", reply("nowhere"))]
async fn answer(number: &Number) -> Answer {
    Answer {
        seq: number.seq + number.key,
    }
}

/// Sends a reply where its request asks for it.
struct Back;

impl<C, Options> PublishTransform<ForReply<C>, Options> for Back {
    type Destination = Names;

    fn apply(
        &self,
        reply: &mut Sent<'_>,
        _: &mut Option<Options>,
        request: &PublishContext<'_, C>,
    ) {
        let to = request.headers().get_shared("reply-to");
        if let Some(Ok(to)) = to.map(Str::try_from) {
            reply.set_name(to);
        }
    }
}

async fn ask(requests: u32) -> anyhow::Result<()> {
    let broker = MemoryBroker::new();
    let requester = broker.requester();
    let app = RustStream::new(AppInfo::new("bench", "0")).with_broker(broker, |broker| {
        broker.include(answer).out_reply(Publish).transform(Back);
    });
    let running = app.start().await?;
    for seq in 0..requests {
        let question = serde_json::to_vec(&Number { key: 1, seq })?;
        let message = OutgoingMessage::new("numbers", &question);
        let reply = requester.request(message, Duration::from_secs(5)).await?;
        let reply: Answer = serde_json::from_slice(reply.payload())?;
        ensure!(reply.seq == seq + 1, "a wrong answer");
    }
    std::mem::forget(running);
    Ok(())
}
