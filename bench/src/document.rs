//! Documents of any size in the style of the streetlights examples: valid, every channel with its operation, its message
//! with an example, and its schema.
use anyhow::Context;
use serde_json::{Map, Value as Json, json};
use std::path::Path;

/// A document with so many channels.
pub(crate) fn of_channels(count: usize) -> Json {
    let each =
        |make: fn(usize) -> (String, Json)| -> Map<String, Json> { (0..count).map(make).collect() };
    json!({
        "asyncapi": "3.1.0",
        "info": {
            "title": "Lamps of a town",
            "version": "1.0.0",
            "description": "Measures the light and switches the lamps of every street.",
            "license": { "name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        },
        "defaultContentType": "application/json",
        "servers": { "main": { "host": "broker.example:9092", "protocol": "kafka", "description": "The broker of the town." } },
        "channels": each(channel),
        "operations": each(operation),
        "components": {
            "messages": each(message),
            "schemas": each(schema),
            "parameters": { "lampId": { "description": "Number of the lamp." } },
        },
    })
}

fn channel(at: usize) -> (String, Json) {
    let value = json!({
        "address": format!("town.lamps.1.0.event.{{lampId}}.street{at}.measured"),
        "description": "The topic on which measured values of this street are published.",
        "messages": { "lightMeasured": { "$ref": format!("#/components/messages/lightMeasured{at}") } },
        "parameters": { "lampId": { "$ref": "#/components/parameters/lampId" } },
    });
    (format!("lightingMeasured{at}"), value)
}

fn operation(at: usize) -> (String, Json) {
    let action = if at.is_multiple_of(2) {
        "receive"
    } else {
        "send"
    };
    let value = json!({
        "action": action,
        "channel": { "$ref": format!("#/channels/lightingMeasured{at}") },
        "summary": "Tells how much light there is in this street.",
        "messages": [{ "$ref": format!("#/channels/lightingMeasured{at}/messages/lightMeasured") }],
    });
    (format!("measureLight{at}"), value)
}

fn message(at: usize) -> (String, Json) {
    let value = json!({
        "name": format!("lightMeasured{at}"),
        "title": "Light measured",
        "summary": "How much light there is around a lamp.",
        "payload": { "$ref": format!("#/components/schemas/lightMeasuredPayload{at}") },
        "examples": [{ "payload": { "lumens": at, "sentAt": "2024-02-29T12:00:00Z", "state": "on" } }],
    });
    (format!("lightMeasured{at}"), value)
}

fn schema(at: usize) -> (String, Json) {
    let value = json!({
        "type": "object",
        "required": ["lumens", "sentAt"],
        "properties": {
            "lumens": { "type": "integer", "minimum": 0, "description": "Light intensity measured in lumens." },
            "sentAt": { "type": "string", "format": "date-time", "description": "Date and time when it was sent." },
            "state": { "type": "string", "enum": ["on", "off"], "description": "Whether the lamp is on." },
        },
    });
    (format!("lightMeasuredPayload{at}"), value)
}

/// Writes a document of about so many bytes; says how many channels it has.
pub(crate) fn write_of_bytes(bytes: usize, path: &Path) -> anyhow::Result<Vec<String>> {
    let sample = 200;
    let one = text(&of_channels(sample), path)?.len() / sample;
    write(&of_channels(bytes / one.max(1)), path)
}

/// Writes a document; its bytes and its channels.
pub(crate) fn write(document: &Json, path: &Path) -> anyhow::Result<Vec<String>> {
    let text = text(document, path)?;
    std::fs::write(path, &text).with_context(|| format!("cannot write `{}`", path.display()))?;
    let channels = document["channels"].as_object().map_or(0, Map::len);
    Ok(vec![format!("{}\t{channels}", text.len())])
}

fn text(document: &Json, path: &Path) -> anyhow::Result<String> {
    Ok(match path.extension() {
        Some(extension) if extension == "json" => serde_json::to_string_pretty(document)?,
        _ => crate::yaml::block(document),
    })
}
