//! Bytes to values: the descriptor says what fields mean, serde what they become.
mod parts;

use super::{
    descriptor::{Descriptor, EXACT, Field, Kind, Known, Shape},
    scan::{Part, bytes, scan},
    wire::{DEPTH, Raw, unzigzag},
};
use crate::fault::Fault;
pub(super) use parts::Items;
use parts::{Choice, Entries, Members};
use serde::{
    de::{Deserializer, Visitor},
    forward_to_deserialize_any,
};

/// A value, of whatever came for it; none of that is what values begin with.
#[derive(Clone, Copy)]
pub(super) struct Reading<'p, 'de> {
    pub(super) kind: Kind,
    pub(super) shape: Shape,
    pub(super) parts: &'p [Part<'de>],
    pub(super) depth: usize,
}

impl<'p, 'de> Reading<'p, 'de> {
    /// A whole message.
    pub(super) fn new(of: &'static Descriptor, whole: &'p [Part<'de>]) -> Self {
        Self {
            kind: Kind::Message(of),
            shape: Shape::Required,
            parts: whole,
            depth: 0,
        }
    }

    /// What came for a field of a message at this depth.
    pub(super) fn of(field: &Field, parts: &'p [Part<'de>], depth: usize) -> Self {
        Self {
            kind: field.kind,
            shape: field.shape,
            parts,
            depth,
        }
    }

    fn value<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.shape {
            Shape::Repeated | Shape::Packed => visitor.visit_seq(Items::new(self)),
            Shape::Map(key) => visitor.visit_map(Entries::new(self, key)),
            _ => self.single(visitor),
        }
    }

    fn single<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.kind {
            Kind::Double => visitor.visit_f64(f64::from_le_bytes(self.eight())),
            Kind::Float => visitor.visit_f32(f32::from_le_bytes(self.four())),
            Kind::Int32 | Kind::Enum(_) => {
                visitor.visit_i32(self.narrow(self.varint().cast_signed())?)
            }
            Kind::Int64 => visitor.visit_i64(self.varint().cast_signed()),
            Kind::Uint32 => visitor.visit_u32(self.narrow(self.varint())?),
            Kind::Uint64 => visitor.visit_u64(self.varint()),
            Kind::Sint32 => visitor.visit_i32(self.narrow(unzigzag(self.varint()))?),
            Kind::Sint64 => visitor.visit_i64(unzigzag(self.varint())),
            Kind::Fixed32 => visitor.visit_u32(u32::from_le_bytes(self.four())),
            Kind::Fixed64 => visitor.visit_u64(u64::from_le_bytes(self.eight())),
            Kind::Sfixed32 => visitor.visit_i32(i32::from_le_bytes(self.four())),
            Kind::Sfixed64 => visitor.visit_i64(i64::from_le_bytes(self.eight())),
            Kind::Bool => match self.varint() {
                bit @ 0..=1 => visitor.visit_bool(bit == 1),
                other => Err(Fault::new(format!("{other} is no truth value"))),
            },
            Kind::String => match str::from_utf8(self.bytes()) {
                Ok(text) => visitor.visit_borrowed_str(text),
                Err(_) => Err(Fault::new("the text is not UTF-8")),
            },
            Kind::Bytes => visitor.visit_borrowed_bytes(self.bytes()),
            Kind::Null => visitor.visit_unit(),
            Kind::Message(of) => self.message(of, visitor),
            Kind::Oneof(choices) => self.choice(choices)?.value.single(visitor),
        }
    }

    fn message<V: Visitor<'de>>(
        self,
        of: &'static Descriptor,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let depth = self.depth + 1;
        if depth > DEPTH {
            return Err(Fault::new(format!(
                "is nested deeper than {DEPTH} messages"
            )));
        }
        let scanned = scan(of, self.parts)?;
        if of.known != Known::No && !scanned.unknown.is_empty() {
            let reason = format!("has fields that `{}` has not", of.name);
            return Err(Fault::new(reason));
        }
        let only = of.fields.first();
        match (of.known, only) {
            (Known::Only | Known::FieldMask, Some(only)) => {
                Reading::of(only, &scanned.parts, depth).value(visitor)
            }
            (Known::Value, Some(kind)) => any(Reading::of(kind, &scanned.parts, depth), visitor),
            (Known::Empty, _) => visitor.visit_unit(),
            _ => visitor.visit_map(Members::new(of, scanned, depth)),
        }
    }

    /// What a `oneof` holds: what came last, whole where it is a message in several parts.
    pub(super) fn choice(self, choices: &'static [Field]) -> Result<Choice<'p, 'de>, Fault> {
        let last = self.parts.last();
        let field = last.and_then(|part| choices.get(part.place.choice));
        let (Some(last), Some(field)) = (last, field) else {
            return Err(Fault::new("has no value"));
        };
        let same = |part: &&Part<'_>| part.place == last.place;
        let count = self.parts.iter().rev().take_while(same).count();
        let value = Reading {
            kind: field.kind,
            parts: &self.parts[self.parts.len() - count..],
            shape: Shape::Required,
            depth: self.depth,
        };
        Ok(Choice { field, value })
    }

    fn raw(&self) -> Option<Raw<'de>> {
        self.parts.last().map(|part| part.raw)
    }

    // Of each kind nothing but its own form has passed until here.
    fn varint(&self) -> u64 {
        match self.raw() {
            Some(Raw::Varint(bits)) => bits,
            _ => 0,
        }
    }

    fn eight(&self) -> [u8; 8] {
        match self.raw() {
            Some(Raw::Eight(bytes)) => bytes,
            _ => [0; 8],
        }
    }

    fn four(&self) -> [u8; 4] {
        match self.raw() {
            Some(Raw::Four(bytes)) => bytes,
            _ => [0; 4],
        }
    }

    fn bytes(&self) -> &'de [u8] {
        self.parts.last().and_then(bytes).unwrap_or_default()
    }

    fn narrow<W: Copy + ToString, N: TryFrom<W>>(&self, whole: W) -> Result<N, Fault> {
        let long = |_| {
            let (whole, name) = (whole.to_string(), self.kind.name());
            Fault::new(format!("{whole} does not fit in the 32 bits of `{name}`"))
        };
        N::try_from(whole).map_err(long)
    }
}

/// A JSON value: its numbers are integers where they can be.
fn any<'de, V: Visitor<'de>>(kind: Reading<'_, 'de>, visitor: V) -> Result<V::Value, Fault> {
    let Kind::Oneof(choices) = kind.kind else {
        return kind.value(visitor);
    };
    let value = kind.choice(choices)?.value;
    let Kind::Double = value.kind else {
        return value.single(visitor);
    };
    let number = f64::from_le_bytes(value.eight());
    let is_whole = number.fract() == 0.0 && !is_negative_zero(number);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what is too large is as large as can be"
    )]
    let whole = number as i64;
    match number.is_finite() {
        true if is_whole && u128::from(whole.unsigned_abs()) <= EXACT => visitor.visit_i64(whole),
        true => visitor.visit_f64(number),
        false => Err(Fault::new(format!("{number} is no number that JSON has"))),
    }
}

fn is_negative_zero(number: f64) -> bool {
    number == 0.0 && number.is_sign_negative()
}

impl<'de> Deserializer<'de> for Reading<'_, 'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.value(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
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
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.kind {
            Kind::Oneof(choices) => visitor.visit_enum(self.choice(choices)?),
            _ => self.value(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map
        struct identifier ignored_any
    }
}
