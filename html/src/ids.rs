//! Ids of headings: stable, unique, and readable back into the key they come from.
use std::collections::{BTreeMap, BTreeSet};

use tidings_document::masked;

/// The ids given out so far.
#[derive(Default)]
pub(crate) struct Ids {
    taken: BTreeSet<String>,
    repeats: BTreeMap<String, u32>,
}

impl Ids {
    /// The id of an object: `<kind>-<key>`, with a number after `~~` from the second of the same key on.
    pub(crate) fn claim(&mut self, kind: &str, key: &str) -> String {
        let base = format!("{kind}-{}", escape(&masked(key)));
        let count = self.repeats.entry(base.clone()).or_insert(0);
        *count += 1;
        let id = if *count == 1 {
            base
        } else {
            format!("{base}~~{count}")
        };
        self.taken.insert(id.clone());
        id
    }

    /// Whether something on the page has this id.
    pub(crate) fn contains(&self, id: &str) -> bool {
        self.taken.contains(id)
    }
}

/// Writes every byte that does not fit into an id and a link alike as `~` and two hexadecimal digits.
pub(crate) fn escape(key: &str) -> String {
    use std::fmt::Write;
    key.bytes().fold(String::new(), |mut id, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            id.push(char::from(byte));
        } else {
            let _ = write!(id, "~{byte:02X}");
        }
        id
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unescape(id: &str) -> String {
        let mut bytes = Vec::new();
        let mut rest = id;
        while let Some(first) = rest.chars().next() {
            if first == '~' {
                bytes.push(u8::from_str_radix(&rest[1..3], 16).unwrap());
                rest = &rest[3..];
            } else {
                bytes.push(first as u8);
                rest = &rest[1..];
            }
        }
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn escaping_can_be_read_back() {
        for key in ["plain", "a/{b}", "a b~c", "größe", "~2F", "\"><script>", ""] {
            assert_eq!(unescape(&escape(key)), key);
        }
    }

    #[test]
    fn equal_keys_get_different_ids() {
        let mut ids = Ids::default();
        assert_eq!(ids.claim("message", "a"), "message-a");
        assert_eq!(ids.claim("message", "a"), "message-a~~2");
        assert_eq!(ids.claim("schema", "a"), "schema-a");
        assert!(ids.contains("message-a~~2"));
    }
}
