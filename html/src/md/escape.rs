//! What keeps the text of a document in its place: the same text as Markdown that means nothing but itself.
use tidings_document::masked;

use crate::hidden::{self, is_hidden};

/// A text on one line.
pub(crate) fn inline(text: &str) -> String {
    let text = masked(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut out = String::new();
    letters(&words.join(" "), &mut out);
    out
}

/// Goes on with a text where one already stands; its line breaks become spaces.
pub(super) fn letters(text: &str, out: &mut String) {
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        let inside_word = is_word(out.chars().next_back()) && is_word(rest.peek().copied());
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '_' if inside_word => out.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '{' | '}' | '|' | '~' | '$' | '^' => {
                out.extend(['\\', letter]);
            }
            '-' | '+' | '=' | '#' | ':' if begun(out).is_empty() => out.extend(['\\', letter]),
            '.' | ')' if is_number(begun(out)) => out.extend(['\\', letter]),
            letter if letter.is_whitespace() => out.push(' '),
            letter => shown(letter, out),
        }
    }
}

fn is_word(letter: Option<char>) -> bool {
    letter.is_some_and(char::is_alphanumeric)
}

/// What stands on the line already.
fn begun(out: &str) -> &str {
    out.rsplit('\n').next().unwrap_or_default().trim_start()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A value as code on one line.
pub(crate) fn code(text: &str) -> String {
    let text = masked(text);
    let mut line = String::new();
    for letter in text.trim_end_matches('\n').chars() {
        match letter {
            letter if letter.is_whitespace() => line.push(' '),
            letter => shown(letter, &mut line),
        }
    }
    if line.trim().is_empty() {
        return "*empty*".to_owned();
    }
    let fence = "`".repeat(longest_run(&line) + 1);
    let is_edge = |letter: char| matches!(letter, ' ' | '`');
    let pad = match line.starts_with(is_edge) || line.ends_with(is_edge) {
        true => " ",
        false => "",
    };
    format!("{fence}{pad}{line}{pad}{fence}")
}

/// The lines of a block of code with its fences. Of the language's name, only a word is taken.
pub(super) fn block(language: &str, text: &str) -> Vec<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let language: String = language.chars().take_while(|c| is_word(*c)).collect();
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    let mut lines = vec![format!("{fence}{language}")];
    lines.extend(masked(text).lines().map(|line| {
        let mut out = String::new();
        line.chars().for_each(|letter| match letter {
            '\t' => out.push(letter),
            letter => shown(letter, &mut out),
        });
        out
    }));
    lines.push(fence);
    lines
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|letter| letter != '`');
    runs.map(str::len).max().unwrap_or(0)
}

/// Adds a letter, which ends no line.
fn shown(letter: char, out: &mut String) {
    match letter.is_control() || is_hidden(letter) {
        true => hidden::push(letter, out),
        false => out.push(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stand_for_themselves() {
        for (text, expected) in [
            ("a <b> & c", "a &lt;b&gt; &amp; c"),
            ("# a\n# b", "\\# a # b"),
            ("- a", "\\- a"),
            ("12. a", "12\\. a"),
            ("v1.2 (x)", "v1.2 (x)"),
            ("order_id *x* _y_", "order_id \\*x\\* \\_y\\_"),
            ("[a](b) ![c] {d} `e`", "\\[a\\](b) !\\[c\\] \\{d\\} \\`e\\`"),
            ("http://me:secret@host/x", "http://\\*\\*\\*@host/x"),
            ("a\u{202e}b\u{7}\u{ad}", "a⟦U+202E⟧b␇⟦U+00AD⟧"),
        ] {
            assert_eq!(inline(text), expected, "{text}");
        }
    }

    #[test]
    fn code_ends_where_it_should() {
        for (text, expected) in [
            ("a", "`a`"),
            ("a`b", "``a`b``"),
            ("`a", "`` `a ``"),
            ("a\nb", "`a b`"),
            (" a", "`  a `"),
            ("", "*empty*"),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
        assert_eq!(block("json x", "```\na"), ["````json", "```", "a", "````"]);
    }
}
