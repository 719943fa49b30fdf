//! Examples of a message: the document's own, or else some that are made from its schemas.
use serde::Serialize;
use serde_json::Value;
use tidings_document::{
    Node, Span,
    api::{self, SchemaFormat, SchemaId},
    schema_json_with_map,
};
use tidings_schema::{AvroValidator, Schema, Validator, few_examples};

use super::Ctx;
use crate::{Fault, json, sample};

/// How many are made of a message at most, each of another alternative.
const MADE: usize = 8;

#[derive(Serialize)]
pub(super) struct Example {
    title: String,
    summary: String,
    /// The first one is open.
    expanded: bool,
    /// Whether it was made from the schema.
    made: bool,
    /// How it breaks the schemas of its message.
    faults: Vec<String>,
    headers_html: String,
    payload_html: String,
}

/// Bytes of examples from which on they are not made again where another message has the same payload.
const LONG: usize = 4096;

/// Those that the document gives, or else one of each alternative that the schemas have. Long ones of a payload that is shown elsewhere
/// are there.
pub(super) fn examples<'a>(
    ctx: &Ctx<'a>,
    message: &api::Message<'a>,
    is_elsewhere: bool,
) -> Vec<Example> {
    let mut list: Vec<Example> = match &message.examples[..] {
        [] => {
            let made = made(ctx, message);
            let length: usize = made.iter().map(|found| found.payload_html.len()).sum();
            let is_left = is_elsewhere && length > LONG;
            if is_left { Vec::new() } else { made }
        }
        given => (1..)
            .zip(given)
            .map(|(number, example)| own(ctx, example, name(example, number, given.len())))
            .collect(),
    };
    if let Some(first) = list.first_mut() {
        first.expanded = true;
    }
    list
}

/// What an example is called: by its number where it has no name, and is one of several.
pub(crate) fn name(example: &api::Example<'_>, number: usize, count: usize) -> String {
    match example.name {
        Some(name) => name.value.to_owned(),
        None if count > 1 => format!("Example {number}"),
        None => "Example".to_owned(),
    }
}

fn own(ctx: &Ctx<'_>, example: &api::Example<'_>, title: String) -> Example {
    let html = |node: Option<&Node>| node.map(|node| json::markup(&node.to_json()));
    Example {
        title,
        summary: example.summary.map_or("", |text| text.value).to_owned(),
        expanded: false,
        made: false,
        faults: faults(ctx, example).map(str::to_owned).collect(),
        headers_html: html(example.headers).unwrap_or_default(),
        payload_html: html(example.payload).unwrap_or_default(),
    }
}

/// How an example that the document gives breaks the schemas of its message.
pub(crate) fn faults<'c>(
    ctx: &Ctx<'c>,
    example: &api::Example<'_>,
) -> impl Iterator<Item = &'c str> {
    let parts = [Some(example.node), example.payload, example.headers];
    let is_about = move |fault: &&Fault| {
        let mut parts = parts.iter().flatten();
        parts.any(|node| holds(node.span, fault.span))
    };
    let faults = ctx.faults.iter().filter(is_about);
    faults.map(|fault| fault.message.as_str())
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
}

fn made<'a>(ctx: &Ctx<'a>, message: &api::Message<'a>) -> Vec<Example> {
    let headers = message.headers.map(|schema| of_schema(ctx, schema));
    let headers = headers.and_then(|made| made.into_iter().next());
    let headers_html = headers.as_ref().map(json::markup).unwrap_or_default();
    let payloads = of_message(ctx, message);
    let payloads: Vec<String> = payloads.iter().map(json::markup).collect();
    let example = |number: usize, payload: &str| Example {
        title: match payloads.len() {
            0 | 1 => "Example".to_owned(),
            _ => format!("Example {number}"),
        },
        summary: String::new(),
        expanded: false,
        made: true,
        faults: Vec::new(),
        headers_html: headers_html.clone(),
        payload_html: payload.to_owned(),
    };
    match payloads.is_empty() {
        true if headers_html.is_empty() => Vec::new(),
        true => vec![example(1, "")],
        false => (1..)
            .zip(&payloads)
            .map(|(number, html)| example(number, html))
            .collect(),
    }
}

/// Payloads that a message may have.
pub(crate) fn of_message<'a>(ctx: &Ctx<'a>, message: &api::Message<'a>) -> Vec<Value> {
    let Some(payload) = &message.payload else {
        return Vec::new();
    };
    let made = match (payload.schema, payload.format) {
        (Some(schema), _) => return of_schema(ctx, schema),
        (None, SchemaFormat::Avro) => {
            let schema = ctx.avro.schema(payload).to_json();
            let validator = AvroValidator::compile(&schema).ok();
            validator.map(|validator| validator.examples(0))
        }
        _ => {
            let validator = ctx.protobuf.payload(ctx.api, message);
            validator.map(|validator| validator.examples(0))
        }
    };
    let values = made.map(|made| made.values).unwrap_or_default();
    values.into_iter().take(MADE).collect()
}

/// Values that keep a schema, which are made once. What is plain needs no validator, which takes longer than all else that a page does.
fn of_schema(ctx: &Ctx<'_>, schema: SchemaId) -> Vec<Value> {
    if let Some(value) = sample::sample(ctx.api, schema) {
        return vec![value];
    }
    let mut known = ctx.made.borrow_mut();
    let values = known.entry(schema).or_insert_with(|| searched(ctx, schema));
    values.clone()
}

fn searched(ctx: &Ctx<'_>, schema: SchemaId) -> Vec<Value> {
    let schema = Schema::self_described(
        schema_json_with_map(ctx.api, schema)
            .with_examples(ctx.api)
            .schema,
    );
    let Ok(validator) = Validator::compile(&schema) else {
        return Vec::new();
    };
    few_examples(&schema, &validator, 0, MADE).unwrap_or_default()
}
