//! Addresses of RFC 3986 and 3987, and the templates of RFC 6570.
use crate::pattern::Pattern;
use std::net::Ipv6Addr;

macro_rules! other {
    () => {
        r"\u{A0}-\u{D7FF}\u{F900}-\u{FDCF}\u{FDF0}-\u{FFEF}\u{10000}-\u{EFFFD}"
    };
}

macro_rules! private {
    () => {
        r"\u{E000}-\u{F8FF}\u{F0000}-\u{FFFFD}\u{100000}-\u{10FFFD}"
    };
}

/// What may follow the scheme; `$more` are signs beyond ASCII, and `$query` those that only a query has; `$first` are signs of the
/// first part of a path without a root.
macro_rules! after_scheme {
    ($more:expr, $query:expr, $first:expr) => {
        concat!(
            "(//",
            "(([0-9A-Za-z._~!$&'()*+,;=:", $more, "-]|%[0-9A-Fa-f]{2})*@)?",
            r"(\[[0-9A-Fa-f:.]+\]|\[[vV][0-9A-Fa-f]+\.[0-9A-Za-z._~!$&'()*+,;=:-]+\]|([0-9A-Za-z._~!$&'()*+,;=", $more, "-]|%[0-9A-Fa-f]{2})*)",
            "(:[0-9]*)?",
            "(/([0-9A-Za-z._~!$&'()*+,;=:@", $more, "-]|%[0-9A-Fa-f]{2})*)*",
            "|/?(([0-9A-Za-z._~!$&'()*+,;=@", $first, $more, "-]|%[0-9A-Fa-f]{2})+(/([0-9A-Za-z._~!$&'()*+,;=:@", $more, "-]|%[0-9A-Fa-f]{2})*)*)?",
            ")",
            r"(\?([0-9A-Za-z._~!$&'()*+,;=:@/?", $more, $query, "-]|%[0-9A-Fa-f]{2})*)?",
            "(#([0-9A-Za-z._~!$&'()*+,;=:@/?", $more, "-]|%[0-9A-Fa-f]{2})*)?$",
        )
    };
}

static URI: Pattern = Pattern::new(concat!(
    "^[A-Za-z][0-9A-Za-z+.-]*:",
    after_scheme!("", "", ":")
));
static RELATIVE: Pattern = Pattern::new(concat!("^", after_scheme!("", "", "")));
static IRI: Pattern = Pattern::new(concat!(
    "^[A-Za-z][0-9A-Za-z+.-]*:",
    after_scheme!(other!(), private!(), ":")
));
static RELATIVE_IRI: Pattern = Pattern::new(concat!("^", after_scheme!(other!(), private!(), "")));
pub(super) static TEMPLATE: Pattern = Pattern::new(concat!(
    r#"^([^\x00-\x20\x7F"%<>\\^`{|}]|%[0-9A-Fa-f]{2}|"#,
    r"\{[+#./;?&=,!@|]?([0-9A-Za-z_]|%[0-9A-Fa-f]{2})(\.?([0-9A-Za-z_]|%[0-9A-Fa-f]{2}))*(:[1-9][0-9]{0,3}|\*)?",
    r"(,([0-9A-Za-z_]|%[0-9A-Fa-f]{2})(\.?([0-9A-Za-z_]|%[0-9A-Fa-f]{2}))*(:[1-9][0-9]{0,3}|\*)?)*\})*$"
));

pub(super) fn is_uri(text: &str) -> bool {
    URI.is_match(text) && has_a_host(text)
}

pub(super) fn is_uri_reference(text: &str) -> bool {
    is_uri(text) || (RELATIVE.is_match(text) && has_a_host(text))
}

pub(super) fn is_iri(text: &str) -> bool {
    IRI.is_match(text) && has_a_host(text)
}

pub(super) fn is_iri_reference(text: &str) -> bool {
    is_iri(text) || (RELATIVE_IRI.is_match(text) && has_a_host(text))
}

/// Whether a host in brackets is an address, or of a kind to come. Nothing else has brackets.
fn has_a_host(text: &str) -> bool {
    let Some((_, rest)) = text.split_once('[') else {
        return true;
    };
    let address = rest.split(']').next().unwrap_or_default();
    address.starts_with(['v', 'V']) || address.parse::<Ipv6Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(is_one: fn(&str) -> bool, valid: &[&str], invalid: &[&str]) {
        for text in valid {
            assert!(is_one(text), "{text:?}");
        }
        for text in invalid {
            assert!(!is_one(text), "{text:?}");
        }
    }

    #[test]
    fn addresses_have_a_scheme_and_legal_signs() {
        let all = [
            "https://a.org/b?c=d#e",
            "http://u:p@[2001:db8::7]:80/%20",
            "mailto:a@b.c",
            "urn:oasis:names",
            "tel:+1-816",
            "file:///a",
            "ftp:",
        ];
        let none = [
            "",
            "//a.org/b",
            "/a",
            "a",
            r"\\a\b",
            "http://a b",
            "http:// a",
            ":// x",
            "1a:b",
            "a:b<c>",
            "http://2001:db8:7334",
            "http://a/%2",
            "http://[a/b",
            "http://[::ffff:192.168.0.01]",
            "http://[1::2::3]",
            "http://ä.org",
        ];
        check(is_uri, &all, &none);
        check(
            is_iri,
            &[
                "http://ƒøø.org/∂é#é",
                "urn:a",
                "http://[V1.fe]",
                "a:?\u{e000}",
            ],
            &["/ä", "a b:c", "a:\u{e000}"],
        );
    }

    #[test]
    fn references_need_no_scheme() {
        let all = ["", "//a.org/b", "/a/b", "a/b:c", "#e", "?q", "a"];
        check(
            is_uri_reference,
            &all,
            &["//[::ffff:192.168.0.01]/p", r"\\a\b", "#a\\b", "/ä"],
        );
        check(is_iri_reference, &["//ƒ.org", "é/b"], &["#ƒ\\b"]);
    }

    #[test]
    fn braces_of_templates_are_paired_and_named() {
        check(
            |text| TEMPLATE.is_match(text),
            &["", "a/{b:1}/{c}", "{?q,lang}", "{+x*}", "{a.b}"],
            &[
                "{",
                "{}",
                "a}",
                "{a,,b}",
                "{a:0}",
                "{a b}",
                "{a:10000}",
                "%2",
                "a\u{7f}b",
            ],
        );
    }
}
