//! What a field of a binding has to be.
use super::Binding;
use crate::{ErrorKind, Result};
use serde::de::{DeserializeOwned, value::MapDeserializer};
use serde_json::Value;
use std::iter;

impl<'a> Binding<'a> {
    /// All of it as one value.
    ///
    /// # Errors
    /// When it is none of that type; names the field, where all may be left out.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        of(self.all_fields()).map_err(|error| match self.unread::<T>() {
            Some((field, error)) => self.wrong(field, &format!("cannot be read: {error}")),
            None => {
                let binding = self.owner.binding(self.protocol);
                let reason = format!("{binding} cannot be read: {error}");
                self.owner.error(ErrorKind::Invalid, reason)
            }
        })
    }

    /// The first field that cannot be read by itself, and why.
    fn unread<T: DeserializeOwned>(&self) -> Option<(&'a str, serde_json::Error)> {
        of::<T>(iter::empty()).ok()?;
        self.all_fields()
            .find_map(|field| Some((field.0, of::<T>(iter::once(field)).err()?)))
    }

    /// A text in that field.
    ///
    /// # Errors
    /// When it is none.
    pub fn text(&self, field: &str, value: &'a Value) -> Result<&'a str> {
        let text = value.as_str();
        text.ok_or_else(|| self.wrong(field, "is no text"))
    }

    /// A whole number in that field, up to `most`.
    ///
    /// # Errors
    /// When it is none.
    pub fn whole(&self, field: &str, value: &Value, most: u64) -> Result<u64> {
        let number = value.as_u64().filter(|number| *number <= most);
        number.ok_or_else(|| self.wrong(field, &format!("is no whole number up to {most}")))
    }

    /// `true` or `false` in that field.
    ///
    /// # Errors
    /// When it is neither.
    pub fn is(&self, field: &str, value: &Value) -> Result<bool> {
        let is = value.as_bool();
        is.ok_or_else(|| self.wrong(field, "is neither `true` nor `false`"))
    }
}

fn of<'a, T: DeserializeOwned>(
    fields: impl Iterator<Item = (&'a str, &'a Value)>,
) -> Result<T, serde_json::Error> {
    T::deserialize(MapDeserializer::new(fields))
}
