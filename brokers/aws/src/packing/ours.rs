//! What of a message no attribute can be: properties, and headers in their order, as the JSON of one attribute.
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value as Json};
use tidings::{Error, ErrorKind, Result};

/// All of a message but its body and those headers that are attributes.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ours {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reply_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) correlation_id: Option<String>,
    /// The key, where the group does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<Value>,
    /// The group is none of the document's.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) keyless: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<u64>,
    /// How the body is to be read: `base64`, `empty`, or as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<String>,
    /// All headers in their order, those that are attributes by their names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) headers: Vec<Header>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Header {
    Attribute(String),
    Packed(String, Value),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Value {
    Text(String),
    Bytes { base64: String },
}

impl Value {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        match str::from_utf8(bytes) {
            Ok(text) if may_travel(text) => Self::Text(text.to_owned()),
            _ => Self::Bytes {
                base64: BASE64_STANDARD.encode(bytes),
            },
        }
    }

    pub(super) fn bytes(self) -> Option<Bytes> {
        match self {
            Self::Text(text) => Some(text.into()),
            Self::Bytes { base64 } => BASE64_STANDARD.decode(base64).ok().map(Into::into),
        }
    }
}

impl Ours {
    /// As JSON; letters that may not travel are escaped.
    pub(super) fn json(&self) -> Result<String> {
        let json = serde_json::to_string(self).map_err(|error| {
            Error::new(
                ErrorKind::Invalid,
                "publish",
                "its properties cannot be written",
            )
            .because(error)
        })?;
        let escape = |letter: char| match is_allowed(letter) {
            true => letter.to_string(),
            false => {
                let mut units = [0; 2];
                let units = letter.encode_utf16(&mut units).iter();
                units.map(|unit| format!("\\u{unit:04x}")).collect()
            }
        };
        Ok(match may_travel(&json) {
            true => json,
            false => json.chars().map(escape).collect(),
        })
    }

    /// What others may have written: whatever of it makes no sense says nothing. None where it is no object.
    pub(super) fn read(json: &[u8]) -> Option<Self> {
        let mut all: Map<String, Json> = serde_json::from_slice(json).ok()?;
        let mut get = |name: &str| all.remove(name);
        Some(Self {
            id: get("id").and_then(text),
            name: get("name").and_then(text),
            content_type: get("contentType").and_then(text),
            reply_to: get("replyTo").and_then(text),
            correlation_id: get("correlationId").and_then(text),
            key: get("key").and_then(read),
            keyless: get("keyless").and_then(read).unwrap_or_default(),
            created: get("created").and_then(read),
            expires: get("expires").and_then(read),
            body: get("body").and_then(text),
            headers: match get("headers") {
                Some(Json::Array(all)) => all.into_iter().filter_map(read).collect(),
                _ => Vec::new(),
            },
        })
    }
}

fn read<T: DeserializeOwned>(value: Json) -> Option<T> {
    serde_json::from_value(value).ok()
}

/// A text, or a number as one.
fn text(value: Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether a text may be sent as it is.
pub(super) fn may_travel(text: &str) -> bool {
    // Most have none but these, of which a processor looks at many at a time.
    let is_odd = |byte: u8| !(b' '..=b'~').contains(&byte);
    let has_odd = text.bytes().fold(false, |has, byte| has | is_odd(byte));
    !has_odd || text.chars().all(is_allowed)
}

/// Whether a text may have that letter.
pub(super) fn is_allowed(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
