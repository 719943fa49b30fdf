//! Values to bytes: serde says what a value is, the schema how that is written.
mod parts;

use super::{
    kind::{DEPTH, Kind, Logical, TypeId, Types},
    logical,
    source::{put_count, put_long, put_sized},
};
use crate::fault::Fault;
use parts::{Fields, List, fields, list};
use serde::ser::{Impossible, Serialize, Serializer};
use uuid::Uuid;

/// Adds a value of a type to bytes.
pub(super) struct Writing<'s, 'o> {
    types: &'s Types,
    id: TypeId,
    out: &'o mut Vec<u8>,
    depth: usize,
}

impl<'s, 'o> Writing<'s, 'o> {
    pub(super) fn new(types: &'s Types, out: &'o mut Vec<u8>) -> Self {
        Self {
            types,
            id: types.root,
            out,
            depth: 0,
        }
    }

    /// What to write where a value says no branch: the only one that is not null.
    fn plain(mut self) -> Result<Self, Fault> {
        if let Kind::Union(union) = self.kind() {
            let only = union.only;
            let only =
                only.ok_or_else(|| Fault::new("does not say which branch of the union it is"))?;
            put_count(self.out, only);
            self.id = union.branches[only];
        }
        Ok(self)
    }

    fn kind(&self) -> &'s Kind {
        &self.types.types[self.id].kind
    }

    fn logical(&self) -> Option<Logical> {
        self.types.types[self.id].logical
    }

    fn unfit(&self, what: &str) -> Fault {
        let name = self.kind().name();
        Fault::new(format!("is {what}, where the schema has `{name}`"))
    }

    /// One level further in.
    fn deeper(mut self) -> Result<Self, Fault> {
        self.depth += 1;
        match self.depth <= DEPTH {
            true => Ok(self),
            false => Err(Fault::new(format!("is nested deeper than {DEPTH} levels"))),
        }
    }

    fn whole(self, whole: i64) -> Result<(), Fault> {
        let this = self.plain()?;
        match this.kind() {
            Kind::Int if i32::try_from(whole).is_err() => {
                let reason = format!("{whole} does not fit in the 32 bits of an `int`");
                Err(Fault::new(reason))
            }
            Kind::Int | Kind::Long => {
                put_long(this.out, whole);
                Ok(())
            }
            _ => Err(this.unfit("an integer")),
        }
    }

    fn text(self, text: &str) -> Result<(), Fault> {
        match (self.kind(), self.logical()) {
            (Kind::String, _) => put_sized(self.out, text.as_bytes()),
            (Kind::Enum { name, symbols }, _) => {
                let index = symbols.iter().position(|symbol| symbol == text);
                let none = || Fault::new(format!("`{text}` is no symbol of `{name}`"));
                put_count(self.out, index.ok_or_else(none)?);
            }
            (Kind::Int | Kind::Long, Some(meant)) => {
                put_long(self.out, logical::counted(meant, text)?);
            }
            (Kind::Bytes, Some(Logical::Decimal { precision, scale })) => {
                put_sized(self.out, &logical::unscaled(text, precision, scale)?);
            }
            (Kind::Fixed { size, .. }, Some(Logical::Decimal { precision, scale })) => {
                let bytes = logical::unscaled(text, precision, scale)?;
                let bytes = logical::extended(&bytes, *size);
                let long = || Fault::new(format!("`{text}` does not fit in {size} bytes"));
                self.out.extend(bytes.ok_or_else(long)?);
            }
            (Kind::Fixed { .. }, Some(Logical::Uuid)) => {
                let uuid: Uuid = text
                    .parse()
                    .map_err(|_| Fault::new(format!("`{text}` is no UUID")))?;
                self.out.extend_from_slice(uuid.as_bytes());
            }
            _ => return Err(self.unfit("a text")),
        }
        Ok(())
    }
}

/// Integers, all as 64 bits.
macro_rules! integers {
    ($($method:ident: $type:ty),*) => {$(
        fn $method(self, value: $type) -> Result<(), Fault> {
            self.whole(value.into())
        }
    )*};
}

impl<'s, 'o> Serializer for Writing<'s, 'o> {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = List<'s, 'o>;
    type SerializeTuple = List<'s, 'o>;
    type SerializeTupleStruct = List<'s, 'o>;
    type SerializeTupleVariant = Impossible<(), Fault>;
    type SerializeMap = List<'s, 'o>;
    type SerializeStruct = Fields<'s, 'o>;
    type SerializeStructVariant = Impossible<(), Fault>;

    integers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32
    }

    fn serialize_u64(self, value: u64) -> Result<(), Fault> {
        let whole = i64::try_from(value);
        self.whole(whole.map_err(|_| Fault::new(format!("{value} has more than 64 bits")))?)
    }

    fn serialize_bool(self, value: bool) -> Result<(), Fault> {
        let this = self.plain()?;
        match this.kind() {
            Kind::Boolean => this.out.push(value.into()),
            _ => return Err(this.unfit("a truth value")),
        }
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), Fault> {
        let this = self.plain()?;
        match this.kind() {
            Kind::Float => this.out.extend(value.to_le_bytes()),
            Kind::Double => this.out.extend(f64::from(value).to_le_bytes()),
            _ => return Err(this.unfit("a number")),
        }
        Ok(())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Fault> {
        let this = self.plain()?;
        match this.kind() {
            Kind::Double => this.out.extend(value.to_le_bytes()),
            _ => return Err(this.unfit("a number of 64 bits")),
        }
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Fault> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<(), Fault> {
        self.plain()?.text(text)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Fault> {
        let this = self.plain()?;
        match this.kind() {
            Kind::Bytes => put_sized(this.out, bytes),
            Kind::Fixed { size, .. } if *size == bytes.len() => this.out.extend_from_slice(bytes),
            Kind::Fixed { size, .. } => {
                let count = bytes.len();
                let reason = format!("has {count} bytes, where the schema has {size}");
                return Err(Fault::new(reason));
            }
            _ => return Err(this.unfit("bytes")),
        }
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Fault> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Fault> {
        match self.kind() {
            Kind::Null => Ok(()),
            Kind::Union(union) => {
                let null = union.null.ok_or_else(|| self.unfit("null"))?;
                put_count(self.out, null);
                Ok(())
            }
            _ => Err(self.unfit("null")),
        }
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Fault> {
        self.serialize_unit()
    }

    /// A symbol of an enum.
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

    /// A branch of a union, by the name of its type.
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        let Kind::Union(union) = self.kind() else {
            return Err(self.unfit("a branch of a union"));
        };
        let types = self.types;
        let mut branches = union.branches.iter();
        let index = branches.position(|branch| types.types[*branch].kind.name() == variant);
        let index =
            index.ok_or_else(|| Fault::new(format!("the union has no branch `{variant}`")))?;
        put_count(self.out, index);
        let id = union.branches[index];
        value.serialize(Self { id, ..self })
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<List<'s, 'o>, Fault> {
        list(self, length)
    }

    fn serialize_tuple(self, length: usize) -> Result<List<'s, 'o>, Fault> {
        list(self, Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<List<'s, 'o>, Fault> {
        list(self, Some(length))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<List<'s, 'o>, Fault> {
        list(self, length)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'s, 'o>, Fault> {
        fields(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Fault>, Fault> {
        Err(self.unfit("a variant of several values"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Fault>, Fault> {
        Err(self.unfit("a variant of several values"))
    }
}
