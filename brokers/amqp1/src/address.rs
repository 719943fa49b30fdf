//! Where the broker is: `amqp://user:password@host:port`.
use fluent_uri::UriRef;
use percent_encoding::percent_decode_str;
use std::fmt;
use tidings::{Error, ErrorKind, Result};

/// An address of a broker. Shown, it has no password.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) is_secure: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
}

impl Address {
    /// Reads a URL whose scheme is that of the protocol, of the document's name for it, or of JMS.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let invalid = |reason: &str| {
            let reason = format!("{reason}; write `amqp://user:password@host:port`");
            Error::new(ErrorKind::Invalid, "connect", reason).with("server", shown(text))
        };
        let uri = UriRef::parse(text).map_err(|_| invalid("it is no URL"))?;
        let is_secure = match uri.scheme().map(|scheme| scheme.as_str()) {
            Some("amqp" | "amqp1" | "jms") => false,
            Some("amqps") => true,
            _ => return Err(invalid("it begins with neither `amqp:` nor `amqps:`")),
        };
        let authority = uri.authority().ok_or_else(|| invalid("it has no host"))?;
        let host = authority.host();
        if host.is_empty() {
            return Err(invalid("it has no host"));
        }
        let usual = if is_secure { 5671 } else { 5672 };
        let port = match authority.port().map(|port| port.as_str()) {
            None | Some("") => usual,
            Some(port) => port.parse().map_err(|_| invalid("its port is none"))?,
        };
        if !["", "/"].contains(&uri.path().as_str()) {
            return Err(invalid(
                "it has a path, and these brokers have nothing to be parted by one",
            ));
        }
        if uri.query().is_some() || uri.fragment().is_some() {
            return Err(invalid("it has a query; use `Amqp1Settings` instead"));
        }
        let decode = |text: &str| {
            let decoded = percent_decode_str(text).decode_utf8();
            decoded
                .map(|text| text.into_owned())
                .map_err(|_| invalid("its escapes are no text"))
        };
        let userinfo = authority.userinfo().map(|info| info.as_str());
        let (user, password) = match userinfo.map(|info| info.split_once(':').unwrap_or((info, "")))
        {
            Some((user, password)) => (Some(decode(user)?), Some(decode(password)?)),
            None => (None, None),
        };
        Ok(Self {
            is_secure,
            host: decode(host.trim_start_matches('[').trim_end_matches(']'))?,
            port,
            user,
            password,
        })
    }
}

/// An address without what may be a secret: its user and password, and its query.
fn shown(text: &str) -> String {
    let begin = text.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = text.split_at(begin);
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    match (rest.rfind('@'), end < rest.len()) {
        // Nobody knows where the password ends.
        (Some(at), true) if at > end => format!("{scheme}…"),
        (Some(at), is_cut) => format!("{scheme}…{}{}", &rest[at..end], mark(is_cut)),
        (None, is_cut) => format!("{scheme}{}{}", &rest[..end], mark(is_cut)),
    }
}

/// What stands for a query.
fn mark(is_cut: bool) -> &'static str {
    if is_cut { "?…" } else { "" }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_secure { "amqps" } else { "amqp" };
        match self.host.contains(':') {
            true => write!(f, "{scheme}://[{}]:{}", self.host, self.port),
            false => write!(f, "{scheme}://{}:{}", self.host, self.port),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Option<String>, Option<String>) {
        let address = Address::parse(text).unwrap();
        (address.to_string(), address.user, address.password)
    }

    #[test]
    fn every_part_is_read_or_has_its_usual_value() {
        for text in ["amqp://a", "amqp1://a/", "jms://a:5672"] {
            assert_eq!(read(text), ("amqp://a:5672".into(), None, None));
        }
        assert_eq!(
            read("amqps://[::1]"),
            ("amqps://[::1]:5671".into(), None, None)
        );
        let known = (
            "amqp://a:1".into(),
            Some("an:n".into()),
            Some("p@ss".into()),
        );
        assert_eq!(read("amqp://an%3An:p%40ss@a:1"), known);
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for (text, says) in [
            ("http://ann:s3cret@a", "neither"),
            ("amqp:a", "no host"),
            ("amqp://ann:s3cret@a:x", "no URL"),
            ("amqp://ann:s3cret@a:99999", "port"),
            ("amqp://ann:s3cret@a/vhost", "path"),
            ("amqp://ann:s3cret@a/?heartbeat=5", "Amqp1Settings"),
            ("ann:s3cret@a", "neither"),
            (
                "amqp://a?jms.username=ann&jms.password=s3cret",
                "Amqp1Settings",
            ),
            ("amqp://ann:s3cret@a?jms.password=s3cret", "Amqp1Settings"),
            ("amqp://a?jms.password=p@s3cret", "Amqp1Settings"),
            ("amqp://a/#s3cret", "Amqp1Settings"),
            ("amqp://ann:s3cret?p@a", "port"),
            ("ann:s3cret#p@a", "neither"),
        ] {
            let error = Address::parse(text).unwrap_err().to_string();
            assert!(error.contains(says) && !error.contains("s3cret"), "{error}");
        }
    }
}
