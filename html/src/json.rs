//! Values of the document as text: on one line, or over several with colours.
use serde::Serialize;
use tidings_document::{Node, Value};

/// A piece of coloured text; `class` is empty for what has no colour.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) class: &'static str,
    pub(crate) text: String,
}

/// A value on one line. A text stands for itself unless it could be taken for another kind of value.
pub(crate) fn inline(node: &Node) -> String {
    match node.as_str().map(|text| text.trim_end_matches('\n')) {
        Some(text) if !looks_like_another_kind(text) => text.to_owned(),
        _ => node.to_json().to_string(),
    }
}

fn looks_like_another_kind(text: &str) -> bool {
    text.trim() != text
        || serde_json::from_str::<serde_json::Value>(text).is_ok()
        || text.is_empty()
}

/// A value as indented JSON.
pub(crate) fn pretty(node: &Node) -> Vec<Token> {
    pretty_json(&node.to_json())
}

/// A value as indented JSON.
pub(crate) fn pretty_json(value: &serde_json::Value) -> Vec<Token> {
    let mut printer = Printer::default();
    printer.value(value, 0);
    printer.flush();
    printer.tokens
}

/// A text without colours.
pub(crate) fn plain(text: &str) -> Vec<Token> {
    vec![Token {
        class: "",
        text: text.to_owned(),
    }]
}

/// What to show for a schema in another language: its text, or its value as JSON.
pub(crate) fn source(node: &Node) -> Vec<Token> {
    match &node.value {
        Value::String(text) => plain(text),
        _ => pretty(node),
    }
}

#[derive(Default)]
struct Printer {
    tokens: Vec<Token>,
    pending: String,
}

impl Printer {
    fn value(&mut self, value: &serde_json::Value, depth: usize) {
        use serde_json::Value as Json;
        match value {
            Json::Array(items) if items.is_empty() => self.pending.push_str("[]"),
            Json::Object(object) if object.is_empty() => self.pending.push_str("{}"),
            Json::Array(items) => {
                self.pending.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.line(depth + 1, index > 0);
                    self.value(item, depth + 1);
                }
                self.line(depth, false);
                self.pending.push(']');
            }
            Json::Object(object) => {
                self.pending.push('{');
                for (index, (key, item)) in object.iter().enumerate() {
                    self.line(depth + 1, index > 0);
                    self.token("k", &Json::String(key.clone()));
                    self.pending.push_str(": ");
                    self.value(item, depth + 1);
                }
                self.line(depth, false);
                self.pending.push('}');
            }
            Json::String(_) => self.token("s", value),
            Json::Number(_) => self.token("n", value),
            Json::Bool(_) | Json::Null => self.token("c", value),
        }
    }

    fn line(&mut self, depth: usize, comma: bool) {
        if comma {
            self.pending.push(',');
        }
        self.pending.push('\n');
        self.pending.push_str(&"  ".repeat(depth));
    }

    fn token(&mut self, class: &'static str, value: &serde_json::Value) {
        self.flush();
        self.tokens.push(Token {
            class,
            text: value.to_string(),
        });
    }

    fn flush(&mut self) {
        if !self.pending.is_empty() {
            self.tokens.push(Token {
                class: "",
                text: std::mem::take(&mut self.pending),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn pretty_text_is_the_same_json() {
        let value = json!({"a": [1, "x\n", null, {}, []], "b": {"c": true}});
        let tokens = pretty_json(&value);
        let text: String = tokens.iter().map(|token| token.text.as_str()).collect();
        expect![[r#"
            {
              "a": [
                1,
                "x\n",
                null,
                {},
                []
              ],
              "b": {
                "c": true
              }
            }"#]]
        .assert_eq(&text);
        assert!(
            tokens
                .iter()
                .any(|token| token.class == "k" && token.text == "\"a\"")
        );
    }

    #[test]
    fn texts_that_look_like_numbers_keep_their_quotes() {
        assert!(looks_like_another_kind("1"));
        assert!(looks_like_another_kind("true"));
        assert!(looks_like_another_kind(""));
        assert!(!looks_like_another_kind("eu-west"));
    }
}
