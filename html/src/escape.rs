//! What keeps the text of a document from becoming part of the page's script: JSON that is safe inside `<script>`.
use serde::Serialize;

/// A value as JSON that no HTML parser can take for markup.
pub(crate) fn script_json(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_else(|_| "[]".to_owned());
    text.chars().fold(String::new(), |mut safe, letter| {
        match letter {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            '\u{2028}' => safe.push_str("\\u2028"),
            '\u{2029}' => safe.push_str("\\u2029"),
            other => safe.push(other),
        }
        safe
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_written_as_escapes_and_reads_back() {
        let value = vec!["</script><!-- & \u{2028}".to_owned()];
        let text = script_json(&value);
        assert!(!text.contains(['<', '>', '&', '\u{2028}']));
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), value);
    }
}
