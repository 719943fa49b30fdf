//! Where to listen or connect to: `unix:/run/orders.sock`, `tcp:127.0.0.1:4510` or `tcps:orders.example:4510`.
use std::{fmt, path::PathBuf, str::FromStr};
use tidings::{Error, ErrorKind};

/// An address of a socket, read from `unix:PATH`, `tcp:HOST:PORT` or `tcps:HOST:PORT` (two slashes after the colon may be there).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Address {
    /// A Unix-domain socket, by its file.
    Unix(PathBuf),
    /// A TCP host and port; port 0 is any free one, to listen on.
    Tcp(String),
    /// The same, with TLS around it: named as AsyncAPI names protocols with TLS (`amqps`, `wss`).
    Tcps(String),
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = |reason: &str| {
            Err(Error::new(ErrorKind::Invalid, "address", reason).with("address", text))
        };
        let Some((scheme, rest)) = text.split_once(':') else {
            return invalid(FORMS);
        };
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        match scheme {
            "unix" if rest.is_empty() => invalid("has no path; write `unix:PATH`"),
            "unix" => Ok(Self::Unix(rest.into())),
            "tcp" if is_host_and_port(rest) => Ok(Self::Tcp(rest.to_owned())),
            "tcps" if is_host_and_port(rest) => Ok(Self::Tcps(rest.to_owned())),
            "tcp" => invalid("has no host and port; write `tcp:HOST:PORT`"),
            "tcps" => invalid("has no host and port; write `tcps:HOST:PORT`"),
            _ => invalid(FORMS),
        }
    }
}

const FORMS: &str = "is neither `unix:PATH` nor `tcp:HOST:PORT` nor `tcps:HOST:PORT`";

fn is_host_and_port(text: &str) -> bool {
    let parts = text.rsplit_once(':');
    parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(host) => write!(f, "tcp:{host}"),
            Self::Tcps(host) => write!(f, "tcps:{host}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_kind_with_or_without_slashes() {
        for (text, canonical) in [
            ("unix:/run/a.sock", "unix:/run/a.sock"),
            ("unix:///run/a.sock", "unix:/run/a.sock"),
            ("unix:a.sock", "unix:a.sock"),
            ("tcp:127.0.0.1:80", "tcp:127.0.0.1:80"),
            ("tcp://[::1]:0", "tcp:[::1]:0"),
            ("tcps://orders.example:4510", "tcps:orders.example:4510"),
        ] {
            assert_eq!(
                text.parse::<Address>()
                    .map(|address| address.to_string())
                    .ok()
                    .as_deref(),
                Some(canonical)
            );
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for text in [
            "",
            "unix:",
            "tcp:",
            "tcp:host",
            "tcp:host:99999",
            "tcp::1",
            "tcps:host",
            "http://x",
            "/run/a.sock",
        ] {
            assert_eq!(
                text.parse::<Address>().unwrap_err().kind(),
                ErrorKind::Invalid,
                "{text}"
            );
        }
        let error = "tcp:host".parse::<Address>().unwrap_err().to_string();
        assert_eq!(
            error,
            "address: invalid: has no host and port; write `tcp:HOST:PORT`, address `tcp:host`"
        );
    }
}
