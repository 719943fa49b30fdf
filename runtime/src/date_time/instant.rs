//! A `date-time` in a type of a library, which reads and writes other texts by itself.
#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "time")]
mod time;

use super::{DateTime, NotDateTime, Parsed};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error};
use std::{
    fmt,
    marker::PhantomData,
    ops::{Deref, DerefMut},
    str::FromStr,
};

/// A `date-time` as a library has it, in texts of RFC 3339: what the library does not keep is written in the shortest way.
///
/// ```
/// use jiff::Timestamp;
/// use tidings::Rfc3339;
///
/// let noon: Rfc3339<Timestamp> = "2026-11-30T12:00:00.50+01:00".parse()?;
/// assert_eq!(noon.as_second(), 1_796_036_400);
/// assert_eq!(noon.to_string(), "2026-11-30T11:00:00.5Z");
/// # Ok::<(), tidings::NotDateTime>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rfc3339<T>(pub T);

/// A type of a library that a [`DateTime`] may be.
pub trait Instant: Sized {
    /// What is written so; nothing where the type has no such instant.
    fn read(written: DateTime) -> Option<Self>;

    /// How it is written; nothing where RFC 3339 has no form of it, as of years before 0 and after 9999.
    fn written(&self) -> Option<DateTime>;
}

impl Instant for Timestamp {
    fn read(written: DateTime) -> Option<Self> {
        written.offset.to_timestamp(written.local).ok()
    }

    fn written(&self) -> Option<DateTime> {
        let written = DateTime::from(*self);
        (written.local.year() >= 0).then_some(written)
    }
}

impl<T> Deref for Rfc3339<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Rfc3339<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for Rfc3339<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl From<Rfc3339<Self>> for Timestamp {
    fn from(value: Rfc3339<Self>) -> Self {
        value.0
    }
}

impl<T: Instant> FromStr for Rfc3339<T> {
    type Err = NotDateTime;

    fn from_str(text: &str) -> Result<Self, NotDateTime> {
        let read = T::read(text.parse()?);
        read.map(Self).ok_or(NotDateTime::Beyond)
    }
}

impl<T: Instant + fmt::Display> fmt::Display for Rfc3339<T> {
    /// As the library writes it, where RFC 3339 has no form of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.written() {
            Some(written) => written.fmt(f),
            None => self.0.fmt(f),
        }
    }
}

impl<T: Instant> Serialize for Rfc3339<T> {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        let none = || S::Error::custom("an instant that RFC 3339 has no form of");
        self.0.written().ok_or_else(none)?.serialize(writer)
    }
}

impl<'de, T: Instant> Deserialize<'de> for Rfc3339<T> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_str(Parsed(PhantomData))
    }
}

#[cfg(test)]
mod tests;
