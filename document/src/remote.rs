//! Which remote references are followed, and which of them lead to copies on this machine. Without either, none is.
use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use crate::{
    Url,
    pointer::percent_decoded,
    url::{BadUrl, parse_host},
};

/// What may be read of other machines; by default nothing.
#[derive(Debug, Clone, Default)]
pub struct Remote {
    /// Who may be asked.
    pub hosts: Vec<Host>,
    /// What is read instead of asking anybody.
    pub map: Vec<Mapping>,
}

/// A host that may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    name: String,
    /// Without one, the ports of `http` and `https`.
    port: Option<u16>,
}

impl Host {
    /// Whether a URL is one of this host.
    #[must_use]
    pub fn is_of(&self, url: &Url) -> bool {
        let name = url.host_name();
        let is_asked = match self.port {
            Some(port) => url.port() == Some(port),
            None => url.host() == name,
        };
        self.name == name && is_asked
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Host {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match parse_host(text) {
            Ok((name, port)) => Ok(Self { name, port }),
            Err(_) => Err(
                "name a host, as in `schemas.example.com` or `localhost:8080`, without scheme and path"
                    .to_owned(),
            ),
        }
    }
}

/// A file that stands for a URL, or a folder that stands for all URLs with a beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    url: Url,
    path: PathBuf,
}

impl Mapping {
    /// A file for a URL; where the URL ends in `/`, a folder for everything below it.
    ///
    /// # Errors
    /// When it is no URL of a remote reference.
    pub fn new(url: &str, path: impl Into<PathBuf>) -> Result<Self, BadUrl> {
        Ok(Self {
            url: Url::parse(url)?,
            path: path.into(),
        })
    }

    /// The file or folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Path of the copy of a URL from the file or folder on, which is empty for a file. The longer what fits, the more exact.
    fn rest(&self, url: &Url) -> Option<(usize, String)> {
        let known = self.url.as_str();
        if !known.ends_with('/') {
            return (self.url == *url).then(|| (usize::MAX, String::new()));
        }
        // A query asks a server, which a folder is not.
        let rest = url.as_str().strip_prefix(known)?;
        (!rest.contains('?')).then(|| (known.len(), percent_decoded(rest).into_owned()))
    }
}

impl Remote {
    /// Whether a URL may be asked for. Whoever follows redirects asks for each.
    #[must_use]
    pub fn allows(&self, url: &Url) -> bool {
        self.hosts.iter().any(|host| host.is_of(url))
    }

    /// The file that stands for a URL, or the folder and the way from there; of several folders that of the longest beginning.
    pub(crate) fn mapped(&self, url: &Url) -> Option<(&Path, String)> {
        let fitting = self.map.iter().filter_map(|entry| {
            let (length, rest) = entry.rest(url)?;
            Some((length, entry.path(), rest))
        });
        let (_, path, rest) = fitting.max_by_key(|(length, ..)| *length)?;
        Some((path, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_allowed_with_its_port() {
        let remote = |hosts: &[&str]| Remote {
            hosts: hosts.iter().map(|host| host.parse().expect(host)).collect(),
            map: Vec::new(),
        };
        let allows = |hosts: &[&str], url| remote(hosts).allows(&Url::parse(url).expect(url));
        assert!(allows(&["Example.com"], "https://example.com/a"));
        assert!(allows(&["example.com"], "http://EXAMPLE.com:80/a"));
        assert!(allows(&["a", "[::1]:8080"], "http://[0::1]:8080/a"));
        assert!(allows(&["example.com:443"], "https://example.com/a"));
        assert!(!allows(&["example.com:443"], "http://example.com/a"));
        assert!(!allows(&["example.com"], "https://example.com:8443/a"));
        assert!(!allows(&["example.com"], "https://api.example.com/a"));
        assert!(!allows(&["example.com"], "https://example.com.evil/a"));
        assert!(!allows(&[], "https://example.com/a"));
        for text in [
            "",
            "https://a",
            "a/b",
            "a?b",
            "a#",
            "a:b",
            "a:0",
            "me@a",
            "*.a",
        ] {
            assert!(text.parse::<Host>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_most_exact_mapping_counts() {
        let entry = |url, path: &str| Mapping::new(url, path).expect(url);
        let remote = Remote {
            hosts: Vec::new(),
            map: vec![
                entry("https://a/", "all"),
                entry("https://a/b/", "part"),
                entry("https://a/b/c.json", "one.json"),
            ],
        };
        let mapped = |url| remote.mapped(&Url::parse(url).expect(url));
        let copy = |path, rest: &str| Some((Path::new(path), rest.to_owned()));
        assert_eq!(mapped("https://a/x%20y.json"), copy("all", "x y.json"));
        assert_eq!(mapped("https://a/b/d/e"), copy("part", "d/e"));
        assert_eq!(mapped("https://a/b/c.json"), copy("one.json", ""));
        assert_eq!(mapped("https://a/b/c.json?v=1"), None);
        assert_eq!(mapped("http://a/x"), None);
    }
}
