//! Regular expressions of schemas, matched within a bounded number of steps.
use std::{iter::Peekable, str::Chars, sync::OnceLock};

/// A regular expression of a schema (ECMA-262), compiled at its first use. One that does not compile matches nothing.
///
/// Matching takes a bounded number of steps; a text that would take more does not match. Only patterns that are valid
/// without the `u` flag alone (`a{,3}`, `\Z`), or too large for the bounded engine, are matched without a bound: do not take
/// those from a document that you do not trust.
#[derive(Debug)]
pub struct Pattern {
    source: &'static str,
    compiled: OnceLock<Option<Compiled>>,
}

impl Pattern {
    /// The pattern with that source.
    #[must_use]
    pub const fn new(source: &'static str) -> Self {
        Self {
            source,
            compiled: OnceLock::new(),
        }
    }

    /// Whether it is found in the text.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.compiled
            .get_or_init(|| Compiled::new(self.source))
            .as_ref()
            .is_some_and(|compiled| compiled.is_match(text))
    }

    pub(crate) fn source(&self) -> &'static str {
        self.source
    }
}

/// Most steps back in one search.
const BACKTRACK_LIMIT: usize = 200_000;

#[derive(Debug)]
enum Compiled {
    Bounded(fancy_regex::Regex),
    Unbounded(regress::Regex),
}

impl Compiled {
    fn new(source: &str) -> Option<Self> {
        let strict = without_idle_escapes(source);
        let Ok(exact) = regress::Regex::with_flags(&strict, "u") else {
            return regress::Regex::new(source).ok().map(Self::Unbounded);
        };
        let bounded = translate(&strict).and_then(|translated| {
            let mut builder = fancy_regex::RegexBuilder::new(&translated);
            builder.backtrack_limit(BACKTRACK_LIMIT).build().ok()
        });
        Some(bounded.map_or(Self::Unbounded(exact), Self::Bounded))
    }

    fn is_match(&self, text: &str) -> bool {
        match self {
            // An error is the limit reached.
            Self::Bounded(regex) => regex.is_match(text).unwrap_or(false),
            Self::Unbounded(regex) => regex.find(text).is_some(),
        }
    }
}

const DIGIT: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r"\t\n\x0B\x0C\r\x20\u{A0}\u{1680}\u{2000}-\u{200A}\u{2028}\u{2029}\u{202F}\u{205F}\u{3000}\u{FEFF}";
const NOT_LINE_END: &str = r"[^\n\r\u{2028}\u{2029}]";
const BOUNDARY: &str = "(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))";
const NO_BOUNDARY: &str = "(?:(?<=[0-9A-Za-z_])(?=[0-9A-Za-z_])|(?<![0-9A-Za-z_])(?![0-9A-Za-z_]))";

/// Without the escapes of signs that mean themselves anyway, which the `u` flag forbids: `\-` and `\@`.
fn without_idle_escapes(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source.chars();
    let mut in_class = false;
    while let Some(next) = rest.next() {
        match next {
            '\\' => match rest.next() {
                Some('-') if in_class => out.push_str(r"\-"),
                Some(sign) if sign.is_ascii_punctuation() && !r"^$\.*+?()[]{}|/".contains(sign) => {
                    out.push(sign);
                }
                escaped => out.extend(std::iter::once(next).chain(escaped)),
            },
            '[' | ']' => {
                in_class = next == '[';
                out.push(next);
            }
            other => out.push(other),
        }
    }
    out
}

/// A pattern that is valid with the `u` flag, as Rust's engines read it; none for what they have no form for.
fn translate(source: &str) -> Option<String> {
    let mut out = String::with_capacity(source.len() + 16);
    let mut rest = source.chars().peekable();
    let mut in_class = false;
    while let Some(next) = rest.next() {
        match next {
            '\\' => escape(&mut rest, in_class, &mut out)?,
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                if rest.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                // All or nothing.
                if rest.peek() == Some(&']') {
                    return None;
                }
            }
            ']' => {
                in_class = false;
                out.push(']');
            }
            // These would nest, intersect or subtract.
            '[' | '&' | '~' if in_class => out.extend(['\\', next]),
            '-' if in_class && rest.peek() == Some(&'-') => return None,
            '.' if !in_class => out.push_str(NOT_LINE_END),
            other => out.push(other),
        }
    }
    Some(out)
}

fn escape(rest: &mut Peekable<Chars<'_>>, in_class: bool, out: &mut String) -> Option<()> {
    let escaped = rest.next()?;
    let named = match escaped {
        'd' | 'D' => Some(DIGIT),
        'w' | 'W' => Some(WORD),
        's' | 'S' => Some(SPACE),
        _ => None,
    };
    match (named, escaped) {
        (Some(named), _) if escaped.is_ascii_uppercase() => out.push_str(&format!("[^{named}]")),
        (Some(named), _) if in_class => out.push_str(named),
        (Some(named), _) => out.push_str(&format!("[{named}]")),
        (None, 'b') if in_class => out.push_str(r"\x08"),
        (None, 'b') => out.push_str(BOUNDARY),
        (None, 'B') => out.push_str(NO_BOUNDARY),
        (None, '0') => out.push_str(r"\x00"),
        (None, 'v') => out.push_str(r"\x0B"),
        (None, 'f') => out.push_str(r"\x0C"),
        (None, 'c') => out.push_str(&format!(r"\x{:02X}", u32::from(rest.next()?) % 32)),
        (None, other) => out.extend(['\\', other]),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_ecmascript_says() {
        for (source, text, matches) in [
            (r"^(?!-)[a-z-]+(?<!-)$", "a-b", true),
            (r"^(?!-)[a-z-]+(?<!-)$", "a-", false),
            (r"^(?=\d+$)..$", "12", true),
            (r"^(?=\d+$)..$", "1\u{663}", false),
            (r"^[\d.]+$", "1.2", true),
            (r"^[\d.]+$", "1\u{663}", false),
            (r"^[\D]$", "\u{663}", true),
            (r"^[x\D]$", "1", false),
            (r"^[\w-]+$", "a-\u{e4}", false),
            (r"^\W$", "\u{e4}", true),
            (r"^\s\S$", "\u{feff}x", true),
            (r"a\b", "a\u{e4}", true),
            (r"a\B", "a\u{e4}", false),
            (r"^(a|b)\1$", "aa", true),
            (r"^(a|b)\1$", "ab", false),
            (r"^(?<x>a|b)\k<x>$", "bb", true),
            (r"^a$", "a\n", false),
            (r"^.$", "\r", false),
            (r"^.$", "\u{1f600}", true),
            (r"^\/x\.\{\}$", "/x.{}", true),
            (r"^[a&&b[~~]+$", "&a[~", true),
            (r"^[+--]$", ",", true),
            (r"^\u{1F600}\u0041\x42\cJ\0$", "\u{1f600}AB\n\0", true),
            (r"^\p{Lu}\p{Script=Greek}$", "A\u{3b1}", true),
            (r"^a\-\@[\@\-x]$", "a-@-", true),
            (r"^[^]$", "\n", true),
            (r"^a{,3}$", "a{,3}", true),
            (r"^[[a]$", "[", true),
            (r"^[\b]$", "\u{8}", true),
        ] {
            let compiled = Compiled::new(source);
            let found = compiled.is_some_and(|compiled| compiled.is_match(text));
            assert_eq!(found, matches, "{source} {text:?}");
        }
    }

    #[test]
    fn usual_patterns_are_bounded() {
        for source in [
            r"^[A-Z]{2}-\d{4,}$",
            r"^(?!\s)[^<>&]*\S$",
            r"^\w+([.-]?\w+)*@\w+([.-]?\w+)*(\.\w{2,3})+$",
            r"^(([a-z])+.)+[A-Z]([a-z])+$",
            r"\bword\b",
            r"^\d+\-\d+\@[\w\-\.\#]+$",
        ] {
            assert!(
                matches!(Compiled::new(source), Some(Compiled::Bounded(_))),
                "{source}"
            );
        }
    }

    #[test]
    fn no_text_takes_for_ever() {
        static NESTED: Pattern = Pattern::new("^(a+)+$");
        static AHEAD: Pattern = Pattern::new("^(?=(a+)+$)a");
        static BACK: Pattern = Pattern::new(r"^(a+)+(b)\2$");
        let text = "a".repeat(10_000) + "!";
        assert!(!NESTED.is_match(&text) && !AHEAD.is_match(&text) && !BACK.is_match(&text));
    }
}
