//! Texts of a document as words of a command line, which whoever copies it runs as it is.
use crate::hidden::is_hidden;

/// Whether a text can be told in one line, and is what it seems.
pub(super) fn is_plain(text: &str) -> bool {
    !text
        .chars()
        .any(|letter| letter.is_control() || is_hidden(letter))
        && !text.starts_with('-')
}

/// One word for a shell, whatever is in it.
pub(super) fn quoted(text: &str) -> String {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"._/:@+-".contains(&byte);
    match !text.is_empty() && text.bytes().all(is_word) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cannot_end_their_quotes() {
        assert_eq!(quoted("orders.eu"), "orders.eu");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("a'; rm -rf ~; '"), r"'a'\''; rm -rf ~; '\'''");
        assert_eq!(quoted("$(x)`y`"), "'$(x)`y`'");
    }

    #[test]
    fn what_is_not_what_it_seems_is_in_no_command() {
        for bad in ["a\nb", "a\u{202e}b", "a\u{200b}b", "--output=x"] {
            assert!(!is_plain(bad), "{bad:?}");
        }
        assert!(is_plain("orders.{region}/größe"));
    }
}
