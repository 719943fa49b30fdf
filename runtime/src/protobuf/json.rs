//! Protobuf's JSON. What it says is read by way of the binary encoding and written from that, so that both are read and written by the
//! same types.
mod read;
mod write;

use crate::fault::Fault;
pub(super) use read::put;
use serde_json::Value;
pub(super) use write::shown;

/// Lists and objects that may lie within each other where JSON is read.
const LEVELS: usize = 127;

/// A value that is read again: lists count beside messages there, which are within bounds by themselves.
pub(super) fn readable(value: Value) -> Result<Value, Fault> {
    match is_within(&value, LEVELS) {
        true => Ok(value),
        false => Err(Fault::new(format!(
            "is nested deeper than {LEVELS} lists and objects"
        ))),
    }
}

fn is_within(value: &Value, left: usize) -> bool {
    let within = |inner| left > 0 && is_within(inner, left - 1);
    match value {
        Value::Array(list) => left > 0 && list.iter().all(within),
        Value::Object(map) => left > 0 && map.values().all(within),
        _ => true,
    }
}
