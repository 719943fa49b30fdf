//! `tidings-bench-generate TYPES read|write order|payment ROUNDS`: one message of 1 KB, so many times.
//!
//! TYPES are `plain` or `plain-keeping`, by serde alone, or generated ones: `dropping` or `keeping` what they do not know, `-rules` those that also check the
//! rules of the document. A payment holds a union. Instructions are counted from outside, as the difference of two runs.
mod generated;
mod plain;
mod texts;

use anyhow::{Context, bail, ensure};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;
use std::hint::black_box;
use tidings::{Message, TypedMessage};

struct Work {
    writes: bool,
    text: Json,
    rounds: usize,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [types, action, message, rounds] = &*arguments else {
        bail!("usage: tidings-bench-generate TYPES read|write order|payment ROUNDS");
    };
    let is_order = message == "order";
    let work = Work {
        writes: action == "write",
        text: if is_order {
            texts::order()
        } else {
            texts::payment()
        },
        rounds: rounds.parse().context("the number of rounds is none")?,
    };
    use generated::{dropping, dropping_rules, keeping, keeping_rules};
    match (&**types, is_order) {
        ("plain", true) => by_serde::<plain::dropping::Order>(&work),
        ("plain", false) => by_serde::<plain::dropping::Payment>(&work),
        ("plain-keeping", true) => by_serde::<plain::keeping::Order>(&work),
        ("plain-keeping", false) => by_serde::<plain::keeping::Payment>(&work),
        ("dropping", true) => by_tidings::<dropping::OrderPlaced>(&work),
        ("dropping", false) => by_tidings::<dropping::OrderPaid>(&work),
        ("dropping-rules", true) => by_tidings::<dropping_rules::OrderPlaced>(&work),
        ("dropping-rules", false) => by_tidings::<dropping_rules::OrderPaid>(&work),
        ("keeping", true) => by_tidings::<keeping::OrderPlaced>(&work),
        ("keeping", false) => by_tidings::<keeping::OrderPaid>(&work),
        ("keeping-rules", true) => by_tidings::<keeping_rules::OrderPlaced>(&work),
        ("keeping-rules", false) => by_tidings::<keeping_rules::OrderPaid>(&work),
        _ => bail!("no types `{types}`"),
    }
}

fn by_serde<T: Serialize + DeserializeOwned>(work: &Work) -> anyhow::Result<()> {
    run(
        work,
        |message| Ok(serde_json::from_slice::<T>(&message.body)?),
        |value| Ok(Message::new(serde_json::to_vec(value)?)),
    )
}

fn by_tidings<M: TypedMessage>(work: &Work) -> anyhow::Result<()> {
    run(
        work,
        |message| Ok(M::decode(message)?),
        |value| Ok(value.encode()?),
    )
}

fn run<T>(
    work: &Work,
    read: impl Fn(&Message) -> anyhow::Result<T>,
    write: impl Fn(&T) -> anyhow::Result<Message>,
) -> anyhow::Result<()> {
    let message = Message::new(work.text.to_string());
    let value = read(&message)?;
    let written: Json = serde_json::from_slice(&write(&value)?.body)?;
    ensure!(written == work.text, "it was written otherwise: {written}");
    for _ in 0..work.rounds {
        if work.writes {
            drop(black_box(write(black_box(&value))?));
        } else {
            drop(black_box(read(black_box(&message))?));
        }
    }
    Ok(())
}
