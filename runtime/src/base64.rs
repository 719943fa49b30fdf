//! `byte` of OpenAPI: bytes, which JSON writes in Base64.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, ops::Deref, str::FromStr};

/// Bytes that are written as Base64 of RFC 4648, with its padding.
///
/// ```
/// use tidings::Base64;
///
/// let picture: Base64 = "aGk=".parse()?;
/// assert_eq!(*picture, *b"hi");
/// assert_eq!(Base64::from(b"hi".to_vec()).to_string(), "aGk=");
/// # Ok::<(), tidings::NotBase64>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Base64(pub Bytes);

/// A text that is not in Base64, or that has bits behind the last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not in Base64 with its padding")]
#[non_exhaustive]
pub struct NotBase64;

impl Deref for Base64 {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Bytes> for Base64 {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl From<Vec<u8>> for Base64 {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl FromStr for Base64 {
    type Err = NotBase64;

    fn from_str(text: &str) -> Result<Self, NotBase64> {
        let bytes = STANDARD.decode(text).map_err(|_| NotBase64)?;
        Ok(Self(bytes.into()))
    }
}

impl fmt::Display for Base64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&STANDARD.encode(&self.0))
    }
}

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        writer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_str(Text)
    }
}

struct Text;

impl de::Visitor<'_> for Text {
    type Value = Base64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text in Base64")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Base64, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_and_other_texts_are_none() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("AA==", &[0]),
            ("+/8=", &[0xfb, 0xff]),
            ("aGkh", b"hi!"),
        ] {
            let read: Base64 = text.parse().unwrap();
            assert_eq!((&*read, read.to_string()), (bytes, text.to_owned()));
            let json = serde_json::to_string(&read).unwrap();
            assert_eq!(serde_json::from_str::<Base64>(&json).unwrap(), read);
        }
        // Without padding, with other letters, and with bits that would be lost.
        for text in ["AA", "AA=", "A===", "-_8=", "AA==\n", "AB==", "ä==="] {
            assert_eq!(text.parse::<Base64>(), Err(NotBase64), "{text}");
        }
    }
}
