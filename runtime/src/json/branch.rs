//! Branches of unions, read from the value that told which one it is.
use super::{Json, place, read::meant};
use serde::{Deserializer, de::DeserializeOwned};

/// A branch of a union from the value that told which one it is.
///
/// # Errors
/// When the value does not fit the type.
pub fn from_value<T: DeserializeOwned>(value: serde_json::Value) -> serde_json::Result<T> {
    branch(value)
}

/// The same of a value whose numbers count to the last digit.
///
/// # Errors
/// When the value does not fit the type.
pub fn from_exact<T: DeserializeOwned>(value: Json) -> serde_json::Result<T> {
    branch(value)
}

/// The same of any reader.
fn branch<'de, T: DeserializeOwned, R>(value: R) -> serde_json::Result<T>
where
    R: Deserializer<'de, Error = serde_json::Error>,
{
    if !place::is_looked_for() {
        return T::deserialize(meant(value));
    }
    serde_path_to_error::deserialize(meant(value)).map_err(|error| {
        place::failed(error.path());
        error.into_inner()
    })
}
