//! Steps of JSON pointers, and the escapes of those that stand in a URL.
use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Adds one step to a JSON pointer.
pub(crate) fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&escaped_token(token));
}

/// A key as a step of a JSON pointer (RFC 6901).
#[must_use]
pub fn escaped_token(key: &str) -> Cow<'_, str> {
    match key.contains(['~', '/']) {
        true => key.replace('~', "~0").replace('/', "~1").into(),
        false => key.into(),
    }
}

/// A step of a JSON pointer (RFC 6901) as the key that it names.
#[must_use]
pub fn unescaped_token(token: &str) -> Cow<'_, str> {
    match token.contains('~') {
        true => token.replace("~1", "/").replace("~0", "~").into(),
        false => token.into(),
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
    fn a_key_is_the_same_after_a_way_through_a_pointer() {
        for (key, token) in [("a", "a"), ("a/b~c", "a~1b~0c"), ("~1", "~01"), ("", "")] {
            assert_eq!(escaped_token(key), token);
            assert_eq!(unescaped_token(token), key);
        }
    }

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
