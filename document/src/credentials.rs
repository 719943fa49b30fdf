//! Credentials in texts: where URLs carry a password, and the same texts without it.
use std::{borrow::Cow, ops::Range};

use crate::{Node, Text, Value};

/// What stands in the place of credentials.
const MASK: &str = "***";

/// Bytes behind a colon that are searched for the `@` of a password that no URL may have as it is.
const FAR: usize = 200;

/// The places of user names with passwords in a text: what stands between `//` and `@` of its URLs. A user name alone is no
/// secret, nor is a variable such as `{password}`.
#[must_use]
pub fn credentials(text: &str) -> Vec<Range<usize>> {
    found(text, |_| false)
}

/// The user name and password that an address without a scheme begins with, such as that of a server's `host`.
#[must_use]
pub fn host_credentials(text: &str) -> Option<Range<usize>> {
    let length = of_host(text)?;
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
    let mut at = 0;
    while at < text.len() {
        let slashes = slashes(&text.as_bytes()[at..]);
        let start = at + slashes.max(1);
        let length = match text.get(start..) {
            Some(rest) if slashes > 0 => of_url(rest),
            Some(rest) if begins(text.as_bytes()[at]) => {
                let before = text.as_bytes()[at];
                of_host(rest).filter(|length| is_meant(before, &rest[length + 1..]))
            }
            _ => None,
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
    let forms = ["//", r"\/\/", "~1~1"].into_iter();
    let mut here = forms.filter(|form| text.starts_with(form.as_bytes()));
    here.next().map_or(0, str::len)
}

/// Length of the user name and password at the start of what follows the slashes of a URL.
fn of_url(text: &str) -> Option<usize> {
    let colon = name(text)?;
    let password = &text[colon + 1..];
    let ends = |c| ends_text(c) || "/?#".contains(c);
    let authority = &password[..password.find(ends).unwrap_or(password.len())];
    let length = match authority.rfind('@') {
        Some(at) => at,
        // What follows is a port, or a password with signs that should have been escaped.
        None if authority.bytes().all(|byte| byte.is_ascii_digit()) || !is_secret(authority) => {
            return None;
        }
        None => {
            let near = &password[..password.floor_char_boundary(FAR.min(password.len()))];
            let near = &near[..near.find(ends_text).unwrap_or(near.len())];
            near.find('@')?
        }
    };
    is_secret(&password[..length]).then_some(colon + 1 + length)
}

/// Length of the user name and password at the start of an address without a scheme.
fn of_host(text: &str) -> Option<usize> {
    let colon = name(text)?;
    let is_scheme = SCHEMES
        .iter()
        .any(|scheme| text[..colon].eq_ignore_ascii_case(scheme));
    let password = &text[colon + 1..];
    let ends = |c| ends_text(c) || "/?#:@".contains(c);
    let length = password.find(ends)?;
    let host = password[length..].strip_prefix('@')?;
    let is_host = host.starts_with(|c: char| c.is_ascii_alphanumeric() || "[{".contains(c));
    let is_meant = colon > 0 && !is_scheme && is_host && !is_digest(host);
    (is_meant && is_secret(&password[..length])).then_some(colon + 1 + length)
}

/// Schemes whose URLs have an `@` though no host follows them.
const SCHEMES: &[&str] = &[
    "acct", "data", "im", "mailto", "sip", "sips", "tel", "urn", "xmpp",
];

/// Whether a host follows with the name of a domain or of this machine, or with a number for its name and a port.
fn has_domain(text: &str) -> bool {
    let ends = |c: char| !c.is_ascii_alphanumeric() && !"-.".contains(c);
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

/// Where the colon behind a user name stands; the name may be empty.
fn name(text: &str) -> Option<usize> {
    let end = text.find(|c| ends_text(c) || ":/?#@[".contains(c))?;
    text[end..].starts_with(':').then_some(end)
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
    fn long_texts_take_no_time() {
        let begin = std::time::Instant::now();
        for part in ["//", "//a:b", "\"a:b", "//a:1", "//a:b@"] {
            let _ = masked(&format!("{}@", part.repeat(20_000)));
        }
        assert!(begin.elapsed().as_secs() < 5, "{:?}", begin.elapsed());
    }
}
