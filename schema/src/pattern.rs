//! Patterns as ECMAScript reads them without the `u` flag, put into the form that the validation library takes.
//!
//! The library reads patterns in Unicode mode, where `\Z`, `[^]` and `a{,3}` are errors. Rewriting them keeps one engine,
//! whose backtracking is bounded, for all patterns.

use std::iter::Peekable;
use std::str::Chars;

use fancy_regex::{CompileError, Error};
use jsonschema::Draft;
use serde_json::{Map, Value, json};

/// How many steps back one match may take: of these, the first that fits the number of matches.
pub(crate) const LIMITS: [usize; 4] = [200_000, 20_000, 2_000, 500];

/// How a pattern can be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Usable {
    /// As it is.
    AsIs,
    /// In another form of the same meaning.
    Rewritten(String),
    /// Not at all.
    Never,
}

/// Whether a schema may have this `pattern`, that is, whether it is a regular expression of ECMAScript.
#[must_use]
pub fn is_pattern(pattern: &str) -> bool {
    usable(pattern) != Usable::Never
}

/// Whether the engine refuses a pattern for its size alone.
#[must_use]
pub fn is_too_large(pattern: &str) -> bool {
    let rewritten = rewrite(pattern);
    let translated = jsonschema_regex::to_rust_regex(&rewritten);
    let built = translated.map(|translated| fancy_regex::Regex::new(&translated));
    let Ok(Err(Error::CompileError(error))) = built else {
        return false;
    };
    match *error {
        CompileError::InnerError(inner) => inner.size_limit().is_some(),
        CompileError::PatternTooComplex => true,
        _ => false,
    }
}

/// Whether the engine may have to step back, as it does for a pattern that looks around itself or refers to a group; what any
/// other takes grows with the text alone.
pub(crate) fn steps_back(pattern: &str) -> bool {
    let looks_around = ["(?=", "(?!", "(?<=", "(?<!"];
    let refers = |pair: &[u8]| pair[0] == b'\\' && (pair[1] == b'k' || pair[1].is_ascii_digit());
    looks_around.iter().any(|around| pattern.contains(around))
        || pattern.as_bytes().windows(2).any(refers)
}

/// How many patterns that step back a schema itself has, for a string or for names.
pub(crate) fn own_patterns(schema: &Map<String, Value>) -> usize {
    let pattern = |schema: &Map<String, Value>| {
        let pattern = schema.get("pattern").and_then(Value::as_str);
        usize::from(pattern.is_some_and(steps_back))
    };
    let names = schema.get("propertyNames").and_then(Value::as_object);
    let named = schema.get("patternProperties").and_then(Value::as_object);
    let named = named.into_iter().flat_map(Map::keys);
    pattern(schema) + names.map_or(0, pattern) + named.filter(|name| steps_back(name)).count()
}

/// A regular expression of ECMAScript, searched for within a bounded number of steps.
#[derive(Debug, Clone)]
pub struct Pattern {
    regex: fancy_regex::Regex,
}

impl Pattern {
    /// Compiles `source` with the flags that may stand behind it: `i`, `m`, `s`, and `d`, `g`, `u`, `v`, `y`, which change nothing
    /// about whether a text matches from its start on.
    ///
    /// # Errors
    /// A fragment that names what is wrong.
    pub fn new(source: &str, flags: &str) -> Result<Self, String> {
        Self::within(source, flags, LIMITS[0])
    }

    /// The same, for matches of so many steps back.
    pub(crate) fn within(source: &str, flags: &str, steps: usize) -> Result<Self, String> {
        if let Some(flag) = flags.chars().find(|flag| !"dgimsuvy".contains(*flag)) {
            return Err(format!("`{flag}` is no flag of a regular expression"));
        }
        let no_pattern = || format!("`{source}` is not a regular expression");
        let used = match usable(source) {
            Usable::AsIs => source.to_owned(),
            Usable::Rewritten(rewritten) => rewritten,
            Usable::Never => return Err(no_pattern()),
        };
        let used = if flags.contains('s') {
            with_all_dots(&used)
        } else {
            used
        };
        let translated = jsonschema_regex::to_rust_regex(&used).map_err(|()| no_pattern())?;
        let mut builder = fancy_regex::RegexBuilder::new(&translated);
        builder
            .backtrack_limit(steps)
            .case_insensitive(flags.contains('i'))
            .multi_line(flags.contains('m'));
        let regex = builder.build().map_err(|_| no_pattern())?;
        Ok(Self { regex })
    }

    /// Whether the text holds a match; one that takes too many steps to find is none.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text).unwrap_or(false)
    }
}

/// Says of every `.` that it stands for line ends too.
fn with_all_dots(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let (mut in_class, mut escaped) = (false, false);
    for next in pattern.chars() {
        match next {
            '.' if !in_class && !escaped => out.push_str("[\\s\\S]"),
            _ => out.push(next),
        }
        in_class = !escaped && (next == '[' || in_class && next != ']') || escaped && in_class;
        escaped = next == '\\' && !escaped;
    }
    out
}

/// Finds out how `pattern` can be used.
pub(crate) fn usable(pattern: &str) -> Usable {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " _-^$:@".contains(c);
    if pattern.chars().all(is_plain) || library_takes(pattern) {
        return Usable::AsIs;
    }
    let rewritten = rewrite(pattern);
    if library_takes(&rewritten) {
        Usable::Rewritten(rewritten)
    } else {
        Usable::Never
    }
}

/// Whether the library takes `pattern`; asked of it, since what it takes changes with its version.
fn library_takes(pattern: &str) -> bool {
    jsonschema::options()
        .with_draft(Draft::Draft7)
        .build(&json!({ "pattern": pattern }))
        .is_ok()
}

/// Spells out for Unicode mode what the older mode takes literally.
fn rewrite(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern.chars().peekable();
    let names = group_names(pattern);
    let mut in_class = false;
    while let Some(next) = rest.next() {
        match next {
            '\\' => escape(&mut rest, in_class, &names, &mut out),
            '[' if in_class => out.push_str("\\["),
            '[' => in_class = open_class(&mut rest, &mut out),
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '{' if !in_class => match quantifier(&rest) {
                Some(text) => {
                    rest.nth(text.len() - 1);
                    out.push('{');
                    out.push_str(&text);
                }
                None => out.push_str("\\{"),
            },
            '}' | ']' if !in_class => {
                out.push('\\');
                out.push(next);
            }
            other => out.push(other),
        }
    }
    out
}

/// An escape that Unicode mode lacks stands for the character itself; a group's name, for its number.
fn escape(rest: &mut Peekable<Chars<'_>>, in_class: bool, names: &[&str], out: &mut String) {
    let Some(escaped) = rest.next() else {
        return out.push('\\');
    };
    let is_known = match escaped {
        'k' if !names.is_empty() => return named(rest, names, out),
        '-' => in_class,
        other => "^$\\.*+?()[]{}|/dDwWsSbBnrtfvcxupP0123456789".contains(other),
    };
    if is_known {
        out.push('\\');
    }
    out.push(escaped);
}

fn named(rest: &mut Peekable<Chars<'_>>, names: &[&str], out: &mut String) {
    let name: String = rest.clone().skip(1).take_while(|c| *c != '>').collect();
    match names.iter().position(|known| *known == name) {
        Some(index) if rest.peek() == Some(&'<') => {
            rest.nth(name.chars().count() + 1);
            out.push_str(&format!("(?:\\{})", index + 1));
        }
        _ => out.push_str("\\k"),
    }
}

/// The groups that capture, in order, by name; one without has an empty name. Nothing when none has a name.
fn group_names(pattern: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let (mut in_class, mut escaped) = (false, false);
    for (at, next) in pattern.char_indices() {
        let after = &pattern[at + next.len_utf8()..];
        match next {
            _ if escaped => {}
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class && !after.starts_with('?') => names.push(""),
            '(' if !in_class && !after.starts_with("?<=") && !after.starts_with("?<!") => {
                names.extend(
                    after
                        .strip_prefix("?<")
                        .and_then(|name| name.split('>').next()),
                );
            }
            _ => {}
        }
        escaped = next == '\\' && !escaped;
    }
    if names.iter().all(|name| name.is_empty()) {
        names.clear();
    }
    names
}

/// Takes the start of a class; `[]` matches nothing and `[^]` everything, and both are over at once.
fn open_class(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> bool {
    let mut ahead = rest.clone();
    let (empty, steps) = match (ahead.next(), ahead.next()) {
        (Some(']'), _) => ("(?!)", 1),
        (Some('^'), Some(']')) => ("[\\s\\S]", 2),
        _ => {
            out.push('[');
            return true;
        }
    };
    rest.nth(steps - 1);
    out.push_str(empty);
    false
}

/// The rest of a quantifier in braces, if that is what follows: `2}`, `2,}` or `2,3}`.
fn quantifier(rest: &Peekable<Chars<'_>>) -> Option<String> {
    let text: String = rest.clone().take_while(|c| *c != '}').collect();
    let (least, most) = text.split_once(',').unwrap_or((&text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_closed = rest.clone().any(|c| c == '}');
    (is_closed && !least.is_empty() && is_number(least) && is_number(most)).then(|| text + "}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, expected: Usable, matches: &[&str], others: &[&str]) {
        assert_eq!(usable(pattern), expected, "{pattern}");
        let used = match expected {
            Usable::Rewritten(rewritten) => rewritten,
            _ => pattern.to_owned(),
        };
        let validator = jsonschema::draft7::new(&json!({ "pattern": used })).unwrap();
        for text in matches {
            assert!(validator.is_valid(&json!(text)), "{pattern} matches {text}");
        }
        for text in others {
            assert!(
                !validator.is_valid(&json!(text)),
                "{pattern} does not match {text}"
            );
        }
    }

    #[test]
    fn patterns_of_unicode_mode_stay_as_they_are() {
        check(r"^(?=a)\p{L}{2,}$", Usable::AsIs, &["aé"], &["a", "1a"]);
    }

    #[test]
    fn what_only_the_older_mode_takes_is_spelt_out() {
        let rewritten = |text: &str| Usable::Rewritten(text.to_owned());
        check(r"^a\Z$", rewritten("^aZ$"), &["aZ"], &["a"]);
        check("^[^]$", rewritten(r"^[\s\S]$"), &["\n", "x"], &[""]);
        check("^a{,3}$", rewritten(r"^a\{,3\}$"), &["a{,3}"], &["aa"]);
        check(r"^\k<n>]$", rewritten(r"^k<n>\]$"), &["k<n>]"], &["n"]);
        check(
            r"^[\Z\-\]]{2}\Q$",
            rewritten(r"^[Z\-\]]{2}Q$"),
            &["Z]Q", "--Q"],
            &["ZZ"],
        );
    }

    #[test]
    fn groups_referred_to_by_name_are_referred_to_by_number() {
        let expected = Usable::Rewritten(r"^(?<y>\d)(?:\1)1$".to_owned());
        check(r"^(?<y>\d)\k<y>1$", expected, &["771"], &["781"]);
        assert_eq!(group_names(r"(a)(?:b)[(]\((?<=b)(?<y>\d)"), ["", "y"]);
        assert!(group_names("(a)(b)").is_empty());
    }

    #[test]
    fn flags_and_the_bound_of_steps_hold() {
        let matches = |source, flags, text| Pattern::new(source, flags).unwrap().is_match(text);
        assert!(matches("^b\\d", "im", "a\nB1"));
        assert!(!matches("^b", "i", "a\nb"));
        assert!(matches("a.b", "s", "a\nb") && !matches("a.b", "", "a\nb"));
        for (dots, text) in [
            ("^[.]$", "."),
            (r"^\.$", "."),
            (r"^\[.$", "[\n"),
            (r"^[\].]$", "]"),
        ] {
            assert!(matches(dots, "s", text), "{dots}");
            assert!(!matches(dots, "s", "\n"), "{dots}");
        }
        assert!(!matches("^(?=a)(a|a)*b$", "", &"a".repeat(64)));
        assert_eq!(
            Pattern::new("a", "x").unwrap_err(),
            "`x` is no flag of a regular expression"
        );
        assert!(Pattern::new("(", "").is_err());
    }

    #[test]
    fn what_no_mode_takes_is_no_pattern() {
        for pattern in ["(a", "a)", "*", "[b-a]", "(?i)a", "\\"] {
            assert!(!is_pattern(pattern), "{pattern}");
        }
    }
}
