//! Regular expressions of ECMAScript without flags: what is wrong with one that is none, and where in it.
use std::ops::Range;

/// Why a text is no regular expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The characters that are wrong, as bytes of the pattern.
    pub(crate) range: Range<usize>,
    /// What is wrong with them.
    pub(crate) why: String,
    /// How to mend it.
    pub(crate) help: &'static str,
}

/// Whether a text is a regular expression of ECMAScript.
#[must_use]
pub fn is_regular_expression(pattern: &str) -> bool {
    fault(pattern).is_none()
}

/// What is wrong first with a pattern; nothing where it is a regular expression.
pub(crate) fn fault(pattern: &str) -> Option<Fault> {
    let mut scan = Scan {
        pattern,
        at: 0,
        groups: Vec::new(),
        before: Before::Nothing,
    };
    scan.run().err()
}

/// What stands before a place, by what may be repeated there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// The begin of an alternative.
    Nothing,
    /// `^`, `\b` and the like: a place, which cannot be repeated.
    Place,
    /// What may be repeated.
    Atom,
    /// What is repeated already; a `?` makes it lazy.
    Repeated,
    /// What is repeated lazily.
    Lazy,
}

struct Scan<'t> {
    pattern: &'t str,
    at: usize,
    /// Where the groups open that are not closed yet, and what each is when it is closed.
    groups: Vec<(usize, Before)>,
    before: Before,
}

impl Scan<'_> {
    fn run(&mut self) -> Result<(), Fault> {
        while let Some(next) = self.peek() {
            let start = self.at;
            self.at += next.len_utf8();
            self.before = match next {
                '\\' => self.escape(start)?,
                '[' => self.class(start)?,
                '(' => self.group(start)?,
                ')' => match self.groups.pop() {
                    Some((_, closed)) => closed,
                    None => {
                        return Err(fault_at(
                            start..self.at,
                            "the `)` closes nothing",
                            "remove it, or write `\\)` for the character",
                        ));
                    }
                },
                '|' => Before::Nothing,
                '^' | '$' => Before::Place,
                '*' | '+' | '?' => self.repeated(start, next == '?')?,
                '{' => self.braces(start)?,
                _ => Before::Atom,
            };
        }
        match self.groups.last() {
            Some((open, _)) => Err(fault_at(
                *open..open + 1,
                "the group that `(` opens is not closed",
                "write `)` where it ends, or `\\(` for the character",
            )),
            None => Ok(()),
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &str {
        &self.pattern[self.at..]
    }

    /// The character behind a backslash.
    fn escape(&mut self, start: usize) -> Result<Before, Fault> {
        let Some(next) = self.peek() else {
            let help = "write `\\\\` for a backslash, or leave it out";
            return Err(fault_at(
                start..self.at,
                "nothing stands behind the `\\`",
                help,
            ));
        };
        self.at += next.len_utf8();
        if next == 'k' && self.pattern.contains("(?<") && has_names(self.pattern) {
            let name = self
                .rest()
                .strip_prefix('<')
                .and_then(|rest| rest.split_once('>'));
            let is_known =
                name.is_some_and(|(name, _)| self.pattern.contains(&format!("(?<{name}>")));
            if !is_known {
                let help = "write `\\k<NAME>` with the name of a group";
                return Err(fault_at(start..self.at, "`\\k` names no group", help));
            }
        }
        Ok(if matches!(next, 'b' | 'B') {
            Before::Place
        } else {
            Before::Atom
        })
    }

    /// A class in brackets; the first `]` closes it.
    fn class(&mut self, start: usize) -> Result<Before, Fault> {
        let mut least: Option<(usize, char)> = None;
        self.at += usize::from(self.rest().starts_with('^'));
        while let Some(next) = self.peek() {
            let from = self.at;
            self.at += next.len_utf8();
            if next == ']' {
                return Ok(Before::Atom);
            }
            let is_range =
                next == '-' && least.is_some() && self.peek().is_some_and(|next| next != ']');
            if !is_range {
                least = self.member(next).map(|member| (from, member));
                continue;
            }
            let Some(next) = self.peek() else { break };
            self.at += next.len_utf8();
            let most = self.member(next);
            if let (Some((from, least)), Some(most)) = (least, most)
                && least > most
            {
                let range = from..self.at;
                let why = format!(
                    "the range `{}` ends before it begins",
                    &self.pattern[range.clone()]
                );
                return Err(fault_at(
                    range,
                    why,
                    "turn it round, or write `\\-` for the character",
                ));
            }
            least = None;
        }
        let help = "write `]` where it ends, or `\\[` for the character";
        Err(fault_at(
            start..start + 1,
            "the class that `[` opens is not closed",
            help,
        ))
    }

    /// The character that a member of a class is; nothing where it is several.
    fn member(&mut self, first: char) -> Option<char> {
        if first != '\\' {
            return Some(first);
        }
        let escaped = self.peek()?;
        self.at += escaped.len_utf8();
        let control = |code| char::from_u32(code);
        match escaped {
            'd' | 'D' | 'w' | 'W' | 's' | 'S' | 'p' | 'P' | '0'..='9' => None,
            'c' => {
                let letter = self.peek().filter(char::is_ascii_alphabetic)?;
                self.at += 1;
                control(u32::from(letter) % 32)
            }
            'b' => control(8),
            't' => control(9),
            'n' => control(10),
            'v' => control(11),
            'f' => control(12),
            'r' => control(13),
            'x' => self.hexadecimal(2).or(Some('x')),
            'u' => self.hexadecimal(4).or(Some('u')),
            other => Some(other),
        }
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<char> {
        let text = self.rest().get(..digits)?;
        let is_hexadecimal = text.bytes().all(|digit| digit.is_ascii_hexdigit());
        let code = u32::from_str_radix(text, 16)
            .ok()
            .filter(|_| is_hexadecimal)?;
        self.at += digits;
        char::from_u32(code)
    }

    /// What opens a group, of whatever kind.
    fn group(&mut self, start: usize) -> Result<Before, Fault> {
        let rest = self.rest();
        let Some(kind) = rest.strip_prefix('?') else {
            self.groups.push((start, Before::Atom));
            return Ok(Before::Nothing);
        };
        let name = kind.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        let flags = kind.trim_start_matches(['i', 'm', 's', '-']);
        let (length, closed) = if kind.starts_with("<=") || kind.starts_with("<!") {
            (3, Before::Place)
        } else if kind.starts_with(['=', '!', ':']) {
            (2, Before::Atom)
        } else if let Some((name, _)) = name.filter(|(name, _)| is_name(name)) {
            (name.len() + 3, Before::Atom)
        } else if flags.starts_with(':') {
            (rest.len() - flags.len() + 1, Before::Atom)
        } else {
            let help = match kind.starts_with("P<") {
                true => "a named group is written `(?<NAME>…)`",
                false => {
                    "groups begin with `(`, `(?:`, `(?=`, `(?!`, `(?<=`, `(?<!` or `(?<NAME>`; flags cannot be set for the whole"
                }
            };
            let end = self.at + 1 + kind.chars().next().map_or(0, char::len_utf8);
            let why = format!("`{}` begins no group", &self.pattern[start..end]);
            return Err(fault_at(start..end, why, help));
        };
        self.at += length;
        self.groups.push((start, closed));
        Ok(Before::Nothing)
    }

    fn repeated(&self, start: usize, is_question: bool) -> Result<Before, Fault> {
        match self.before {
            Before::Atom => Ok(Before::Repeated),
            Before::Repeated if is_question => Ok(Before::Lazy),
            _ => {
                let sign = &self.pattern[start..self.at];
                let why = match self.before {
                    Before::Nothing | Before::Place => {
                        format!("there is nothing for `{sign}` to repeat")
                    }
                    _ => format!("`{sign}` repeats what is repeated already"),
                };
                let help = "put a backslash before it for the character, or brackets around what is repeated";
                Err(fault_at(start..self.at, why, help))
            }
        }
    }

    /// A number of times in braces; other braces are characters.
    fn braces(&mut self, start: usize) -> Result<Before, Fault> {
        let Some((inside, _)) = self.rest().split_once('}') else {
            return Ok(Before::Atom);
        };
        let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
        let is_number = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
        if least.is_empty() || !is_number(least) || !is_number(most) {
            return Ok(Before::Atom);
        }
        let (least, most) = (least.trim_start_matches('0'), most.trim_start_matches('0'));
        let is_less = inside.contains(',')
            && !inside.ends_with(',')
            && (most.len(), most) < (least.len(), least);
        self.at += inside.len() + 1;
        if is_less {
            let range = start..self.at;
            let why = format!(
                "`{}` has its larger number first",
                &self.pattern[range.clone()]
            );
            return Err(fault_at(range, why, "turn the numbers round"));
        }
        self.repeated(start, false)
    }
}

fn has_names(pattern: &str) -> bool {
    let mut starts = pattern.split("(?<").skip(1);
    starts.any(|rest| rest.split_once('>').is_some_and(|(name, _)| is_name(name)))
}

fn is_name(name: &str) -> bool {
    let is_part = |part: char| part.is_alphanumeric() || matches!(part, '_' | '$');
    !name.is_empty()
        && !name.starts_with(|first: char| first.is_numeric())
        && name.chars().all(is_part)
}

fn fault_at(range: Range<usize>, why: impl Into<String>, help: &'static str) -> Fault {
    let why = why.into();
    Fault { range, why, help }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_have_their_place_and_reason() {
        for (pattern, place, why) in [
            ("^P-[0-9{8}$", "[", "the class that `[` opens is not closed"),
            ("^(a|b$", "(", "the group that `(` opens is not closed"),
            ("a)", ")", "the `)` closes nothing"),
            ("a\\", "\\", "nothing stands behind the `\\`"),
            ("*a", "*", "there is nothing for `*` to repeat"),
            ("a|+", "+", "there is nothing for `+` to repeat"),
            ("^*", "*", "there is nothing for `*` to repeat"),
            ("a+*", "*", "`*` repeats what is repeated already"),
            ("a{2}{3}", "{3}", "`{3}` repeats what is repeated already"),
            ("a{3,2}", "{3,2}", "`{3,2}` has its larger number first"),
            ("[é-a]", "é-a", "the range `é-a` ends before it begins"),
            ("(?P<year>\\d)", "(?P", "`(?P` begins no group"),
            ("(?i)a", "(?i", "`(?i` begins no group"),
            ("(?>a)", "(?>", "`(?>` begins no group"),
            ("(?<a>b)\\k<c>", "\\k", "`\\k` names no group"),
            ("(?<=a)*", "*", "there is nothing for `*` to repeat"),
            ("\\b*", "*", "there is nothing for `*` to repeat"),
            ("\\B+", "+", "there is nothing for `+` to repeat"),
            ("[a-", "[", "the class that `[` opens is not closed"),
            ("[\\", "[", "the class that `[` opens is not closed"),
            ("(?<1a>b)", "(?<", "`(?<` begins no group"),
            ("(?<>b)", "(?<", "`(?<` begins no group"),
            ("(?<a-b>c)", "(?<", "`(?<` begins no group"),
            ("(?", "(?", "`(?` begins no group"),
            ("(?<a>b)\\k", "\\k", "`\\k` names no group"),
            ("a{03,2}", "{03,2}", "`{03,2}` has its larger number first"),
            ("a{10,9}", "{10,9}", "`{10,9}` has its larger number first"),
        ] {
            let fault = fault(pattern).unwrap();
            assert_eq!(
                (&pattern[fault.range], fault.why.as_str()),
                (place, why),
                "{pattern}"
            );
        }
    }

    #[test]
    fn what_scripts_take_is_no_fault() {
        for pattern in [
            "",
            "a{,3}",
            "a{x}",
            "}]",
            "[]a",
            "[^]",
            "[a-]",
            "[\\w-z]",
            "[^-,]",
            "\\k<a>",
            "(?=a)*",
            "a??",
            "a+?",
            "{",
            "(?<n>a)\\k<n>",
            "(?i:a)",
            "\\Z",
            "[\\x41-\\x5a]",
            "a{2,}?",
            "\\u{1F600}",
            "(?<!a)b",
            "[)(]",
            "\\b",
            "a\\*",
            "(?<=a>b)\\k<c>",
            "(?<a_$1>b)\\k<a_$1>",
            "a{9,10}",
            "a{3,03}",
            "a{3}?",
            "(?ims-i:a)+",
        ] {
            assert_eq!(fault(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn ranges_are_in_the_order_of_the_characters_meant() {
        let sorted = [
            "\\cA", "\\b", "\\t", "\\n", "\\v", "\\f", "\\r", "!", "\\-", "\\x41", "\\u0042",
            "\\]", "a", "\\u", "\\x", "é",
        ];
        for pair in sorted.windows(2) {
            let (less, more) = (pair[0], pair[1]);
            assert_eq!(fault(&format!("[{less}-{more}]")), None, "{less} {more}");
            let range = format!("{more}-{less}");
            let found = fault(&format!("[{range}]")).map(|found| found.why);
            let why = format!("the range `{range}` ends before it begins");
            assert_eq!(found, Some(why));
        }
        for several in ["\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\1"] {
            assert_eq!(fault(&format!("[{several}-!]")), None);
            assert_eq!(fault(&format!("[é-{several}]")), None);
        }
        assert!(is_regular_expression("[a-z]") && !is_regular_expression("[z-a]"));
    }

    /// Another implementation of ECMAScript comes to the same verdict about patterns made of its signs.
    #[test]
    fn verdicts_are_those_of_an_engine() {
        // Without `\b`: the engine lets it be repeated, which the specification does not.
        let signs = [
            "a", "z", "(", ")", "[", "]", "{", "}", "*", "+", "?", "|", "^", "$", "\\", "-", ",",
            "1", "2", "(?:", "(?=", "(?<=", "(?<!", "\\d", "[^", "{2}", "{2,1}",
        ];
        let mut state = 7_u64;
        let mut next = |bound: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % bound
        };
        for _ in 0..20_000 {
            let length = 1 + next(8);
            let pattern: String = (0..length).map(|_| signs[next(signs.len())]).collect();
            let theirs = regress::Regex::new(&pattern);
            assert_eq!(
                fault(&pattern).is_none(),
                theirs.is_ok(),
                "{pattern}: {theirs:?} {:?}",
                fault(&pattern)
            );
        }
    }
}
