//! What clients of a schema registry put before a value: a zero, and the number that the registry gave the schema.
use crate::fault::Fault;
use std::{
    fmt::Display,
    sync::atomic::{AtomicU64, Ordering},
};

/// The number of a schema in a registry, which somebody has to tell.
#[derive(Debug)]
pub(crate) struct SchemaId(AtomicU64);

const NONE: u64 = u64::MAX;

impl SchemaId {
    pub(crate) const fn untold() -> Self {
        Self(AtomicU64::new(NONE))
    }

    pub(crate) fn set(&self, id: u32) {
        self.0.store(id.into(), Ordering::Release);
    }

    pub(crate) fn get(&self) -> Option<u32> {
        self.0.load(Ordering::Acquire).try_into().ok()
    }

    /// What stands before a value.
    pub(crate) fn header(&self) -> Result<Vec<u8>, Fault> {
        let id = self.get().ok_or_else(|| {
            Fault::new("cannot be written before `set_id` told its schema's number in the registry")
        })?;
        Ok([&[0][..], &id.to_be_bytes()].concat())
    }

    /// What stands behind the header, which has this number or, where nobody told it, any.
    pub(crate) fn behind<'b>(&self, bytes: &'b [u8]) -> Result<&'b [u8], Fault> {
        let rest = bytes.strip_prefix(&[0]);
        let (written, value) = rest.and_then(<[u8]>::split_first_chunk).ok_or_else(|| {
            Fault::new("has no zero and no number of a registry's schema before the value")
        })?;
        let written = u32::from_be_bytes(*written);
        let own = self.get().unwrap_or(written);
        match written == own {
            true => Ok(value),
            false => Err(other(written, own)),
        }
    }
}

/// What was written with another schema is refused: values are not resolved.
pub(crate) fn other(written: impl Display, own: impl Display) -> Fault {
    Fault::new(format!(
        "was written with schema {written} and is read by {own} only: values are not resolved from one schema to another"
    ))
}
