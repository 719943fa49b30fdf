//! Formats of texts that no type stands for, as JSON Schema has them.
mod domain;
mod punycode;
mod time;
mod uri;

use crate::{Base64, pattern::Pattern};
use std::net::{Ipv4Addr, Ipv6Addr};

/// A `format` of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `byte`.
    Byte,
    /// `date`.
    Date,
    /// `date-time`.
    DateTime,
    /// `duration`.
    Duration,
    /// `email`.
    Email,
    /// `hostname`.
    Hostname,
    /// `idn-email`.
    #[cfg(feature = "idn")]
    IdnEmail,
    /// `idn-hostname`.
    #[cfg(feature = "idn")]
    IdnHostname,
    /// `ipv4`.
    Ipv4,
    /// `ipv6`.
    Ipv6,
    /// `iri`.
    Iri,
    /// `iri-reference`.
    IriReference,
    /// `json-pointer`.
    JsonPointer,
    /// `regex`.
    Regex,
    /// `relative-json-pointer`.
    RelativeJsonPointer,
    /// `time`.
    Time,
    /// `uri`.
    Uri,
    /// `uri-reference`.
    UriReference,
    /// `uri-template`.
    UriTemplate,
    /// `uuid`.
    Uuid,
}

static EMAIL: Pattern = Pattern::new(
    r#"^([\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*|"([ !#-\[\]-~]|\\[ -~])*")$"#,
);
/// The same with signs of other alphabets.
#[cfg(feature = "idn")]
static ANY_EMAIL: Pattern = Pattern::new(
    r#"^([\w!#$%&'*+/=?^`{|}~\u{80}-\u{10FFFF}-]+(\.[\w!#$%&'*+/=?^`{|}~\u{80}-\u{10FFFF}-]+)*|"([ !#-\[\]-~\u{80}-\u{10FFFF}]|\\[ -~])*")$"#,
);
static JSON_POINTER: Pattern = Pattern::new("^(/([^~/]|~[01])*)*$");
static RELATIVE_JSON_POINTER: Pattern = Pattern::new("^(0|[1-9][0-9]*)(#|(/([^~/]|~[01])*)*)$");
static UUID: Pattern = Pattern::new("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$");

impl Format {
    /// Its name in a schema.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Byte => "byte",
            Self::Date => "date",
            Self::DateTime => "date-time",
            Self::Duration => "duration",
            Self::Email => "email",
            Self::Hostname => "hostname",
            #[cfg(feature = "idn")]
            Self::IdnEmail => "idn-email",
            #[cfg(feature = "idn")]
            Self::IdnHostname => "idn-hostname",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Iri => "iri",
            Self::IriReference => "iri-reference",
            Self::JsonPointer => "json-pointer",
            Self::Regex => "regex",
            Self::RelativeJsonPointer => "relative-json-pointer",
            Self::Time => "time",
            Self::Uri => "uri",
            Self::UriReference => "uri-reference",
            Self::UriTemplate => "uri-template",
            Self::Uuid => "uuid",
        }
    }

    /// Whether the text has it.
    #[must_use]
    pub fn has(self, text: &str) -> bool {
        match self {
            Self::Byte => text.parse::<Base64>().is_ok(),
            Self::Date => time::is_date(text),
            Self::DateTime => time::is_date_time(text),
            Self::Duration => time::DURATION.is_match(text),
            Self::Email => is_email(text, &EMAIL, domain::is_ascii),
            Self::Hostname => domain::is_ascii(text),
            #[cfg(feature = "idn")]
            Self::IdnEmail => is_email(text, &ANY_EMAIL, domain::is_any),
            #[cfg(feature = "idn")]
            Self::IdnHostname => domain::is_any(text),
            Self::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Self::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
            Self::Iri => uri::is_iri(text),
            Self::IriReference => uri::is_iri_reference(text),
            Self::JsonPointer => JSON_POINTER.is_match(text),
            Self::Regex => regress::Regex::with_flags(text, "u").is_ok(),
            Self::RelativeJsonPointer => RELATIVE_JSON_POINTER.is_match(text),
            Self::Time => time::is_time(text),
            Self::Uri => uri::is_uri(text),
            Self::UriReference => uri::is_uri_reference(text),
            Self::UriTemplate => uri::TEMPLATE.is_match(text),
            Self::Uuid => UUID.is_match(text),
        }
    }
}

fn is_email(text: &str, person: &Pattern, is_host: fn(&str) -> bool) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let literal = domain.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let is_domain = match literal.map(|literal| (literal, literal.strip_prefix("IPv6:"))) {
        None => is_host(domain),
        Some((_, Some(address))) => Format::Ipv6.has(address),
        Some((address, None)) => Format::Ipv4.has(address),
    };
    is_domain && person.is_match(local)
}

#[cfg(test)]
mod tests {
    use super::Format::{self, *};

    #[track_caller]
    fn check(format: Format, valid: &[&str], invalid: &[&str]) {
        for text in valid {
            assert!(format.has(text), "{text:?} is a {}", format.name());
        }
        for text in invalid {
            assert!(!format.has(text), "{text:?} is no {}", format.name());
        }
    }

    #[test]
    fn names_and_addresses() {
        let local = r#""odd \" name"@x.org"#;
        check(
            Email,
            &[
                "a@b.c",
                "a.b+c@x-y.org",
                local,
                "a@[127.0.0.1]",
                "a@[IPv6:::1]",
            ],
            &[
                "",
                "a",
                "@b",
                "a@",
                ".a@b.c",
                "a.@b.c",
                "a..b@c.d",
                "a@b=c.d",
                "a@[300.0.0.1]",
                "a b@c.d",
            ],
        );
        check(
            Hostname,
            &["a", "a.b-c.d9", "xn--zca.org", "1.2"],
            &[
                "", ".", "a.", "-a", "a-", "a_b", "ab--c", "x.ab--c", "ä.org", "a..b",
            ],
        );
        let long = [&"a".repeat(63)[..], &"a".repeat(64)];
        check(Hostname, &long[..1], &long[1..]);
        let quoted = "\"δοκιμή\"@example.com";
        check(
            IdnEmail,
            &["실례@실례.테스트", "a@b.c", quoted, "ä@[IPv6:::1]"],
            &[
                "2962",
                "user\u{ff20}example.com",
                "a@\u{302e}실례",
                "ä b@c.d",
            ],
        );
        check(
            Ipv4,
            &["127.0.0.1"],
            &[
                "127.0.0",
                "256.0.0.1",
                "01.2.3.4",
                "1.2.3.4.5",
                "0x7f.0.0.1",
            ],
        );
        check(
            Ipv6,
            &["::1", "2001:db8::ffff:1.2.3.4"],
            &["1::2::3", "12345::", "::1%eth0", "1:2"],
        );
        check(
            Uuid,
            &[
                "0b0e5ad8-64b5-4ff6-9f5b-54cbcd7c4d5e",
                "0B0E5AD8-64B5-4FF6-9F5B-54CBCD7C4D5E",
            ],
            &[
                "0b0e5ad864b54ff69f5b54cbcd7c4d5e",
                "{0b0e5ad8-64b5-4ff6-9f5b-54cbcd7c4d5e}",
            ],
        );
    }

    #[test]
    fn bytes_are_in_base64() {
        check(Byte, &["", "aGk="], &["aGk", "-_8=", "a b="]);
    }

    #[test]
    fn pointers_and_patterns() {
        check(
            JsonPointer,
            &["", "/", "/a~0~1/0//ä"],
            &["a", "#", "/~", "/~2", "#/a"],
        );
        check(
            RelativeJsonPointer,
            &["0", "1#", "12/a", "0/"],
            &["", "/a", "01", "-1", "0##", "+1/a"],
        );
        check(
            Regex,
            &["^a$", "(?<n>a)\\k<n>", "[^]"],
            &["^(a", "\\a", "(?P<n>a)"],
        );
    }
}
