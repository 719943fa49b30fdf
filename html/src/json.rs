//! Values of the document as text: on one line, or over several with colours.
use serde_json::Value as Json;
use tidings_document::{Node, Value};

use crate::escape;

/// A value on one line. A text stands for itself unless it could be taken for another kind of value.
pub(crate) fn inline(node: &Node) -> String {
    match node.as_str().map(|text| text.trim_end_matches('\n')) {
        Some(text) if !looks_like_another_kind(text) => text.to_owned(),
        _ => node.to_json().to_string(),
    }
}

fn looks_like_another_kind(text: &str) -> bool {
    text.trim() != text || serde_json::from_str::<Json>(text).is_ok() || text.is_empty()
}

/// A value as indented JSON in markup: keys are `b`, texts `i`, all else `u`, which are short and mean nothing.
pub(crate) fn markup(value: &Json) -> String {
    let mut html = String::new();
    write(value, 0, &mut html);
    html
}

/// What to show for a schema in another language: its text, or its value as JSON.
pub(crate) fn source(node: &Node) -> String {
    match &node.value {
        Value::String(text) => escape::text(text),
        _ => markup(&node.to_json()),
    }
}

fn write(value: &Json, depth: usize, html: &mut String) {
    match value {
        Json::Array(items) if items.is_empty() => html.push_str("[]"),
        Json::Object(object) if object.is_empty() => html.push_str("{}"),
        Json::Array(items) => {
            html.push('[');
            for (index, item) in items.iter().enumerate() {
                line(depth + 1, index > 0, html);
                write(item, depth + 1, html);
            }
            line(depth, false, html);
            html.push(']');
        }
        Json::Object(object) => {
            html.push('{');
            for (index, (key, item)) in object.iter().enumerate() {
                line(depth + 1, index > 0, html);
                token('b', &Json::String(key.clone()), html);
                html.push_str(": ");
                write(item, depth + 1, html);
            }
            line(depth, false, html);
            html.push('}');
        }
        Json::String(_) => token('i', value, html),
        Json::Number(_) | Json::Bool(_) | Json::Null => token('u', value, html),
    }
}

fn line(depth: usize, comma: bool, html: &mut String) {
    if comma {
        html.push(',');
    }
    html.push('\n');
    html.push_str(&"  ".repeat(depth));
}

fn token(element: char, value: &Json, html: &mut String) {
    let text = escape::text(&value.to_string());
    html.push_str(&format!("<{element}>{text}</{element}>"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn indented_json_has_markup_for_colours_alone() {
        let value = json!({"a": [1, "<x>\n", null, {}, []], "b": {"c": true}});
        expect![[r#"
            {
              <b>"a"</b>: [
                <u>1</u>,
                <i>"&lt;x&gt;\n"</i>,
                <u>null</u>,
                {},
                []
              ],
              <b>"b"</b>: {
                <b>"c"</b>: <u>true</u>
              }
            }"#]]
        .assert_eq(&markup(&value));
    }

    #[test]
    fn texts_that_look_like_numbers_keep_their_quotes() {
        assert!(looks_like_another_kind("1"));
        assert!(looks_like_another_kind("true"));
        assert!(looks_like_another_kind(""));
        assert!(!looks_like_another_kind("eu-west"));
    }
}
