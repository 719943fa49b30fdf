//! `tidings message example`: examples of a message, made from its schema.
use anyhow::{Context, bail};
use std::{
    io::{BufWriter, Write},
    path::PathBuf,
};
use tidings_document::{
    api::{Message, SchemaId},
    masked_everywhere, schema_json_with_map,
};
use tidings_schema::{Examples, Schema, examples};

use super::{checker::unusable, find, other};
use crate::{
    Outcome,
    input::{self, Reading},
    output::{self, json, plain},
};

/// Arguments of `tidings message example`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidings message example orders.asyncapi.yaml --message CreateOrder
  tidings message example orders.asyncapi.yaml --message CreateOrder --seed 7 --stream > orders.ndjson

Every example is valid; each alternative of a `oneOf` (of a union of Avro, of a `oneof` of Protobuf) is in one of them. The same seed gives the same examples.
Exit code 1 says that an alternative has no example: nothing fits it, or nothing was found.")]
pub(crate) struct Args {
    /// Document that describes the message; `-` is standard input
    #[arg(value_name = "DOC")]
    document: PathBuf,
    /// Name, key, or JSON pointer of the message
    #[arg(long, value_name = "NAME")]
    message: String,
    /// Another number gives other examples
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Examples of the headers instead of the payload
    #[arg(long)]
    headers: bool,
    /// Print one example a line
    #[arg(long)]
    stream: bool,
    #[command(flatten)]
    reading: Reading,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let opened = input::open(&args.document, &args.reading)?;
    let (checked, api) = opened.read();
    let Some(api) = api else {
        output::text::print_talk(&checked)?;
        return Ok(Outcome::Findings);
    };
    let message = find::message(&api, &args.message)?;
    if !args.headers {
        let name = message.display_name();
        let other = other::compile(&checked.document, &api, message)
            .with_context(|| format!("`{name}` has no examples"))?;
        if let Some(other) = other {
            let made = other.examples(args.seed);
            print(args, &made)?;
            return warn(&made, Clone::clone);
        }
    }
    let bundle = schema_json_with_map(&api, schema_of(message, args.headers)?);
    let bundle = bundle.with_examples(&api);
    let schema = Schema::self_described(bundle.schema.clone());
    let made = match examples(&schema, args.seed) {
        Ok(made) => made,
        Err(errors) => {
            let reason = |error| unusable(&checked.document, &api, Some(&bundle), error);
            let reasons: Vec<_> = errors.iter().map(reason).collect();
            bail!(
                "the schema of `{}` cannot be used: {}",
                message.display_name(),
                reasons.join("; ")
            )
        }
    };
    print(args, &made)?;
    warn(&made, |pointer| {
        let origin = bundle.origin(pointer);
        let place = origin.map(|(id, rest)| format!("{}{rest}", api[id].pointer));
        place.unwrap_or_else(|| pointer.clone())
    })
}

fn schema_of(message: &Message<'_>, headers: bool) -> anyhow::Result<SchemaId> {
    let name = message.display_name();
    if headers {
        return match message.headers {
            Some(schema) => Ok(schema),
            None => bail!("the headers of `{name}` have no JSON Schema"),
        };
    }
    match &message.payload {
        None => bail!("the payload of `{name}` has no schema"),
        Some(payload) => match payload.schema {
            Some(schema) => Ok(schema),
            None => bail!(
                "the payload of `{name}` is described in `{}`; examples are made from JSON Schema, Avro and Protobuf",
                payload.format_text.map_or("", |format| format.value)
            ),
        },
    }
}

fn print(args: &Args, made: &Examples) -> anyhow::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for value in &made.values {
        let written = match args.stream {
            true => json::line(value)?,
            false => json::render(value)?,
        };
        out.write_all(masked_everywhere(&written).as_bytes())?;
    }
    Ok(out.flush()?)
}

/// Says which alternatives have no example, each by its place.
fn warn(made: &Examples, place: impl Fn(&String) -> String) -> anyhow::Result<Outcome> {
    for place in made.missing.iter().map(place) {
        writeln!(
            anstream::stderr(),
            "warning: no example found for `{}`",
            plain::line(&place)
        )?;
    }
    Ok(if made.missing.is_empty() {
        Outcome::Clean
    } else {
        Outcome::Findings
    })
}
