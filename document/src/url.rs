//! URLs of remote references, brought to one written form, so that the host that is compared is the host that is asked.
use std::{fmt, net::Ipv6Addr};

/// An `http` or `https` URL without user name, password and fragment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Url {
    text: String,
    /// Where the host begins in the text.
    host: usize,
    /// Where the path begins in the text; a port stands before it unless it is the scheme's own.
    path: usize,
}

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
}

impl Url {
    /// Takes a text apart; a fragment is left out.
    ///
    /// # Errors
    /// When the text is no URL that may be asked.
    pub fn parse(text: &str) -> Result<Self, BadUrl> {
        let (scheme, rest) = text.split_once("://").ok_or(BadUrl::Scheme)?;
        let scheme = ["http", "https"]
            .into_iter()
            .find(|known| known.eq_ignore_ascii_case(scheme))
            .ok_or(BadUrl::Scheme)?;
        let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
        let end = rest.find(['/', '?', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.contains('@') {
            return Err(BadUrl::Credentials);
        }
        let (host, port) = authority_parts(authority)?;
        let mut text = format!("{scheme}://{host}");
        if let Some(port) = port.filter(|port| *port != default_port(scheme == "https")) {
            text += &format!(":{port}");
        }
        let start = text.len();
        push_path(&mut text, path);
        Ok(Self {
            text,
            host: scheme.len() + 3,
            path: start,
        })
    }

    /// Where a reference leads that stands in the text behind this URL. It never leads to a file.
    ///
    /// # Errors
    /// When it is a URL that may not be asked.
    pub fn join(&self, reference: &str) -> Result<Self, BadUrl> {
        if has_scheme(reference) {
            return Self::parse(reference);
        }
        let scheme = &self.text[..self.host - 2];
        let origin = &self.text[..self.path];
        let path = self.path();
        if reference.starts_with("//") {
            return Self::parse(&format!("{}{reference}", scheme.trim_end_matches('/')));
        }
        if reference.starts_with(['/', '\\']) {
            return Self::parse(&format!("{origin}{reference}"));
        }
        let folder = match reference {
            "" => return Ok(self.clone()),
            _ if reference.starts_with('?') => path,
            _ => &path[..=path.rfind('/').unwrap_or(0)],
        };
        Self::parse(&format!("{origin}{folder}{reference}"))
    }

    /// The whole URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Host, with its port unless that is the scheme's own.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.text[self.host..self.path]
    }

    /// Whether it is asked by `https`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.text.starts_with("https:")
    }

    /// The path, without a query.
    #[must_use]
    pub fn path(&self) -> &str {
        let path = &self.text[self.path..];
        path.split_once('?').map_or(path, |(path, _)| path)
    }

    /// Name of the host, without a port.
    pub(crate) fn host_name(&self) -> &str {
        host_and_port(self.host()).0
    }

    /// The port that is asked.
    pub(crate) fn port(&self) -> u16 {
        let port = host_and_port(self.host()).1;
        let port = port.and_then(|port| port.parse().ok());
        port.unwrap_or(default_port(self.is_secure()))
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A text as it may be shown: without the user name and password of a URL.
pub(crate) fn without_credentials(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("//") else {
        return text.to_owned();
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}//{}", &rest[at + 1..]),
        None => text.to_owned(),
    }
}

/// Host in lower case, and port, of the part between the scheme and the path.
pub(crate) fn authority_parts(authority: &str) -> Result<(String, Option<u16>), BadUrl> {
    let (host, port) = host_and_port(authority);
    let port = match port {
        None | Some("") => None,
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            let port = port.parse().ok().filter(|port| *port != 0);
            Some(port.ok_or(BadUrl::Host)?)
        }
        Some(_) => return Err(BadUrl::Host),
    };
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']').ok_or(BadUrl::Host)?;
        let address: Ipv6Addr = address.parse().map_err(|_| BadUrl::Host)?;
        return Ok((format!("[{address}]"), port));
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if host.is_empty() || !host.bytes().all(fits) {
        return Err(BadUrl::Host);
    }
    Ok((host.to_ascii_lowercase(), port))
}

/// The colons of an address in brackets begin no port.
fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rfind(':') {
        Some(at) if !authority[at..].contains(']') => {
            (&authority[..at], Some(&authority[at + 1..]))
        }
        _ => (authority, None),
    }
}

fn default_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

fn has_scheme(reference: &str) -> bool {
    let end = reference.find([':', '/', '?']).unwrap_or(0);
    reference[end..].starts_with(':')
        && reference.starts_with(|c: char| c.is_ascii_alphabetic())
        && reference[..end]
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Adds path and query: steps up are taken, and what does not belong in a URL is escaped.
fn push_path(text: &mut String, path: &str) {
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path, None),
    };
    let path = path.replace('\\', "/");
    let mut segments: Vec<&str> = Vec::new();
    let mut all = path.split('/').skip(1).peekable();
    while let Some(segment) = all.next() {
        let is_last = all.peek().is_none();
        match dots(segment) {
            1 => {}
            2 => drop(segments.pop()),
            _ => {
                segments.push(segment);
                continue;
            }
        }
        if is_last {
            segments.push("");
        }
    }
    if segments.is_empty() {
        segments.push("");
    }
    for segment in segments {
        text.push('/');
        push_escaped(text, segment);
    }
    if let Some(query) = query {
        text.push('?');
        push_escaped(text, query);
    }
}

/// How many dots a segment consists of, escaped ones among them; 0 for any other.
fn dots(segment: &str) -> usize {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    match plain.as_str() {
        "." => 1,
        ".." => 2,
        _ => 0,
    }
}

fn push_escaped(text: &mut String, part: &str) {
    for (at, byte) in part.bytes().enumerate() {
        let hex = part.as_bytes().get(at + 1..at + 3);
        let is_escape = hex.is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        match byte {
            b'%' if is_escape => text.push('%'),
            b'%' | b'"' | b'<' | b'>' | b'`' | b'{' | b'}' | b'|' | b'\\' | b'^' => {
                *text += &format!("%{byte:02X}");
            }
            b'!'..=b'~' => text.push(char::from(byte)),
            _ => *text += &format!("%{byte:02X}"),
        }
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
            ("http://a/b\\..\\c", "http://a/c"),
            ("http://a/ü %zz%41", "http://a/%C3%BC%20%25zz%41"),
            ("http://a//b", "http://a//b"),
        ] {
            assert_eq!(parsed(text), expected, "{text}");
            assert_eq!(parsed(expected), expected);
        }
    }

    #[test]
    fn what_may_not_be_asked_is_none() {
        for text in ["ftp://a/", "file:///etc/passwd", "a/b", "http:/a"] {
            assert_eq!(Url::parse(text), Err(BadUrl::Scheme), "{text}");
        }
        for text in [
            "http://",
            "http:///a",
            "http://ü/",
            "http://a:b/",
            "http://a:70000/",
            "http://a:0/",
            "http://[::1/",
            "http://[x]/",
            "http://a b/",
            "http://a%2eb/",
        ] {
            assert_eq!(Url::parse(text), Err(BadUrl::Host), "{text}");
        }
        for text in ["http://me@a/", "http://me:secret@a/", "https://@a"] {
            assert_eq!(Url::parse(text), Err(BadUrl::Credentials), "{text}");
        }
        assert_eq!(
            without_credentials("http://me:se@cret@a/b@c"),
            "http://a/b@c"
        );
    }

    #[test]
    fn references_start_from_the_url_of_their_text() {
        let base = Url::parse("https://a:8443/b/c.yaml?v=1").expect("a URL");
        for (reference, expected) in [
            ("d.yaml", "https://a:8443/b/d.yaml"),
            ("../../../d", "https://a:8443/d"),
            ("/etc/passwd", "https://a:8443/etc/passwd"),
            ("//other/x", "https://other/x"),
            ("?v=2", "https://a:8443/b/c.yaml?v=2"),
            ("http://other/x", "http://other/x"),
            ("x/a:b.json", "https://a:8443/b/x/a:b.json"),
        ] {
            let joined = base.join(reference).expect("a URL");
            assert_eq!(joined.as_str(), expected, "{reference}");
        }
        for reference in ["file:///etc/passwd", "file:x", "C:/x", "data:,x"] {
            assert_eq!(base.join(reference), Err(BadUrl::Scheme), "{reference}");
        }
        assert_eq!(base.join("//me@a/"), Err(BadUrl::Credentials));
        assert_eq!((base.host(), base.path()), ("a:8443", "/b/c.yaml"));
        assert_eq!((base.host_name(), base.port()), ("a", 8443));
    }
}
