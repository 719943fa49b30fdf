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

/// What the broker says of each time that it gave a message up, the last first; being held back is such a time too.
const ALL: &str = "x-death";

/// Headers of a dead letter that no service wrote; none for those of services.
pub(crate) fn of(delivery: &Delivery) -> Vec<(Str, Bytes)> {
    let Some(table) = delivery.properties.headers() else {
        return Vec::new();
    };
    let last = last(table).filter(|_| !table.inner().contains_key(REASON));
    let Some((reason, address)) = last else {
        return Vec::new();
    };
    let (reason, error) = told(reason);
    vec![
        (REASON.into(), reason),
        (ERROR.into(), error),
        (ADDRESS.into(), address),
    ]
}

/// The reason and the error in the words of services.
fn told(reason: Bytes) -> (Bytes, Bytes) {
    match &reason[..] {
        b"delivery_limit" => (
            Bytes::from_static(b"delivered too often"),
            Bytes::from_static(b"all who had it went without settling it"),
        ),
        _ => (reason, Bytes::new()),
    }
}

/// Why the last time, and the key that it had been published under.
fn last(table: &FieldTable) -> Option<(Bytes, Bytes)> {
    let AMQPValue::FieldTable(last) = first(table.inner().get(ALL)?)? else {
        return None;
    };
    let last = last.inner();
    let key = first(last.get("routing-keys")?)?;
    Some((bytes(last.get("reason")?), bytes(key)))
}

fn first(all: &AMQPValue) -> Option<&AMQPValue> {
    match all {
        AMQPValue::FieldArray(all) => all.as_slice().first(),
        _ => None,
    }
}
