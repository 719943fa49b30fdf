//! Text that `serde_json` has found to be JSON, to a value with its numbers as they are written.
use super::{Json, read::is_private};
use serde_json::{Error, Result};
use std::collections::BTreeMap;

/// Deepest nesting, which is that of `serde_json`.
const DEPTH: usize = 128;

/// The value of a text that is JSON, without spaces around it.
pub(super) fn parse(text: &str) -> Result<Json> {
    Reader { text, at: 0 }.value(DEPTH)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Json> {
        let below = || {
            depth
                .checked_sub(1)
                .ok_or_else(|| error("recursion limit exceeded"))
        };
        Ok(match self.peek() {
            b'{' => self.object(below()?)?,
            b'[' => self.array(below()?)?,
            b'"' => Json::String(self.string()?),
            _ => self.scalar()?,
        })
    }

    fn object(&mut self, depth: usize) -> Result<Json> {
        let mut entries = BTreeMap::new();
        while self.goes_on(b'}') {
            let name = self.string()?;
            if is_private(&name) {
                return Err(error(&format!(
                    "`{name}` is no name that a property can have"
                )));
            }
            self.pass();
            entries.insert(name, self.value(depth)?);
        }
        Ok(Json::Object(entries))
    }

    fn array(&mut self, depth: usize) -> Result<Json> {
        let mut items = Vec::new();
        while self.goes_on(b']') {
            items.push(self.value(depth)?);
        }
        Ok(Json::Array(items))
    }

    /// Passes over an opening bracket or a comma; whether more comes before the end, which is passed over else.
    fn goes_on(&mut self, end: u8) -> bool {
        if self.peek() != end {
            self.pass();
        }
        let next = self.peek();
        let ends = next == end || next == 0;
        if ends {
            self.pass();
        }
        !ends
    }

    fn string(&mut self) -> Result<String> {
        self.peek();
        let start = self.at;
        self.at += 1;
        while !matches!(self.byte(), b'"' | 0) {
            self.at += 1 + usize::from(self.byte() == b'\\');
        }
        self.at = (self.at + 1).min(self.text.len());
        serde_json::from_str(self.text.get(start..self.at).unwrap_or_default())
    }

    fn scalar(&mut self) -> Result<Json> {
        let rest = &self.text[self.at..];
        let end = rest.find([',', ']', '}', ' ', '\n', '\r', '\t']);
        let text = &rest[..end.unwrap_or(rest.len())];
        self.at += text.len();
        Ok(match text {
            "null" => Json::Null,
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            number => Json::Number(
                number
                    .parse()
                    .map_err(|why| error(&format!("`{number}` {why}")))?,
            ),
        })
    }

    /// The next byte that is no space; 0 at the end.
    fn peek(&mut self) -> u8 {
        while self.byte().is_ascii_whitespace() {
            self.at += 1;
        }
        self.byte()
    }

    /// Passes over a sign.
    fn pass(&mut self) {
        if self.peek() != 0 {
            self.at += 1;
        }
    }

    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }
}

fn error(reason: &str) -> Error {
    serde::de::Error::custom(reason)
}
