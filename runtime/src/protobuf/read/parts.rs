//! Messages, lists, maps and `oneof`s, part by part.
use super::Reading;
use crate::{
    fault::Fault,
    protobuf::{
        descriptor::{Descriptor, Field, Kind, Place, Shape},
        scan::{Part, Scanned, bytes, entry},
        unknown::UnknownFields,
        wire::{Cursor, Raw},
    },
};
use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, Unexpected, VariantAccess,
    Visitor, value::BytesDeserializer,
};

/// The fields of a message, in the order of the schema, and behind them what it has not.
pub(super) struct Members<'de> {
    of: &'static Descriptor,
    scanned: Scanned<'de>,
    /// The field that comes next, and where its parts begin.
    next: usize,
    start: usize,
    /// The field whose value comes next, and where its parts end.
    current: Option<(&'static Field, usize)>,
    depth: usize,
}

impl<'de> Members<'de> {
    pub(super) fn new(of: &'static Descriptor, scanned: Scanned<'de>, depth: usize) -> Self {
        Self {
            of,
            scanned,
            next: 0,
            start: 0,
            current: None,
            depth,
        }
    }

    /// The next field that is there, or has to be.
    fn advance(&mut self) -> Result<Option<&'static str>, Fault> {
        while let Some(field) = self.of.fields.get(self.next) {
            let rest = &self.scanned.parts[self.start..];
            let own = |part: &&Part<'_>| part.place.field == self.next;
            let count = rest.iter().take_while(own).count();
            self.next += 1;
            match field.shape {
                Shape::Optional if count == 0 => continue,
                Shape::Required if count == 0 => {
                    return Err(Fault::new("is missing").under(field.name));
                }
                _ => {}
            }
            self.current = Some((field, self.start + count));
            return Ok(Some(field.name));
        }
        self.current = None;
        let is_new = self.next == self.of.fields.len() && !self.scanned.unknown.is_empty();
        self.next += 1;
        Ok(is_new.then_some(UnknownFields::NAME))
    }
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let name = self.advance()?;
        name.map(|name| seed.deserialize(name.into_deserializer()))
            .transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let Some((field, end)) = self.current else {
            return seed.deserialize(BytesDeserializer::new(&self.scanned.unknown));
        };
        let parts = &self.scanned.parts[self.start..end];
        self.start = end;
        seed.deserialize(Reading::of(field, parts, self.depth))
            .map_err(|fault| fault.under(field.name))
    }
}

/// A list, whose items stand alone or together.
pub(in crate::protobuf) struct Items<'p, 'de> {
    of: Reading<'p, 'de>,
    /// What is left of those that stand together.
    together: Cursor<'de>,
    index: usize,
}

impl<'p, 'de> Items<'p, 'de> {
    pub(in crate::protobuf) fn new(of: Reading<'p, 'de>) -> Self {
        Self {
            of,
            together: Cursor::new(&[]),
            index: 0,
        }
    }

    pub(in crate::protobuf) fn next(&mut self) -> Result<Option<Part<'de>>, Fault> {
        loop {
            if !self.together.is_empty() {
                let raw = packed(self.of.kind, &mut self.together)?;
                let place = Place::default();
                return Ok(Some(Part { place, raw }));
            }
            let Some((first, rest)) = self.of.parts.split_first() else {
                return Ok(None);
            };
            self.of.parts = rest;
            match bytes(first).filter(|_| self.of.kind.is_packable()) {
                Some(together) => self.together = Cursor::new(together),
                None => return Ok(Some(*first)),
            }
        }
    }
}

/// The next of the values that stand together.
fn packed<'de>(kind: Kind, cursor: &mut Cursor<'de>) -> Result<Raw<'de>, Fault> {
    Ok(match kind {
        Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => Raw::Eight(cursor.array()?),
        Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => Raw::Four(cursor.array()?),
        _ => Raw::Varint(cursor.varint()?),
    })
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let index = self.index;
        self.index += 1;
        let part = self.next().map_err(|fault| fault.at(index))?;
        let Some(part) = part else {
            return Ok(None);
        };
        let item = Reading {
            kind: self.of.kind,
            shape: Shape::Required,
            parts: &[part],
            depth: self.of.depth,
        };
        seed.deserialize(item)
            .map(Some)
            .map_err(|fault| fault.at(index))
    }
}

/// A map.
pub(super) struct Entries<'p, 'de> {
    of: Reading<'p, 'de>,
    key: Kind,
    /// The parts of the entry's value.
    value: Vec<Part<'de>>,
    index: usize,
}

impl<'p, 'de> Entries<'p, 'de> {
    pub(super) fn new(of: Reading<'p, 'de>, key: Kind) -> Self {
        Self {
            of,
            key,
            value: Vec::new(),
            index: 0,
        }
    }

    fn reading<'a>(&self, kind: Kind, parts: &'a [Part<'de>]) -> Reading<'a, 'de> {
        Reading {
            kind,
            shape: Shape::Implicit,
            parts,
            depth: self.of.depth,
        }
    }
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some((first, rest)) = self.of.parts.split_first() else {
            return Ok(None);
        };
        self.of.parts = rest;
        let index = self.index;
        self.index += 1;
        let read = entry(self.key, self.of.kind, first).and_then(|[key, value]| {
            self.value = value;
            seed.deserialize(self.reading(self.key, &key))
        });
        read.map(Some).map_err(|fault| fault.at(index))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let value = std::mem::take(&mut self.value);
        seed.deserialize(self.reading(self.of.kind, &value))
            .map_err(|fault| fault.at(self.index - 1))
    }
}

/// What a `oneof` holds, under the name of its field.
pub(in crate::protobuf) struct Choice<'p, 'de> {
    pub(in crate::protobuf) field: &'static Field,
    pub(in crate::protobuf) value: Reading<'p, 'de>,
}

impl<'de> EnumAccess<'de> for Choice<'_, 'de> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let name = seed.deserialize(self.field.name.into_deserializer())?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Choice<'_, 'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Err(unfit(&"a name alone"))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        let name = self.field.name;
        seed.deserialize(self.value)
            .map_err(|fault| fault.under(name))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        Err(unfit(&visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        Err(unfit(&visitor))
    }
}

fn unfit(expected: &dyn serde::de::Expected) -> Fault {
    serde::de::Error::invalid_type(Unexpected::NewtypeVariant, expected)
}
