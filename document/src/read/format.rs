//! Formats of texts, as strict as the official parser's and no stricter.

/// Whether a text is an absolute URI.
pub(crate) fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let mut letters = scheme.chars();
    let scheme_fits = letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|next| next.is_ascii_alphanumeric() || matches!(next, '+' | '-' | '.'));
    if !scheme_fits || rest.is_empty() {
        return false;
    }
    match rest.strip_prefix("//") {
        None => chars_fit(rest, ""),
        Some(rest) => {
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            authority_fits(&rest[..end]) && chars_fit(&rest[end..], "")
        }
    }
}

fn authority_fits(authority: &str) -> bool {
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let port = match host.rfind(']') {
        Some(bracket) => &host[bracket + 1..],
        None => host.find(':').map_or("", |colon| &host[colon..]),
    };
    let digits = port.strip_prefix(':').unwrap_or(port);
    chars_fit(authority, "[]") && digits.chars().all(|digit| digit.is_ascii_digit())
}

/// Whether every character may stand in a URI: `%` only before two hexadecimal digits, one `#` at most.
fn chars_fit(text: &str, more: &str) -> bool {
    let bytes = text.as_bytes();
    let mut fragments = 0;
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'%' => {
            let hex = bytes.get(at + 1..at + 3);
            hex.is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
        }
        b'#' => {
            fragments += 1;
            fragments == 1
        }
        _ => {
            byte.is_ascii_alphanumeric()
                || b"-._~!$&'()*+,;=:@/?".contains(byte)
                || more.as_bytes().contains(byte)
        }
    })
}

/// Whether a text is a mail address.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let local_fits = local.split('.').all(|part| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&byte))
    });
    let label_fits = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.len() <= 63
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    local_fits && domain.contains('.') && domain.split('.').all(label_fits)
}

/// Whether a text is a runtime expression that names a place in a message.
pub(crate) fn is_location(text: &str) -> bool {
    let source = text.strip_prefix("$message.");
    source.is_some_and(|source| source.starts_with("header#") || source.starts_with("payload#"))
}

/// Whether a text is a name that components may have.
pub(crate) fn is_component_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// Whether a text is a name that Avro takes, without a namespace.
pub(crate) fn is_avro_name(text: &str) -> bool {
    let mut letters = text.bytes();
    let first = letters.next();
    first.is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && letters.all(|next| next.is_ascii_alphanumeric() || next == b'_')
}

/// Whether a text is an Avro name, or several with dots between them.
pub(crate) fn is_avro_full_name(text: &str) -> bool {
    text.split('.').all(is_avro_name)
}

/// Whether a text is a URI template of RFC 6570 that is not empty.
pub(crate) fn is_uri_template(text: &str) -> bool {
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else {
            return false;
        };
        if !literal_fits(&rest[..open]) || !expression_fits(&rest[open + 1..open + length]) {
            return false;
        }
        rest = &rest[open + length + 1..];
    }
    !text.is_empty() && literal_fits(rest)
}

fn literal_fits(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'%' => {
            let hex = bytes.get(at + 1..at + 3);
            hex.is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
        }
        _ => *byte > b' ' && *byte != 0x7f && !b"\"'<>\\^`{|}".contains(byte),
    })
}

/// `{var}`, `{+path}`, `{?a,b*,c:3}`
fn expression_fits(text: &str) -> bool {
    let text = text
        .strip_prefix(['+', '#', '.', '/', ';', '?', '&', '=', ',', '!', '@', '|'])
        .unwrap_or(text);
    text.split(',').all(|name| {
        let name = name.strip_suffix('*').unwrap_or(name);
        let (name, length) = name.split_once(':').unwrap_or((name, "1"));
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_%".contains(&byte);
        let words = name
            .split('.')
            .all(|word| !word.is_empty() && word.bytes().all(letter));
        words
            && !length.is_empty()
            && length.len() <= 4
            && length.bytes().all(|digit| digit.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_absolute_and_escaped() {
        for text in [
            "https://example.com",
            "urn:example:orders",
            "mailto:a@b.c",
            "http://[::1]:80/a?b#c",
            "https://x/%20",
            "h2+x-y.z:a",
            "http://me:secret@x:80/a",
            "urn:a%2fb",
        ] {
            assert!(is_uri(text), "{text}");
        }
        for text in [
            "",
            "example.com/a",
            "/a",
            "https://a b",
            "https://{host}/",
            "http://x:port",
            "https://x/%2",
            "https://x/%zz",
            "https://x/#a#b",
            "h_:a",
            "1h:a",
            "http://x:8a/",
            "http://[::1]x/",
            "a:",
        ] {
            assert!(!is_uri(text), "{text}");
        }
    }

    #[test]
    fn mail_addresses_have_a_local_part_and_a_domain() {
        let longest = format!("a@{}.c", "b".repeat(63));
        for text in [
            "a@example.com",
            "first.last+tag@a-b.co.uk",
            "!#$%&'*+/=?^_`{|}~-@b.c",
            &longest,
        ] {
            assert!(is_email(text), "{text}");
        }
        let longer = format!("a@{}.c", "b".repeat(64));
        for text in [
            "a", "a@b", "a@", "@b.c", "a..b@c.d", "a@-b.c", "a@b-.c", "a@b_.c", "a@b..c",
            "a b@c.d", &longer,
        ] {
            assert!(!is_email(text), "{text}");
        }
    }

    #[test]
    fn locations_name_a_part_of_a_message() {
        for text in [
            "$message.header#/a",
            "$message.payload#/a/b",
            "$message.payload#",
        ] {
            assert!(is_location(text), "{text}");
        }
        for text in [
            "",
            "$message.headers#/a",
            "message.header#/a",
            "$message.payload",
            "$message.a#/b",
        ] {
            assert!(!is_location(text), "{text}");
        }
    }

    #[test]
    fn names_have_the_characters_they_may() {
        assert!(is_component_name("a.B_9-") && is_component_name("9"));
        assert!(!is_component_name("") && !is_component_name("a b") && !is_component_name("a/b"));
        assert!(is_avro_name("_a9") && is_avro_name("Z_"));
        assert!(
            !is_avro_name("") && !is_avro_name("9a") && !is_avro_name("a-b") && !is_avro_name("é")
        );
        assert!(is_avro_full_name("a.b.C") && is_avro_full_name("a"));
        assert!(!is_avro_full_name("a..b") && !is_avro_full_name(".a"));
    }

    #[test]
    fn templates_have_expressions_that_are_closed() {
        for text in [
            "/a",
            "{a}",
            "x{+path}/y",
            "{?a,b*,c:3}",
            "{#a.b}",
            "{/a}",
            "{.a}",
            "{;a}",
            "{&a}",
            "{a:9999}",
            "{a%20}",
            "{a_b}",
            "a%20é",
        ] {
            assert!(is_uri_template(text), "{text}");
        }
        for text in [
            "",
            "{",
            "{a",
            "{}",
            "{a b}",
            "{a:}",
            "{a:x}",
            "{a:12345}",
            "{a..b}",
            "{a}}",
            "a b",
            "a\u{7f}",
            "a\"",
            "a<b",
            "a|b",
            "%2",
            "%zz",
            "x%{a}",
            "{a,}",
            "{a-b}",
        ] {
            assert!(!is_uri_template(text), "{text}");
        }
    }
}
