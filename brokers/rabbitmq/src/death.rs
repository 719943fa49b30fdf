//! Why the broker itself put a message among the dead letters, told as a service tells it.
use crate::headers::bytes;
use bytes::Bytes;
use lapin::{
    message::Delivery,
    types::{AMQPValue, FieldTable},
};
use tidings::{
    Str,
    dead_letter::{ADDRESS, ERROR, REASON},
};

/// What the broker says of the first time that it gave a message up.
const FIRST: &str = "x-first-death-reason";
/// What it says of all of them, the last first.
const ALL: &str = "x-death";

/// Headers of a dead letter that no service wrote; none for those of services.
pub(crate) fn of(delivery: &Delivery) -> Vec<(Str, Bytes)> {
    let Some(table) = delivery.properties.headers() else {
        return Vec::new();
    };
    let entries = table.inner();
    let Some(reason) = entries.get(FIRST).filter(|_| !entries.contains_key(REASON)) else {
        return Vec::new();
    };
    let (reason, error) = told(&bytes(reason));
    let mut headers = vec![(REASON.into(), reason), (ERROR.into(), error)];
    headers.extend(address(table).map(|address| (ADDRESS.into(), address)));
    headers
}

/// The reason and the error in the words of services.
fn told(reason: &Bytes) -> (Bytes, Bytes) {
    match &reason[..] {
        b"delivery_limit" => (
            Bytes::from_static(b"delivered too often"),
            Bytes::from_static(b"all who had it went without settling it"),
        ),
        _ => (reason.clone(), Bytes::new()),
    }
}

/// The key that it was published under at first.
fn address(table: &FieldTable) -> Option<Bytes> {
    let AMQPValue::FieldArray(all) = table.inner().get(ALL)? else {
        return None;
    };
    let AMQPValue::FieldTable(first) = all.as_slice().last()? else {
        return None;
    };
    let AMQPValue::FieldArray(keys) = first.inner().get("routing-keys")? else {
        return None;
    };
    keys.as_slice().first().map(bytes)
}
