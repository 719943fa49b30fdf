//! Values to bytes: serde says what a value is, the descriptor how that is written.
mod parts;

use super::{
    descriptor::{Descriptor, EXACT, Field, Kind, Known, Shape},
    wire::{DEPTH, Raw, close, open, put_tag, put_varint, zigzag},
};
use crate::fault::Fault;
use parts::{List, Members, list, map, members};
use serde::ser::{Impossible, Serialize, Serializer};

/// Adds a value to bytes.
pub(super) struct Writing<'o> {
    pub(super) out: &'o mut Vec<u8>,
    /// Nothing where a value has no tag: the whole message, values that stand together, and what has its tags inside.
    pub(super) number: u32,
    pub(super) kind: Kind,
    pub(super) shape: Shape,
    pub(super) depth: usize,
}

impl<'o> Writing<'o> {
    /// A whole message.
    pub(super) fn new(of: &'static Descriptor, out: &'o mut Vec<u8>) -> Self {
        Self {
            out,
            number: 0,
            kind: Kind::Message(of),
            shape: Shape::Required,
            depth: 0,
        }
    }

    /// The value of a field of a message at this depth.
    pub(super) fn of(field: &Field, out: &'o mut Vec<u8>, depth: usize) -> Self {
        Self {
            out,
            number: field.number,
            kind: field.kind,
            shape: field.shape,
            depth,
        }
    }

    fn raw(self, raw: Raw<'_>, is_default: bool) {
        if is_default && matches!(self.shape, Shape::Implicit) {
            return;
        }
        put_tag(self.out, self.number, raw);
        match raw {
            Raw::Varint(bits) => put_varint(self.out, bits),
            Raw::Eight(bytes) => self.out.extend(bytes),
            Raw::Four(bytes) => self.out.extend(bytes),
            Raw::Bytes(bytes) => {
                put_varint(self.out, bytes.len() as u64);
                self.out.extend_from_slice(bytes);
            }
            Raw::Group => {}
        }
    }

    pub(super) fn whole(self, whole: i128) -> Result<(), Fault> {
        let kind = self.kind;
        let beyond = || Fault::new(format!("{whole} does not fit in a `{}`", kind.name()));
        let signed = || i64::try_from(whole).map_err(|_| beyond());
        let short = || i32::try_from(whole).map_err(|_| beyond());
        let raw = match kind {
            Kind::Int32 | Kind::Enum(_) => Raw::Varint(i64::from(short()?).cast_unsigned()),
            Kind::Int64 => Raw::Varint(signed()?.cast_unsigned()),
            Kind::Uint32 => Raw::Varint(u32::try_from(whole).map_err(|_| beyond())?.into()),
            Kind::Uint64 => Raw::Varint(u64::try_from(whole).map_err(|_| beyond())?),
            Kind::Sint32 => Raw::Varint(zigzag(short()?.into())),
            Kind::Sint64 => Raw::Varint(zigzag(signed()?)),
            Kind::Fixed32 => Raw::Four(u32::try_from(whole).map_err(|_| beyond())?.to_le_bytes()),
            Kind::Fixed64 => Raw::Eight(u64::try_from(whole).map_err(|_| beyond())?.to_le_bytes()),
            Kind::Sfixed32 => Raw::Four(short()?.to_le_bytes()),
            Kind::Sfixed64 => Raw::Eight(signed()?.to_le_bytes()),
            Kind::Message(Descriptor {
                known: Known::Value,
                ..
            }) => {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "what would lose some is refused"
                )]
                let number = whole as f64;
                return match whole.unsigned_abs() <= EXACT {
                    true => self.serialize_f64(number),
                    false => Err(Fault::new(format!(
                        "{whole} has more digits than a number in a `Value`"
                    ))),
                };
            }
            Kind::Message(_) => return self.within("", |inner| inner.whole(whole)),
            _ => return Err(kind.unfit("an integer")),
        };
        self.raw(raw, whole == 0);
        Ok(())
    }

    /// Writes what stands in a message behind its length.
    pub(super) fn nested(
        mut self,
        write: impl FnOnce(&mut Vec<u8>, usize) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let depth = deeper(self.depth)?;
        let start = self.begin();
        write(self.out, depth)?;
        if let Some(start) = start {
            close(self.out, start);
        }
        Ok(())
    }

    /// Begins a message; gives where its length is put, where it has one.
    fn begin(&mut self) -> Option<usize> {
        (self.number > 0).then(|| open(self.out, self.number))
    }

    /// Writes the field of one of Google's messages that a value stands for: its only one, or, of any JSON value, the one of that name.
    fn within(
        self,
        name: &str,
        write: impl FnOnce(Writing<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let kind = self.kind;
        let field = match kind {
            Kind::Message(of) => only(of, name),
            _ => None,
        };
        let field = field.ok_or_else(|| kind.unfit("a value"))?;
        self.nested(|out, depth| write(Writing::of(field, out, depth)))
    }
}

/// The field that a value of one of Google's messages stands for.
fn only(of: &'static Descriptor, name: &str) -> Option<&'static Field> {
    let first = of.fields.first()?;
    match (of.known, first.kind) {
        (Known::Only | Known::FieldMask, _) => Some(first),
        (Known::Value, Kind::Oneof(choices)) => choices.iter().find(|field| field.name == name),
        _ => None,
    }
}

/// One level further in.
fn deeper(depth: usize) -> Result<usize, Fault> {
    match depth < DEPTH {
        true => Ok(depth + 1),
        false => Err(Fault::new(format!(
            "is nested deeper than {DEPTH} messages"
        ))),
    }
}

/// Integers of any width.
macro_rules! integers {
    ($($method:ident: $type:ty),*) => {$(
        fn $method(self, value: $type) -> Result<(), Fault> {
            self.whole(value.into())
        }
    )*};
}

impl<'o> Serializer for Writing<'o> {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = List<'o>;
    type SerializeTuple = List<'o>;
    type SerializeTupleStruct = List<'o>;
    type SerializeTupleVariant = Impossible<(), Fault>;
    type SerializeMap = List<'o>;
    type SerializeStruct = Members<'o>;
    type SerializeStructVariant = Impossible<(), Fault>;

    integers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64
    }

    fn serialize_bool(self, value: bool) -> Result<(), Fault> {
        match self.kind {
            Kind::Bool => self.raw(Raw::Varint(value.into()), !value),
            Kind::Message(_) => {
                return self.within("bool_value", |inner| inner.serialize_bool(value));
            }
            kind => return Err(kind.unfit("a truth value")),
        }
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), Fault> {
        match self.kind {
            Kind::Float => self.raw(Raw::Four(value.to_le_bytes()), value.to_bits() == 0),
            Kind::Message(Descriptor {
                known: Known::Only, ..
            }) => {
                return self.within("", |inner| inner.serialize_f32(value));
            }
            _ => return self.serialize_f64(value.into()),
        }
        Ok(())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Fault> {
        match self.kind {
            Kind::Double => self.raw(Raw::Eight(value.to_le_bytes()), value.to_bits() == 0),
            Kind::Message(_) => {
                return self.within("number_value", |inner| inner.serialize_f64(value));
            }
            kind => return Err(kind.unfit("a number of 64 bits")),
        }
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Fault> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<(), Fault> {
        match self.kind {
            Kind::String => self.raw(Raw::Bytes(text.as_bytes()), text.is_empty()),
            Kind::Message(_) => {
                return self.within("string_value", |inner| inner.serialize_str(text));
            }
            kind => return Err(kind.unfit("a text")),
        }
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Fault> {
        match self.kind {
            // What has its tags inside.
            Kind::Bytes if self.number == 0 => self.out.extend_from_slice(bytes),
            Kind::Bytes => self.raw(Raw::Bytes(bytes), bytes.is_empty()),
            Kind::Message(_) => return self.within("", |inner| inner.serialize_bytes(bytes)),
            kind => return Err(kind.unfit("bytes")),
        }
        Ok(())
    }

    /// What is absent is not written.
    fn serialize_none(self) -> Result<(), Fault> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Fault> {
        match self.kind {
            Kind::Null => self.raw(Raw::Varint(0), true),
            Kind::Message(Descriptor {
                known: Known::Empty,
                ..
            }) => {
                return self.nested(|_, _| Ok(()));
            }
            Kind::Message(_) => return self.within("null_value", |inner| inner.serialize_unit()),
            kind => return Err(kind.unfit("null")),
        }
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Fault> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Fault> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        value.serialize(self)
    }

    /// What a `oneof` holds, under the name of its field.
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        let Kind::Oneof(choices) = self.kind else {
            return Err(self.kind.unfit("a choice"));
        };
        let field = choices.iter().find(|field| field.name == variant);
        let field = field.ok_or_else(|| Fault::new(format!("has no field `{variant}`")))?;
        let written = value.serialize(Writing::of(field, self.out, self.depth));
        written.map_err(|fault| fault.under(variant))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'o>, Fault> {
        list(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<List<'o>, Fault> {
        list(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List<'o>, Fault> {
        list(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<List<'o>, Fault> {
        map(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'o>, Fault> {
        members(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Fault>, Fault> {
        Err(self.kind.unfit("a variant of several values"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Fault>, Fault> {
        Err(self.kind.unfit("a variant of several values"))
    }
}
