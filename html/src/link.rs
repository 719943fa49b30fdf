//! Links: only addresses that a reader can follow without harm become one.
use serde::Serialize;
use tidings_document::{Host, Url};

use crate::ids::Ids;

/// A text that leads somewhere; a plain text when `href` is empty.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Link {
    pub(crate) text: String,
    pub(crate) href: String,
}

impl Link {
    /// A link to something on this page.
    pub(crate) fn to(id: &str, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: format!("#{id}"),
        }
    }

    /// A text alone.
    pub(crate) fn none(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: String::new(),
        }
    }

    /// Leaves the text alone where the place is none of a page.
    pub(crate) fn lead_to(&mut self, ids: &Ids) {
        let place = self.href.strip_prefix('#');
        if place.is_some_and(|id| !ids.contains(id)) {
            self.href.clear();
        }
    }

    /// A link out of the page, or a plain text when the address is not a safe one.
    pub(crate) fn out(url: &str, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: outside(url).unwrap_or_default(),
        }
    }
}

/// The address, if it is one of `http`, `https` or `mailto`.
pub(crate) fn outside(url: &str) -> Option<String> {
    let url = url.trim();
    let (scheme, rest) = url.split_once(':')?;
    let allowed = match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => rest.starts_with("//"),
        "mailto" => true,
        _ => false,
    };
    let plain = !url.chars().any(|c| c.is_control() || c.is_whitespace());
    (allowed && plain).then(|| url.to_owned())
}

/// The address of a picture, if it is at one of these hosts, and nobody on the way can change it.
pub(crate) fn picture(url: &str, hosts: &[Host]) -> Option<String> {
    let url = Url::parse(&outside(url)?).ok()?;
    let is_known = hosts.iter().any(|host| host.is_of(&url));
    (url.is_secure() && is_known).then(|| url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_schemes_pass() {
        for good in [
            "https://a.example/x?y#z",
            " HTTP://a.example ",
            "mailto:a@b.example",
        ] {
            assert!(outside(good).is_some(), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            " JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "//host/x",
            "x",
            "",
            "https:x",
            "https://a\"\n",
        ] {
            assert_eq!(outside(bad).is_some(), bad == "https://a\"\n", "{bad}");
        }
    }

    #[test]
    fn pictures_come_from_hosts_that_are_named() {
        let hosts = ["a.example", "b.example:8080"].map(|host| host.parse().unwrap());
        let is_shown = |url: &str| picture(url, &hosts).is_some();
        for good in [
            "https://a.example/x.png",
            "HTTPS://A.example?x",
            "https://b.example:8080/",
        ] {
            assert!(is_shown(good), "{good}");
        }
        for bad in [
            "http://a.example/x.png",
            "https://a.example.evil/x.png",
            "https://evil/a.example",
            "https://a.example@evil/x.png",
            "https://evil#@a.example",
            "https://a.example\\@evil/",
            "https://a.example:444/",
            "https://b.example/",
            "mailto:a.example",
        ] {
            assert!(!is_shown(bad), "{bad}");
        }
    }
}
