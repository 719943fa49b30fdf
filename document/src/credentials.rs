//! Credentials in texts: where URLs carry a password, and the same texts without it.
use std::{borrow::Cow, ops::Range};

use crate::{Node, Text, Value};

/// What stands in the place of credentials.
const MASK: &str = "***";

/// Bytes behind a colon that are searched for the `@` of a password that no URL may have as it is, and behind an `@` for a host,
/// which has fewer.
const FAR: usize = 256;

/// The places of user names with passwords in a text: what stands between `//` and `@` of its URLs. A user name alone is no
/// secret, nor is a variable such as `{password}`.
#[must_use]
pub fn credentials(text: &str) -> Vec<Range<usize>> {
    found(text, |_| false)
}

/// The user name and password that an address without a scheme begins with, such as that of a server's `host`.
#[must_use]
pub fn host_credentials(text: &str) -> Option<Range<usize>> {
    let length = Ahead::of(text).host(0)?;
    Some(0..length)
}

/// A text as it may be shown, without the credentials of the URLs in it and of the addresses between backticks.
#[must_use]
pub fn masked(text: &str) -> Cow<'_, str> {
    replaced(text, &found(text, |before| before == b'`'), |_| {
        MASK.to_owned()
    })
}

/// The same, also without the credentials of addresses without a scheme wherever words, values or elements of HTML begin: those
/// before what has the form of a host with a name.
#[must_use]
pub fn masked_everywhere(text: &str) -> Cow<'_, str> {
    let starts = |before: u8| before.is_ascii_whitespace() || b"\"'`>;(".contains(&before);
    let found = found_where(text, starts, |before, host| {
        before == b'`' || has_domain(host)
    });
    replaced(text, &found, |_| MASK.to_owned())
}

/// A source text as it may be shown: of the same length, with asterisks in the place of what looks like credentials.
#[must_use]
pub fn blotted(text: &str) -> Cow<'_, str> {
    let starts = |before: u8| before.is_ascii_whitespace() || b"\"'`".contains(&before);
    blot(text, &found(text, starts))
}

/// The text of a file as it may be shown, of the same length, where it has credentials: those that can be seen in it, and those
/// that its values carry in escapes.
pub(crate) fn without(text: &str, root: Option<&Node>) -> Option<String> {
    let plain = blotted(text);
    let places = root.map(|root| unseen(root, text, &plain));
    let shown = blot(&plain, &places.unwrap_or_default());
    (*shown != *text).then(|| shown.into_owned())
}

/// The places of values and keys whose credentials nobody sees in the text, so that it is as it was.
fn unseen(root: &Node, text: &str, plain: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut look = |read: Text<'_>| {
        let place = read.span.start as usize..read.span.end as usize;
        let is_secret =
            || !credentials(read.value).is_empty() || host_credentials(read.value).is_some();
        if read.value.contains('@')
            && text.get(place.clone()) == plain.get(place.clone())
            && is_secret()
        {
            found.push(place);
        }
    };
    let mut todo = vec![root];
    while let Some(node) = todo.pop() {
        node.text().into_iter().for_each(&mut look);
        match &node.value {
            Value::Object(object) => {
                object.iter().for_each(|entry| look(entry.name()));
                todo.extend(object.iter().map(|entry| &entry.value));
            }
            Value::Array(items) => todo.extend(items),
            _ => {}
        }
    }
    found.sort_by_key(|place| place.start);
    found
}

/// Puts asterisks in the place of some ranges, which are in their order; lines stay lines.
fn blot<'t>(text: &'t str, ranges: &[Range<usize>]) -> Cow<'t, str> {
    let asterisks = |secret: &str| {
        let bytes = secret.bytes();
        let keep = |byte: u8| {
            if matches!(byte, b'\n' | b'\r') {
                byte
            } else {
                b'*'
            }
        };
        bytes.map(|byte| char::from(keep(byte))).collect()
    };
    replaced(text, ranges, asterisks)
}

fn replaced<'t>(
    text: &'t str,
    ranges: &[Range<usize>],
    by: impl Fn(&str) -> String,
) -> Cow<'t, str> {
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for range in ranges.iter().filter(|range| !range.is_empty()) {
        if range.start < at {
            continue;
        }
        out += &text[at..range.start];
        out += &by(&text[range.clone()]);
        at = range.end;
    }
    out += &text[at..];
    Cow::Owned(out)
}

/// What is found behind the two slashes of URLs, and in addresses behind bytes that may begin one.
fn found(text: &str, begins: impl Fn(u8) -> bool) -> Vec<Range<usize>> {
    found_where(text, begins, |_, _| true)
}

/// The same, where such a byte and what follows the `@` of an address say so.
fn found_where(
    text: &str,
    begins: impl Fn(u8) -> bool,
    is_meant: impl Fn(u8, &str) -> bool,
) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // Nearly all texts end here.
    if !text.contains('@') {
        return found;
    }
    let mut ahead = Ahead::of(text);
    let mut at = 0;
    while at < text.len() {
        let here = &text.as_bytes()[at..];
        let slashes = slashes(here);
        if slashes == 0 && !begins(here[0]) {
            at += 1;
            continue;
        }
        let start = at + slashes.max(1);
        let length = match text.get(start..) {
            Some(_) if slashes > 0 => ahead.url(start),
            Some(rest) => {
                let length = ahead.host(start);
                length.filter(|length| is_meant(here[0], &rest[length + 1..]))
            }
            None => None,
        };
        at = match length {
            Some(length) => {
                found.push(start..start + length);
                start + length
            }
            // Of three slashes any two may be meant.
            None => at + 1,
        };
    }
    found
}

/// How two slashes may be written: as they are, escaped in JSON, escaped in a JSON pointer.
fn slashes(text: &[u8]) -> usize {
    if !matches!(text, [b'/' | b'\\' | b'~', ..]) {
        return 0;
    }
    let forms = ["//", r"\/\/", "~1~1"].into_iter();
    let mut here = forms.filter(|form| text.starts_with(form.as_bytes()));
    here.next().map_or(0, str::len)
}

/// What lies ahead of a place in a text, kept for the places behind it: very many may have the same ahead.
struct Ahead<'t> {
    text: &'t str,
    name: Next,
    authority: Next,
    /// Of an authority, by where it was looked through and where it ends, its last `@`.
    last: (usize, usize, Option<usize>),
    /// Where the password behind the colon of a URL ends, and the same of an address without a scheme.
    of_url: (usize, Option<usize>),
    of_host: (usize, Option<usize>),
}

/// The next letter of a kind, as found from a place on.
struct Next {
    from: usize,
    found: Option<usize>,
}

impl Next {
    const UNKNOWN: Self = Self {
        from: usize::MAX,
        found: None,
    };

    fn after(&mut self, text: &str, start: usize, is_it: impl Fn(char) -> bool) -> Option<usize> {
        let is_known = self.from <= start && self.found.is_none_or(|found| start <= found);
        if !is_known {
            self.from = start;
            self.found = text[start..].find(is_it).map(|length| start + length);
        }
        self.found
    }
}

impl<'t> Ahead<'t> {
    fn of(text: &'t str) -> Self {
        let nowhere = usize::MAX;
        Self {
            text,
            name: Next::UNKNOWN,
            authority: Next::UNKNOWN,
            last: (nowhere, nowhere, None),
            of_url: (nowhere, None),
            of_host: (nowhere, None),
        }
    }

    /// Length of the user name and password at the start of what follows the slashes of a URL.
    fn url(&mut self, start: usize) -> Option<usize> {
        let colon = self.colon(start)?;
        if self.of_url.0 != colon {
            self.of_url = (colon, self.password_of_url(colon + 1));
        }
        Some(self.of_url.1? - start)
    }

    /// Length of the user name and password at the start of an address without a scheme.
    fn host(&mut self, start: usize) -> Option<usize> {
        let colon = self.colon(start)?;
        let name = &self.text[start..colon];
        let mut schemes = SCHEMES.iter();
        if name.is_empty() || schemes.any(|scheme| name.eq_ignore_ascii_case(scheme)) {
            return None;
        }
        if self.of_host.0 != colon {
            self.of_host = (colon, self.password_of_host(colon + 1));
        }
        Some(self.of_host.1? - start)
    }

    /// Where the colon behind a user name stands; the name may be empty.
    fn colon(&mut self, start: usize) -> Option<usize> {
        let ends = |c| ends_text(c) || ":/?#@[".contains(c);
        let end = self.name.after(self.text, start, ends)?;
        self.text[end..].starts_with(':').then_some(end)
    }

    fn password_of_url(&mut self, begin: usize) -> Option<usize> {
        let ends = |c| ends_text(c) || "/?#".contains(c);
        let end = self.authority.after(self.text, begin, ends);
        let end = end.unwrap_or(self.text.len());
        let (authority, rest) = (&self.text[begin..end], &self.text[begin..]);
        let length = match self.last_at(begin, end) {
            Some(at) => at - begin,
            // What follows is a port, or a password with signs that should have been escaped.
            None if authority.bytes().all(|byte| byte.is_ascii_digit())
                || !is_secret(authority) =>
            {
                return None;
            }
            None => {
                let near = near(rest);
                near[..near.find(ends_text).unwrap_or(near.len())].find('@')?
            }
        };
        is_secret(&rest[..length]).then_some(begin + length)
    }

    fn last_at(&mut self, begin: usize, end: usize) -> Option<usize> {
        let (from, known, _) = self.last;
        if known != end || from > begin {
            let at = self.text[begin..end].rfind('@').map(|at| begin + at);
            self.last = (begin, end, at);
        }
        self.last.2.filter(|at| *at >= begin)
    }

    fn password_of_host(&self, begin: usize) -> Option<usize> {
        let rest = &self.text[begin..];
        let length = rest.find(|c| ends_text(c) || "/?#:@".contains(c))?;
        let host = rest[length..].strip_prefix('@')?;
        // Whoever wrote something else than a name there has a password before it all the same.
        let is_host = host.starts_with(|c| !ends_text(c) && !"/?#:@\\".contains(c));
        (is_host && !is_digest(host) && is_secret(&rest[..length])).then_some(begin + length)
    }
}

/// The beginning of a text, which is looked at again and again.
fn near(text: &str) -> &str {
    &text[..text.floor_char_boundary(FAR.min(text.len()))]
}

/// Schemes whose URLs have an `@` though no host follows them.
const SCHEMES: &[&str] = &[
    "acct", "data", "im", "mailto", "sip", "sips", "tel", "urn", "xmpp",
];

/// Whether a host follows with the name of a domain or of this machine, or with a number for its name and a port.
fn has_domain(text: &str) -> bool {
    let ends = |c: char| !c.is_ascii_alphanumeric() && !"-.".contains(c);
    let text = near(text);
    let (host, rest) = text.split_at(text.find(ends).unwrap_or(text.len()));
    let last = host
        .trim_end_matches('.')
        .rsplit_once('.')
        .map(|(_, last)| last);
    let is_word =
        |last: &str| last.len() > 1 && last.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_number =
        || host.split('.').count() == 4 && host.split('.').all(|part| part.parse::<u8>().is_ok());
    let has_port = || {
        rest.strip_prefix(':')
            .is_some_and(|port| port.starts_with(|c: char| c.is_ascii_digit()))
    };
    last.is_some_and(is_word)
        || host == "localhost"
        || is_number()
        || (!host.is_empty() && has_port())
}

/// Whether something like `sha256:0f…` stands where a host and its port would.
fn is_digest(host: &str) -> bool {
    let ends = |c: char| !c.is_ascii_alphanumeric() && !"-._".contains(c);
    let port = host
        .find(ends)
        .and_then(|end| host[end..].strip_prefix(':'));
    let is_hex = |port: &str| port.bytes().take_while(u8::is_ascii_hexdigit).count() > 5;
    port.is_some_and(is_hex)
}

/// What stands in no URL, and ends one in a longer text.
fn ends_text(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "\"`<>".contains(c)
}

/// Whether a password is one, and not a variable or a mask.
fn is_secret(password: &str) -> bool {
    let is_braced = |open: &str| password.starts_with(open) && password.ends_with(['}', ')']);
    let is_shell = password.strip_prefix('$').is_some_and(|name| {
        let fits = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
        !name.is_empty() && name.bytes().all(fits)
    });
    !is_braced("{") && !is_braced("$") && !is_shell && !password.bytes().all(|byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_shown_without_user_name_and_password() {
        for (text, expected) in [
            (
                "amqps://me:secret@a.example:5671/",
                "amqps://***@a.example:5671/",
            ),
            (
                "see http://me:se@cret@a/b@c, and b",
                "see http://***@a/b@c, and b",
            ),
            ("//:secret@a?b", "//***@a?b"),
            (
                "`amqp://a:b@c` or `amqp://d:e@f`",
                "`amqp://***@c` or `amqp://***@f`",
            ),
            (r"amqp:\/\/me:secret@a\/b", r"amqp:\/\/***@a\/b"),
            (
                "/channels/amqp:~1~1me:secret@a~1b",
                "/channels/amqp:~1~1***@a~1b",
            ),
            ("amqp://me:p/ss#w?rd@a", "amqp://***@a"),
            ("amqp://{user}:secret@a", "amqp://***@a"),
            ("amqp:///me:secret@a", "amqp:///***@a"),
            ("http://me:12345@a", "http://***@a"),
            (
                "the host is `me:secret@a.example`",
                "the host is `***@a.example`",
            ),
            ("`me:secret@a:5672`", "`***@a:5672`"),
            ("http://me:pä'ss@a", "http://***@a"),
        ] {
            assert_eq!(masked(text), expected, "{text}");
        }
    }

    #[test]
    fn places_are_those_of_user_name_and_password() {
        let text = "http://me:secret@a and amqp://x:y@b";
        let found: Vec<&str> = credentials(text)
            .into_iter()
            .map(|place| &text[place])
            .collect();
        assert_eq!(found, ["me:secret", "x:y"]);
        assert_eq!(credentials("`me:secret@a`"), []);
        assert_eq!(host_credentials("me:secret@a:5672"), Some(0..9));
        for host in ["a:5672", "me@a", "a", "me:{password}@a", "me:secret@"] {
            assert_eq!(host_credentials(host), None, "{host}");
        }
    }

    #[test]
    fn source_texts_keep_their_length() {
        for (text, expected) in [
            ("host: me:secret@a", "host: *********@a"),
            ("'me:secret@a'", "'*********@a'"),
            ("\"http://me:secret@a\"", "\"http://*********@a\""),
            ("a http://me:sé@a", "a http://******@a"),
            ("no: secret", "no: secret"),
        ] {
            assert_eq!(blotted(text), expected, "{text}");
            assert_eq!(blotted(text).len(), text.len());
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "http://me@a/",
            "http://a:80/b@c",
            "http://a/b:c@d",
            "http://me:@a",
            "http://me:{password}@a",
            "http://me:${PASSWORD}@a",
            "http://me:$PASSWORD@a",
            "http://me:***@a",
            "https://{host}:{port}/a@b",
            "http://[::1]:80/a@b",
            "http://a:b c@d",
            "`mailto:me@example.com`",
            "`image:tag@sha256:0f0f0f`",
            "me:secret@a",
            "",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn addresses_without_a_scheme_are_masked_before_hosts_alone() {
        for (text, expected) in [
            ("<b>me:secret@a.example/t</b>", "<b>***@a.example/t</b>"),
            ("\"me:secret@a:5672\"", "\"***@a:5672\""),
            ("at me:secret@localhost", "at ***@localhost"),
            ("&quot;me:secret@10.0.0.1&quot;", "&quot;***@10.0.0.1&quot;"),
            ("`me:secret@a`", "`***@a`"),
            ("amqp://me:secret@a", "amqp://***@a"),
        ] {
            assert_eq!(masked_everywhere(text), expected, "{text}");
        }
        for text in [
            "orders:created@v2",
            "pkg:a@1.2.3",
            "mailto:me@a.example",
            "p{margin:0}@media print{a:b}",
            "me@a.example",
        ] {
            assert_eq!(masked_everywhere(text), text);
        }
    }

    #[test]
    fn source_texts_keep_their_places() {
        for (text, expected) in [
            ("url: http://me:secret@a # b", "url: http://*********@a # b"),
            ("{host: me:secret@a, b: c}", "{host: *********@a, b: c}"),
            ("\"host\": \"me:sä@a\"", "\"host\": \"******@a\""),
        ] {
            assert_eq!(blotted(text), expected);
            assert_eq!(blotted(text).len(), text.len());
        }
    }

    #[test]
    fn whatever_stands_for_a_host_the_password_before_it_is_not_shown() {
        for host in ["-broker", "_broker", ".a", "übel.example", "$HOST", "%2f"] {
            let text = format!("me:secret@{host}");
            assert_eq!(host_credentials(&text), Some(0..9), "{host}");
            assert_eq!(masked(&format!("`{text}`")), format!("`***@{host}`"));
        }
    }

    /// One long text may take four times as long as sixteen short ones that are as long together; it was sixteen times. Where others
    /// use the machine, it is tried again.
    #[test]
    fn time_grows_as_texts_do() {
        let time = |count: usize, text: &str| {
            let begin = std::time::Instant::now();
            for _ in 0..count {
                let _ = (masked(text), masked_everywhere(text), blotted(text));
            }
            begin.elapsed()
        };
        for (part, end) in [
            ("f(a)", "@"),
            ("x](b)", "@"),
            ("(", ":a@"),
            ("(", ":111@"),
            ("~1", ":1@"),
            ("~1~1a:b", "@"),
            ("~1~1a:***", "@"),
            ("(a:b@", ""),
            ("(", "a:b@ccc"),
            ("//", "@"),
            ("//a:b", "@"),
            ("//a:b@", ""),
            ("\"a:b", "@"),
            ("//a:1", "@"),
        ] {
            let text = |count: usize| {
                let ends = if end.len() > 1 {
                    end.repeat(count)
                } else {
                    end.to_owned()
                };
                part.repeat(count) + &ends
            };
            let (short, long) = (text(300), text(4800));
            let is_even = (0..10).any(|_| time(1, &long) < 4 * time(16, &short));
            assert!(is_even, "{part}");
        }
    }
}
