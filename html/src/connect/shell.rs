//! Texts of a document as words of a command line, which whoever copies it runs as it is.
use crate::hidden::is_hidden;

/// What means something within single quotes to one of the shells that people have: fish takes `\'` for a quotation mark, PowerShell
/// ends the quotes at those of printers too, csh has its history in them, and cmd.exe knows no such quotes at all.
const MEANT: &[char] = &[
    '\\', '\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}', '!', '"', '%', '&', '<', '>', '^',
    '|',
];

/// Whether a text can be told in one line, is what it seems, and is a word that stays one in every shell, and no option.
pub(super) fn is_plain(text: &str) -> bool {
    let is_bad = |letter: char| letter.is_control() || is_hidden(letter) || MEANT.contains(&letter);
    !text.chars().any(is_bad) && !text.starts_with('-')
}

/// One word for a shell; none for a text that could be more.
pub(super) fn quoted(text: &str) -> Option<String> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"._/:@+-".contains(&byte);
    match !text.is_empty() && text.bytes().all(is_word) {
        _ if !is_plain(text) => None,
        true => Some(text.to_owned()),
        false => Some(format!("'{text}'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cannot_end_their_quotes() {
        for (text, expected) in [
            ("orders.eu", "orders.eu"),
            ("", "''"),
            ("a b", "'a b'"),
            ("$(x)`y`", "'$(x)`y`'"),
            ("orders.{region}/größe", "'orders.{region}/größe'"),
        ] {
            assert_eq!(quoted(text).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_is_not_what_it_seems_in_every_shell_is_in_no_command() {
        for bad in [
            "a\nb",
            "a\u{202e}b",
            "a\u{200b}b",
            "--output=x",
            r"a\'; touch x #",
            "a'; touch x; '",
            "a\u{2019}; touch x #",
            "a & touch x",
            "a|touch x",
            "a>x",
            "%PATH%",
            "!!",
            "a\"b",
        ] {
            assert_eq!(quoted(bad), None, "{bad:?}");
        }
    }
}
