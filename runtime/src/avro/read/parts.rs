//! Lists, maps, records and branches of unions, part by part.
use super::Reading;
use crate::{
    avro::kind::{Field, TypeId},
    fault::Fault,
};
use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, Unexpected, VariantAccess,
    Visitor, value::BorrowedStrDeserializer,
};

/// The items of a list or the entries of a map, which come in blocks.
struct Blocks<'r, 'de> {
    of: Reading<'r, 'de>,
    inner: TypeId,
    /// How many are left of the block.
    left: u64,
    ended: bool,
}

impl<'r, 'de> Blocks<'r, 'de> {
    fn new(of: Reading<'r, 'de>, inner: TypeId) -> Self {
        Self {
            of,
            inner,
            left: 0,
            ended: false,
        }
    }

    /// Whether one more comes.
    fn next(&mut self) -> Result<bool, Fault> {
        if self.left == 0 && !self.ended {
            self.left = self.of.source.block()?;
            self.ended = self.left == 0;
        }
        self.left = self.left.saturating_sub(1);
        Ok(!self.ended)
    }

    fn value<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(Reading {
            types: self.of.types,
            id: self.inner,
            branch: None,
            source: &mut *self.of.source,
            depth: self.of.depth,
        })
    }
}

/// A list.
pub(super) struct Items<'r, 'de>(Blocks<'r, 'de>, usize);

impl<'r, 'de> Items<'r, 'de> {
    pub(super) fn new(of: Reading<'r, 'de>, inner: TypeId) -> Self {
        Self(Blocks::new(of, inner), 0)
    }
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Self(blocks, index) = self;
        if !blocks.next()? {
            return Ok(None);
        }
        let before = blocks.of.source.left();
        let value = blocks.value(seed).map_err(|fault| fault.at(*index))?;
        if blocks.of.source.left() == before {
            blocks.of.source.was_empty()?;
        }
        *index += 1;
        Ok(Some(value))
    }
}

/// A map.
pub(super) struct Entries<'r, 'de>(Blocks<'r, 'de>, &'de str);

impl<'r, 'de> Entries<'r, 'de> {
    pub(super) fn new(of: Reading<'r, 'de>, inner: TypeId) -> Self {
        Self(Blocks::new(of, inner), "")
    }
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        if !self.0.next()? {
            return Ok(None);
        }
        self.1 = self.0.of.source.text()?;
        seed.deserialize(BorrowedStrDeserializer::new(self.1))
            .map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        self.0.value(seed).map_err(|fault| fault.under(self.1))
    }
}

/// A record.
pub(super) struct Fields<'r, 'de> {
    of: Reading<'r, 'de>,
    fields: std::slice::Iter<'r, Field>,
    next: Option<&'r Field>,
}

impl<'r, 'de> Fields<'r, 'de> {
    pub(super) fn new(of: Reading<'r, 'de>, fields: &'r [Field]) -> Self {
        Self {
            of,
            fields: fields.iter(),
            next: None,
        }
    }
}

impl<'de> MapAccess<'de> for Fields<'_, 'de> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        self.next = self.fields.next();
        let key = |field: &Field| seed.deserialize(field.name.as_str().into_deserializer());
        self.next.map(key).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let Some(field) = self.next else {
            return Err(Fault::new("has no more fields"));
        };
        let read = seed.deserialize(Reading {
            types: self.of.types,
            id: field.kind,
            branch: None,
            source: &mut *self.of.source,
            depth: self.of.depth,
        });
        read.map_err(|fault| fault.under(&field.name))
    }
}

/// A branch of a union under the name of its type.
pub(super) struct Branch<'r, 'de>(pub(super) Reading<'r, 'de>);

impl<'de> EnumAccess<'de> for Branch<'_, 'de> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let name = self.0.kind().name();
        let value = seed.deserialize(name.into_deserializer())?;
        Ok((value, self))
    }
}

impl<'de> VariantAccess<'de> for Branch<'_, 'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Err(unfit(Unexpected::NewtypeVariant, &"a symbol"))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        Err(unfit(Unexpected::NewtypeVariant, &visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        Err(unfit(Unexpected::NewtypeVariant, &visitor))
    }
}

fn unfit(found: Unexpected<'_>, expected: &dyn serde::de::Expected) -> Fault {
    serde::de::Error::invalid_type(found, expected)
}
