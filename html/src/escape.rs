//! What keeps the text of a document from becoming markup, or part of the page's script.
use serde::Serialize;
use tidings_document::masked_everywhere;

/// A text between tags.
pub(crate) fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A text without what is secret in it, which nothing finds any more once the text is broken or cut.
pub(crate) fn discreet(text: &str) -> String {
    // As it is found between tags.
    let masked = masked_everywhere(&format!(">{text}")).into_owned();
    masked[1..].to_owned()
}

/// A name that may be long, with places where it may break: behind its separators, and before the words of `camelCase`.
pub(crate) fn breakable(name: &str) -> String {
    let name = discreet(name);
    let mut html = String::new();
    let mut start = 0;
    for (letter, (after, next)) in name.chars().zip(name.char_indices().skip(1)) {
        let ends_word = letter.is_lowercase() && next.is_uppercase();
        if matches!(letter, '.' | '/' | '_' | ':' | '-') || ends_word {
            html.push_str(&text(&name[start..after]));
            html.push_str("<wbr>");
            start = after;
        }
    }
    html + &text(&name[start..])
}

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
    fn text_is_no_markup() {
        assert_eq!(text("a<b>&amp;\"'"), "a&lt;b&gt;&amp;amp;\"'");
    }

    #[test]
    fn what_is_secret_goes_before_a_name_is_broken() {
        assert_eq!(breakable("me:b4nana@a.example"), "***@a.<wbr>example");
        assert_eq!(discreet("amqp://me:b4nana@a/x"), "amqp://***@a/x");
    }

    #[test]
    fn names_break_behind_separators() {
        assert_eq!(breakable("a.b/<c>_d."), "a.<wbr>b/<wbr>&lt;c&gt;_<wbr>d.");
        assert_eq!(breakable("plain"), "plain");
        assert_eq!(breakable("anHTTPOrderÄb"), "an<wbr>HTTPOrder<wbr>Äb");
    }

    #[test]
    fn markup_is_written_as_escapes_and_reads_back() {
        let value = vec!["</script><!-- & \u{2028}\u{2029}".to_owned()];
        let text = script_json(&value);
        assert!(!text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']));
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), value);
    }
}
