//! The schema of a message's payload, and what stands before the bytes that say it.
use super::{
    canonical::fingerprint, compile::compile, kind::Types, read::Reading, source::Source,
    write::Writing,
};
use crate::{
    InvalidMessage, Message,
    fault::Fault,
    registry::{SchemaId, other},
};
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use std::sync::OnceLock;

/// An Avro schema, which is read once it is needed, and how values are framed.
#[derive(Debug)]
pub struct Schema {
    text: &'static str,
    framing: Framing,
    read: OnceLock<Result<Types, String>>,
    id: SchemaId,
}

/// What stands before a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Framing {
    /// Nothing.
    Datum,
    /// Avro's single-object encoding: `C3 01`, and the schema's fingerprint.
    SingleObject,
    /// That of a schema registry's clients: a zero, and the number that the registry gave the schema, in four bytes.
    Registry,
}

const SINGLE: [u8; 2] = [0xc3, 0x01];

impl Schema {
    /// A schema by its text.
    #[must_use]
    pub const fn new(text: &'static str, framing: Framing) -> Self {
        Self {
            text,
            framing,
            read: OnceLock::new(),
            id: SchemaId::untold(),
        }
    }

    /// The text, as a registry takes it.
    #[must_use]
    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// How values are framed.
    #[must_use]
    pub const fn framing(&self) -> Framing {
        self.framing
    }

    /// The CRC-64-AVRO of its parsing canonical form; none where the text is no schema.
    #[must_use]
    pub fn fingerprint(&self) -> Option<u64> {
        self.types().ok().map(fingerprint)
    }

    /// Tells the number that the registry has for the schema. With [`Framing::Registry`] nothing is written before that is told, and
    /// from then on values of other schemas are refused.
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
    /// When it does not fit the schema; the pointer names the place.
    pub fn write<T: Serialize + ?Sized>(
        &self,
        name: &str,
        payload: &T,
    ) -> Result<Bytes, InvalidMessage> {
        let write = || {
            let types = self.types()?;
            let mut out = self.header(types)?;
            payload.serialize(Writing::new(types, &mut out))?;
            Ok(out.into())
        };
        write().map_err(|fault: Fault| fault.of(name))
    }

    /// A payload from its bytes.
    ///
    /// # Errors
    /// When the bytes are of another schema or framing, or do not fit; the pointer names the place.
    pub fn read<T: DeserializeOwned>(
        &self,
        name: &str,
        message: &Message,
    ) -> Result<T, InvalidMessage> {
        let read = || {
            let types = self.types()?;
            let mut source = Source::new(self.unframed(types, &message.body)?);
            let value = T::deserialize(Reading::new(types, &mut source))?;
            match source.left() {
                0 => Ok(value),
                left => Err(Fault::new(format!(
                    "{left} bytes are left behind the value"
                ))),
            }
        };
        read().map_err(|fault| self.explained(fault, &message.body).of(name))
    }

    fn types(&self) -> Result<&Types, Fault> {
        let types = self.read.get_or_init(|| compile(self.text)).as_ref();
        types.map_err(|error| Fault::new(format!("the Avro schema cannot be used: {error}")))
    }

    /// What stands before a value.
    fn header(&self, types: &Types) -> Result<Vec<u8>, Fault> {
        Ok(match self.framing {
            Framing::Datum => Vec::new(),
            Framing::SingleObject => [&SINGLE[..], &fingerprint(types).to_le_bytes()].concat(),
            Framing::Registry => self.id.header()?,
        })
    }

    /// The value without what stands before it, which must be of this schema.
    fn unframed<'b>(&self, types: &Types, bytes: &'b [u8]) -> Result<&'b [u8], Fault> {
        match self.framing {
            Framing::Datum => Ok(bytes),
            Framing::SingleObject => {
                let rest = bytes.strip_prefix(&SINGLE);
                let (written, value) = rest.and_then(<[u8]>::split_first_chunk).ok_or_else(|| {
                    Fault::new("is not in Avro's single-object encoding, which begins with C3 01 and a fingerprint")
                })?;
                let (written, own) = (u64::from_le_bytes(*written), fingerprint(types));
                match written == own {
                    true => Ok(value),
                    false => Err(other(
                        format_args!("{written:016x}"),
                        format_args!("{own:016x}"),
                    )),
                }
            }
            Framing::Registry => self.id.behind(bytes),
        }
    }

    /// Says of bytes that cannot be read as a bare value when they look as if they were framed.
    fn explained(&self, fault: Fault, bytes: &[u8]) -> Fault {
        let looks = match bytes {
            _ if self.framing != Framing::Datum => return fault,
            [0xc3, 0x01, ..] if bytes.len() >= 10 => "in Avro's single-object encoding",
            [b'O', b'b', b'j', 1, ..] => "a file of Avro's",
            [0, _, _, _, _, ..] => "framed by a schema registry's client",
            _ => return fault,
        };
        fault.with(format_args!(" (the bytes look as if they were {looks})"))
    }
}
