//! URLs of remote references, brought to one written form, so that the host that is compared is the host that is asked.
use std::fmt;

use fluent_uri::{
    ParseError, Uri, UriRef,
    component::{Authority, Host},
};
use percent_encoding::{AsciiSet, utf8_percent_encode};

/// What references have although no URL does: it is escaped, as letters beyond ASCII are.
const ESCAPED: &AsciiSet = &AsciiSet::EMPTY.add(b' ');

/// An `http` or `https` URL without user name, password and fragment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Url(Uri<String>);

/// Why a text is no URL that may be asked; a fragment that follows its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadUrl {
    /// Neither `http` nor `https`.
    #[error("is neither an `http` nor an `https` URL")]
    Scheme,
    /// A user name or a password stands before the host.
    #[error("carries a user name or a password")]
    Credentials,
    /// No host, or one that is not written in ASCII, or no port behind the colon.
    #[error("has no host and port that can be asked")]
    Host,
    /// A character that RFC 3986 does not allow, or a `%` that begins no escape.
    #[error("has a character that must be escaped")]
    Text,
}

impl Url {
    /// Takes a text apart; a fragment is left out.
    ///
    /// # Errors
    /// When the text is no URL that may be asked.
    pub fn parse(text: &str) -> Result<Self, BadUrl> {
        let uri = Uri::try_from(reference(text)?).map_err(|_| BadUrl::Scheme)?;
        Self::asked(&uri)
    }

    /// Where a reference leads that stands in the text behind this URL. It never leads to a file.
    ///
    /// # Errors
    /// When it is a URL that may not be asked.
    pub fn join(&self, reference: &str) -> Result<Self, BadUrl> {
        let reference = self::reference(reference)?;
        let uri = reference.resolve_against(&self.0);
        Self::asked(&uri.map_err(|_| BadUrl::Text)?)
    }

    /// The one form of a URL, where it may be asked.
    fn asked(uri: &Uri<String>) -> Result<Self, BadUrl> {
        let uri = uri.normalize();
        let scheme = uri.scheme();
        if !matches!(scheme.as_str(), "http" | "https") {
            return Err(BadUrl::Scheme);
        }
        let (host, port) = host_and_port(&uri.authority().ok_or(BadUrl::Host)?)?;
        let mut text = format!("{scheme}://{host}");
        if let Some(port) = port.filter(|port| Some(*port) != scheme.default_port()) {
            text += &format!(":{port}");
        }
        text += match uri.path().as_str() {
            "" => "/",
            path => path,
        };
        if let Some(query) = uri.query() {
            text += &format!("?{query}");
        }
        Uri::parse(text).map(Self).map_err(|_| BadUrl::Text)
    }

    /// The whole URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Host, with its port unless that is the scheme's own.
    #[must_use]
    pub fn host(&self) -> &str {
        self.authority().as_str()
    }

    /// Whether it is asked by `https`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.scheme().as_str() == "https"
    }

    /// The path, without a query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.path().as_str()
    }

    /// Name of the host, without a port.
    pub(crate) fn host_name(&self) -> &str {
        self.authority().host()
    }

    /// The port that is asked.
    pub(crate) fn port(&self) -> Option<u16> {
        let port = self.authority().port_to_u16().ok().flatten();
        port.or_else(|| self.0.scheme().default_port())
    }

    fn authority(&self) -> Authority<'_> {
        self.0.authority().unwrap_or(Authority::EMPTY)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text as it may be shown: without the user name and password of a URL.
pub(crate) fn without_credentials(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("//") else {
        return text.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}//{}", &rest[at + 1..]),
        None => text.to_owned(),
    }
}

/// The id of a schema, or a reference to one, as a whole URI without its fragment: by itself, or from the id around it.
pub(crate) fn id(text: &str, around: Option<&Uri<String>>) -> Option<Uri<String>> {
    let reference = reference(text).ok()?;
    let uri = match around {
        Some(around) => reference.resolve_against(around).ok()?,
        None => Uri::try_from(reference).ok()?,
    };
    Some(uri.normalize())
}

/// Host and port of a text that is nothing but these.
pub(crate) fn parse_host(text: &str) -> Result<(String, Option<u16>), BadUrl> {
    let reference = UriRef::parse(format!("//{text}")).map_err(|_| BadUrl::Host)?;
    match reference.normalize().authority() {
        // Normalizing neither makes nor takes away a path.
        Some(authority) if !text.contains(['/', '?', '#']) => host_and_port(&authority),
        _ => Err(BadUrl::Host),
    }
}

/// Host and port of the part between the scheme and the path, which is normalized.
fn host_and_port(authority: &Authority<'_>) -> Result<(String, Option<u16>), BadUrl> {
    if authority.has_userinfo() {
        return Err(BadUrl::Credentials);
    }
    let host = authority.host();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_known = match authority.host_parsed() {
        Host::RegName(_) => !host.is_empty() && host.bytes().all(fits),
        Host::Ipv4 { .. } | Host::Ipv6 { .. } => true,
        Host::IpvFuture { .. } => false,
    };
    let port = authority.port_to_u16().map_err(|_| BadUrl::Host)?;
    if !is_known || port == Some(0) {
        return Err(BadUrl::Host);
    }
    Ok((host.to_owned(), port))
}

/// A reference by RFC 3986, without its fragment.
fn reference(text: &str) -> Result<UriRef<String>, BadUrl> {
    let text = text.split_once('#').map_or(text, |(text, _)| text);
    let text = utf8_percent_encode(text, ESCAPED).to_string();
    UriRef::parse(text).map_err(|(error, text)| refused(&text, error))
}

/// What is wrong with a text that is no reference: something between the scheme and the path, or a character elsewhere.
fn refused(text: &str, error: ParseError) -> BadUrl {
    let (scheme, rest) = text.split_once("//").unwrap_or((text, ""));
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let has_authority = scheme.is_empty() || scheme.ends_with(':') && !scheme.contains(['/', '?']);
    let start = scheme.len() + 2;
    if !has_authority || !(start..=start + authority.len()).contains(&error.index()) {
        BadUrl::Text
    } else if authority.contains('@') {
        BadUrl::Credentials
    } else {
        BadUrl::Host
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn parsed(text: &str) -> String {
        match Url::parse(text) {
            Ok(url) => url.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn one_place_has_one_written_form() {
        for (text, expected) in [
            ("HTTPS://Example.COM", "https://example.com/"),
            ("http://a:80/x#y", "http://a/x"),
            ("https://a:0443?q#f", "https://a/?q"),
            ("https://a:80/", "https://a:80/"),
            ("http://[0:0::1]:8080/a", "http://[::1]:8080/a"),
            ("http://a/b/./c/../d/..", "http://a/b/"),
            ("http://a/%2e%2E/../x", "http://a/x"),
            ("http://%41%2Eb:/", "http://a.b/"),
            ("http://a:08080/", "http://a:8080/"),
            ("http://a/ü %2f%41?ü b", "http://a/%C3%BC%20%2FA?%C3%BC%20b"),
            ("http://a/x?y#{z}", "http://a/x?y"),
            ("http://a//b", "http://a//b"),
        ] {
            assert_eq!(parsed(text), expected, "{text}");
            assert_eq!(parsed(expected), expected);
        }
    }

    #[test]
    fn what_may_not_be_asked_is_none() {
        for text in ["ftp://a/", "file:///etc/passwd", "a/b", "//a/", ""] {
            assert_eq!(Url::parse(text), Err(BadUrl::Scheme), "{text}");
        }
        for text in [
            "http://",
            "http:///a",
            "http:/a",
            "http:a",
            "http://ü/",
            "http://a:b/",
            "http://a:70000/",
            "http://a:0/",
            "http://[::1/",
            "http://[x]/",
            "http://[v1.x]/",
            "http://[::1%25eth0]/",
            "http://a b/",
            "http://a%2fb/",
            "http://a%40b/",
            "http://a\\b/",
            "http://a,b/",
        ] {
            assert_eq!(Url::parse(text), Err(BadUrl::Host), "{text}");
        }
        for text in [
            "http://me@a/",
            "http://me:secret@a/",
            "https://@a",
            "http://me:se@cret@a/",
            "http://me\\a:secret@a/",
        ] {
            assert_eq!(Url::parse(text), Err(BadUrl::Credentials), "{text}");
        }
        for text in [
            "http://a/b\\c",
            "http://a/%zz",
            "http://a/%+f",
            "http://a/{b}",
            "http://a/[b]",
            "http://a/b\n",
            "http://a?b|c",
            "1://a/",
        ] {
            assert_eq!(Url::parse(text), Err(BadUrl::Text), "{text}");
        }
    }

    #[test]
    fn credentials_are_not_shown() {
        for (text, expected) in [
            ("http://me:se@cret@a/b@c", "http://a/b@c"),
            ("//me:secret@a?b", "//a?b"),
            ("http://me\\x:secret@a/", "http://a/"),
            ("http://a/b@c", "http://a/b@c"),
        ] {
            assert_eq!(without_credentials(text), expected);
        }
    }

    #[test]
    fn references_start_from_the_url_of_their_text() {
        let base = Url::parse("https://a:8443/b/c.yaml?v=1").expect("a URL");
        for (reference, expected) in [
            ("d.yaml", "https://a:8443/b/d.yaml"),
            ("../../../d", "https://a:8443/d"),
            ("/etc/passwd", "https://a:8443/etc/passwd"),
            ("//other/x", "https://other/x"),
            ("", "https://a:8443/b/c.yaml?v=1"),
            ("#d", "https://a:8443/b/c.yaml?v=1"),
            ("?v=2", "https://a:8443/b/c.yaml?v=2"),
            ("d e/ü#[", "https://a:8443/b/d%20e/%C3%BC"),
            ("http://other/x", "http://other/x"),
            ("x/a:b.json", "https://a:8443/b/x/a:b.json"),
        ] {
            let joined = base.join(reference).expect("a URL");
            assert_eq!(joined.as_str(), expected, "{reference}");
        }
        for reference in ["file:///etc/passwd", "file:x", "C:/x", "data:,x"] {
            assert_eq!(base.join(reference), Err(BadUrl::Scheme), "{reference}");
        }
        for reference in ["..\\d", "/d|e", "d//e\\f", "C:\\x"] {
            assert_eq!(base.join(reference), Err(BadUrl::Text), "{reference}");
        }
        assert_eq!(base.join("//me@a/"), Err(BadUrl::Credentials));
        assert_eq!(base.join("//a\\b/"), Err(BadUrl::Host));
        assert_eq!(base.join("http:d"), Err(BadUrl::Host));
        assert_eq!((base.host(), base.path()), ("a:8443", "/b/c.yaml"));
        assert_eq!((base.host_name(), base.port()), ("a", Some(8443)));
    }
}
