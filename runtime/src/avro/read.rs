//! Bytes to values: the schema says what comes, serde what that becomes.
mod parts;

use super::{
    kind::{DEPTH, Kind, Logical, TypeId, Types, Union},
    logical,
    source::Source,
};
use crate::fault::Fault;
use parts::{Branch, Entries, Fields, Items};
use serde::{
    de::{Deserializer, IntoDeserializer, Visitor},
    forward_to_deserialize_any,
};
use uuid::Uuid;

/// The next value of a type.
pub(super) struct Reading<'r, 'de> {
    types: &'r Types,
    id: TypeId,
    /// The branch of the union, where that was read already.
    branch: Option<usize>,
    source: &'r mut Source<'de>,
    depth: usize,
}

impl<'r, 'de> Reading<'r, 'de> {
    pub(super) fn new(types: &'r Types, source: &'r mut Source<'de>) -> Self {
        Self {
            types,
            id: types.root,
            branch: None,
            source,
            depth: 0,
        }
    }

    fn kind(&self) -> &'r Kind {
        &self.types.types[self.id].kind
    }

    /// Reads which branch of a union comes, unless that is known.
    fn branch(&mut self, union: &Union) -> Result<usize, Fault> {
        match self.branch.take() {
            Some(branch) => Ok(branch),
            None => self.source.index(union.branches.len()),
        }
    }

    /// Goes on with what the union holds, where it is one.
    fn plain(mut self) -> Result<Self, Fault> {
        if let Kind::Union(union) = self.kind() {
            let branch = self.branch(union)?;
            self.id = union.branches[branch];
        }
        Ok(self)
    }

    /// One level further in.
    fn deeper(mut self) -> Result<Self, Fault> {
        self.depth += 1;
        match self.depth <= DEPTH {
            true => Ok(self),
            false => Err(Fault::new(format!("is nested deeper than {DEPTH} levels"))),
        }
    }

    /// A number as it is, whatever it stands for.
    fn number<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let this = self.plain()?;
        match this.kind() {
            Kind::Int => visitor.visit_i32(this.source.int()?),
            Kind::Long => visitor.visit_i64(this.source.long()?),
            _ => this.value(visitor),
        }
    }

    fn value<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let meant = self.types.types[self.id].logical;
        match self.kind() {
            Kind::Null => visitor.visit_unit(),
            Kind::Boolean => visitor.visit_bool(self.source.boolean()?),
            Kind::Int => {
                let number = self.source.int()?;
                match meant.and_then(|meant| logical::shown(meant, number.into())) {
                    Some(text) => visitor.visit_string(text?),
                    None => visitor.visit_i32(number),
                }
            }
            Kind::Long => {
                let number = self.source.long()?;
                match meant.and_then(|meant| logical::shown(meant, number)) {
                    Some(text) => visitor.visit_string(text?),
                    None => visitor.visit_i64(number),
                }
            }
            Kind::Float => visitor.visit_f32(f32::from_le_bytes(self.source.array()?)),
            Kind::Double => visitor.visit_f64(f64::from_le_bytes(self.source.array()?)),
            Kind::String => visitor.visit_borrowed_str(self.source.text()?),
            Kind::Bytes => bytes(self.source.sized()?, meant, visitor),
            Kind::Fixed { size, .. } => bytes(self.source.take(*size)?, meant, visitor),
            Kind::Enum { symbols, .. } => {
                visitor.visit_str(&symbols[self.source.index(symbols.len())?])
            }
            Kind::Array(inner) => visitor.visit_seq(Items::new(self.deeper()?, *inner)),
            Kind::Map(inner) => visitor.visit_map(Entries::new(self.deeper()?, *inner)),
            Kind::Record { fields, .. } => visitor.visit_map(Fields::new(self.deeper()?, fields)),
            Kind::Union(_) => self.plain()?.value(visitor),
        }
    }
}

fn bytes<'de, V: Visitor<'de>>(
    bytes: &'de [u8],
    meant: Option<Logical>,
    visitor: V,
) -> Result<V::Value, Fault> {
    match meant {
        Some(Logical::Decimal { precision, scale }) => {
            visitor.visit_string(logical::decimal(bytes, precision, scale)?.to_string())
        }
        Some(Logical::Uuid) => match Uuid::from_slice(bytes) {
            Ok(uuid) => visitor.visit_string(uuid.to_string()),
            Err(_) => Err(Fault::new("is no UUID")),
        },
        _ => visitor.visit_borrowed_bytes(bytes),
    }
}

/// Integers, whatever they stand for.
macro_rules! integers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.number(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reading<'_, 'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.value(visitor)
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
        match self.kind() {
            Kind::Null => return visitor.visit_none(),
            Kind::Union(union) if union.null.is_some() => {
                let branch = self.branch(union)?;
                if union.null == Some(branch) {
                    return visitor.visit_none();
                }
                self.branch = Some(branch);
            }
            _ => {}
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.kind() {
            Kind::Union(union) => {
                let branch = self.branch(union)?;
                let id = union.branches[branch];
                visitor.visit_enum(Branch(Self { id, ..self }))
            }
            Kind::Enum { symbols, .. } => {
                let symbol = &symbols[self.source.index(symbols.len())?];
                visitor.visit_enum(symbol.as_str().into_deserializer())
            }
            _ => self.value(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
