//! Steps of JSON pointers, and the escapes of those that stand in a URL.
use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Adds one step to a JSON pointer.
pub(crate) fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    if !token.contains(['~', '/']) {
        pointer.push_str(token);
        return;
    }
    for part in token.chars() {
        match part {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            _ => pointer.push(part),
        }
    }
}

/// Text without `%XX`; left as it is where that gives no text.
pub(crate) fn percent_decoded(text: &str) -> Cow<'_, str> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.unwrap_or(Cow::Borrowed(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_a_percent_sign_and_two_hexadecimal_digits() {
        for (text, expected) in [
            ("a%20b%C3%BC", "a bü"),
            ("%2b%2B", "++"),
            ("%+f%-1%f", "%+f%-1%f"),
            ("%", "%"),
            ("%ü", "%ü"),
            ("100%25", "100%"),
            ("%ff%20", "%ff%20"),
        ] {
            assert_eq!(percent_decoded(text), expected);
        }
    }
}
