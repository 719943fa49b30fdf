//! Objects that keep further properties with their numbers as they are written, read property by property.
use serde::{
    Deserializer,
    de::{MapAccess, Visitor},
};
use std::{fmt, marker::PhantomData};

/// A type that is read so: `open!` implements it, in which no name stands but the type's own, whatever that is.
#[doc(hidden)]
pub trait Open: Sized {
    /// The value of these properties.
    ///
    /// # Errors
    /// When one does not fit, or is missing.
    fn of<'de, A: MapAccess<'de>>(entries: A) -> Result<Self, A::Error>;
}

/// Reads one.
///
/// # Errors
/// When it is no object, or not of that type.
#[doc(hidden)]
pub fn read_open<'de, T: Open, D: Deserializer<'de>>(reader: D) -> Result<T, D::Error> {
    reader.deserialize_map(Properties(PhantomData))
}

struct Properties<T>(PhantomData<T>);

impl<'de, T: Open> Visitor<'de> for Properties<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<T, A::Error> {
        T::of(entries)
    }
}
