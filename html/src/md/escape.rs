//! What keeps the text of a document in its place: the same text as Markdown that means nothing but itself.
use tidings_document::masked;

use crate::hidden::{self, is_hidden};

/// A text on one line.
pub(crate) fn inline(text: &str) -> String {
    let text = masked(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut out = String::new();
    letters(&words.join(" "), &mut out);
    no_code(&out)
}

/// A line that is no code to what reads Markdown with modules in it (MDX).
pub(super) fn no_code(line: &str) -> String {
    let starts = |word: &str| {
        let rest = line.strip_prefix(word);
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    match (starts("import"), starts("export")) {
        (true, _) => format!("&#105;{}", &line[1..]),
        (_, true) => format!("&#101;{}", &line[1..]),
        _ => line.to_owned(),
    }
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
            // Templates (MDX, Liquid) look for braces, whatever stands before them.
            '{' => out.push_str("&#123;"),
            '}' => out.push_str("&#125;"),
            '_' if inside_word => out.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '^' => {
                out.extend(['\\', letter]);
            }
            '-' | '+' | '=' | '#' | ':' if begun(out) == Begun::Nothing => {
                out.extend(['\\', letter]);
            }
            '.' | ')' if begun(out) == Begun::Number => out.extend(['\\', letter]),
            letter if letter.is_whitespace() => {
                if !is_at_start(out) {
                    out.push(' ');
                }
            }
            letter => shown(letter, out),
        }
    }
}

fn is_word(letter: Option<char>) -> bool {
    letter.is_some_and(char::is_alphanumeric)
}

/// What stands on the line already. It never is white space alone.
#[derive(PartialEq, Eq)]
enum Begun {
    Nothing,
    /// The number of an item, of which only few digits are one.
    Number,
    Words,
}

fn begun(out: &str) -> Begun {
    const LONGEST: usize = 9;
    let digits = out.bytes().rev().take(LONGEST);
    let digits = digits.take_while(u8::is_ascii_digit).count();
    match is_at_start(&out[..out.len() - digits]) {
        true if digits == 0 => Begun::Nothing,
        true => Begun::Number,
        false => Begun::Words,
    }
}

fn is_at_start(out: &str) -> bool {
    out.is_empty() || out.ends_with('\n')
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
            ("1) a", "1\\) a"),
            ("123456789. a", "123456789\\. a"),
            ("1234567890. a", "1234567890. a"),
            ("a 1. b", "a 1. b"),
            ("+ a", "\\+ a"),
            ("= a", "\\= a"),
            (": a", "\\: a"),
            ("a - b + c = d # e : f", "a - b + c = d # e : f"),
            (
                "~~a~~ $b$ ^c^ | d \\",
                "\\~\\~a\\~\\~ \\$b\\$ \\^c\\^ \\| d \\\\",
            ),
            ("  a \t b  ", "a b"),
            ("v1.2 (x)", "v1.2 (x)"),
            ("order_id *x* _y_", "order_id \\*x\\* \\_y\\_"),
            (
                "[a](b) ![c] {d} `e`",
                "\\[a\\](b) !\\[c\\] &#123;d&#125; \\`e\\`",
            ),
            ("http://me:secret@host/x", "http://\\*\\*\\*@host/x"),
            ("a\u{202e}b\u{7}\u{ad}", "a⟦U+202E⟧b␇⟦U+00AD⟧"),
        ] {
            assert_eq!(inline(text), expected, "{text}");
        }
    }

    #[test]
    fn nothing_is_code_to_what_else_reads_markdown() {
        for (text, expected) in [
            ("export const x = 1", "&#101;xport const x = 1"),
            ("import x", "&#105;mport x"),
            ("exports import x", "exports import x"),
            ("import", "&#105;mport"),
            ("export{x}", "&#101;xport&#123;x&#125;"),
            ("imports", "imports"),
            (
                "a {{ b }} {% c %}",
                "a &#123;&#123; b &#125;&#125; &#123;% c %&#125;",
            ),
        ] {
            assert_eq!(inline(text), expected, "{text}");
        }
    }

    #[test]
    fn long_lines_take_time_as_they_grow() {
        for part in [".", "- "] {
            crate::growth::is_even(8000, |size| {
                let _ = inline(&part.repeat(size));
            });
        }
    }

    #[test]
    fn code_ends_where_it_should() {
        for (text, expected) in [
            ("a", "`a`"),
            ("a`b", "``a`b``"),
            ("`a", "`` `a ``"),
            ("a`", "`` a` ``"),
            ("a``b`c", "```a``b`c```"),
            ("a ", "` a  `"),
            ("  ", "*empty*"),
            ("a\n", "`a`"),
            ("a\tb\u{202e}", "`a b⟦U+202E⟧`"),
            ("a\nb", "`a b`"),
            (" a", "`  a `"),
            ("", "*empty*"),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
        assert_eq!(block("json x", "```\na"), ["````json", "```", "a", "````"]);
        assert_eq!(block("a-1_", "\tb`\u{7}"), ["```a-1", "\tb`␇", "```"]);
    }
}
