//! Payloads behind the header of a schema registry, which says of what schema they are, and of which of its messages.
use super::{
    descriptor::Descriptor,
    wire::{Cursor, DEPTH, put_varint, unzigzag, zigzag},
};
use crate::{InvalidMessage, Message, fault::Fault, registry::SchemaId};
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

/// A message of a schema that a registry knows by a number.
#[derive(Debug)]
pub struct Registered {
    of: &'static Descriptor,
    text: &'static str,
    place: &'static [i64],
    id: SchemaId,
}

impl Registered {
    /// A message of the schema with this text. Its place is its position among the messages of the schema, from 0; that of one within others
    /// begins with theirs, from the outermost on.
    #[must_use]
    pub const fn new(of: &'static Descriptor, text: &'static str, place: &'static [i64]) -> Self {
        Self {
            of,
            text,
            place,
            id: SchemaId::untold(),
        }
    }

    /// The text of the schema, as a registry takes it beside those that it imports.
    #[must_use]
    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// Tells the number that the registry has for the schema. Nothing is written before that is told, and from then on values of other
    /// schemas are refused.
    pub fn set_id(&self, id: u32) {
        self.id.set(id);
    }

    /// The number that the registry has for it, where somebody told it.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.id.get()
    }

    /// A payload in bytes.
    ///
    /// # Errors
    /// When it does not fit the schema, or nobody told its number; the pointer names the place.
    pub fn write<T: Serialize + ?Sized>(
        &self,
        name: &str,
        payload: &T,
    ) -> Result<Bytes, InvalidMessage> {
        let write = || {
            let mut out = self.id.header()?;
            put_place(&mut out, self.place);
            self.of.put(payload, &mut out)?;
            Ok(out.into())
        };
        write().map_err(|fault: Fault| fault.of(name))
    }

    /// A payload from its bytes.
    ///
    /// # Errors
    /// When the bytes are of another schema or message, or do not fit; the pointer names the place.
    pub fn read<T: DeserializeOwned>(
        &self,
        name: &str,
        message: &Message,
    ) -> Result<T, InvalidMessage> {
        let read = || {
            let mut cursor = Cursor::new(self.id.behind(&message.body)?);
            let place = take_place(&mut cursor)?;
            match place == self.place {
                true => self.of.take(cursor.rest()),
                false => Err(Fault::new(format!(
                    "is the message at {place:?} of its schema, and that at {:?} is read",
                    self.place
                ))),
            }
        };
        read().map_err(|fault| fault.of(name))
    }
}

/// The first message of a schema, whose place is written short.
const FIRST: &[i64] = &[0];

fn put_place(out: &mut Vec<u8>, place: &[i64]) {
    if place == FIRST {
        return out.push(0);
    }
    put_varint(out, (place.len() as u64) << 1);
    for position in place {
        put_varint(out, zigzag(*position));
    }
}

fn take_place(cursor: &mut Cursor<'_>) -> Result<Vec<i64>, Fault> {
    let count = unzigzag(cursor.varint()?);
    if count == 0 {
        return Ok(FIRST.to_vec());
    }
    let count = usize::try_from(count).ok().filter(|count| *count <= DEPTH);
    let count = count.ok_or_else(|| {
        Fault::new("has no place of a message behind the number of a registry's schema")
    })?;
    (0..count).map(|_| cursor.varint().map(unzigzag)).collect()
}
