//! Where the broker is: `amqp://user:password@host:port/vhost`.
use fluent_uri::UriRef;
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use percent_encoding::percent_decode_str;
use std::fmt;
use tidings::{Error, ErrorKind, Result};

/// An address of a broker. Shown, it has no password.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) is_secure: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) vhost: String,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
}

impl Address {
    /// Reads an `amqp` or `amqps` URL. Its path names the virtual host, which is `/` where there is none.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let invalid = |reason: &str| {
            let reason = format!("{reason}; write `amqp://user:password@host:port/vhost`");
            Error::new(ErrorKind::Invalid, "connect", reason).with("address", shown(text))
        };
        let uri = UriRef::parse(text).map_err(|_| invalid("it is no URL"))?;
        let is_secure = match uri.scheme().map(|scheme| scheme.as_str()) {
            Some("amqp") => false,
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
        if uri.query().is_some() || uri.fragment().is_some() {
            return Err(invalid("it has a query; use `RabbitSettings` instead"));
        }
        let decode = |text: &str| {
            let decoded = percent_decode_str(text).decode_utf8();
            decoded
                .map(|text| text.into_owned())
                .map_err(|_| invalid("its escapes are no text"))
        };
        let vhost = match uri.path().as_str() {
            "" | "/" => "/".to_owned(),
            path => decode(path.strip_prefix('/').unwrap_or(path))?,
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
            vhost,
            user,
            password,
        })
    }

    /// The same for the client, with those heartbeats in seconds.
    pub(crate) fn uri(&self, heartbeat: u16) -> AMQPUri {
        let guest = || "guest".to_owned();
        AMQPUri {
            scheme: match self.is_secure {
                true => AMQPScheme::AMQPS,
                false => AMQPScheme::AMQP,
            },
            authority: AMQPAuthority {
                userinfo: AMQPUserInfo {
                    username: self.user.clone().unwrap_or_else(guest),
                    password: self.password.clone().unwrap_or_else(guest),
                },
                host: self.host.clone(),
                port: self.port,
            },
            vhost: self.vhost.clone(),
            query: AMQPQueryString {
                heartbeat: Some(heartbeat),
                ..AMQPQueryString::default()
            },
        }
    }
}

/// An address without what may be a secret.
fn shown(text: &str) -> String {
    match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if scheme + 3 <= at => {
            format!("{}…{}", &text[..scheme + 3], &text[at..])
        }
        _ => text.to_owned(),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_secure { "amqps" } else { "amqp" };
        let vhost = self.vhost.trim_start_matches('/');
        match self.host.contains(':') {
            true => write!(f, "{scheme}://[{}]:{}/{vhost}", self.host, self.port),
            false => write!(f, "{scheme}://{}:{}/{vhost}", self.host, self.port),
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

    fn read(text: &str) -> (String, u16, String, Option<String>, Option<String>) {
        let address = Address::parse(text).unwrap();
        (
            address.host,
            address.port,
            address.vhost,
            address.user,
            address.password,
        )
    }

    #[test]
    fn every_part_is_read_or_has_its_usual_value() {
        let usual = |host: &str, port, vhost: &str| (host.into(), port, vhost.into(), None, None);
        for root in ["amqp://a", "amqp://a/", "amqp://a/%2f"] {
            assert_eq!(read(root), usual("a", 5672, "/"));
        }
        assert_eq!(read("amqps://a/b%2Fc"), usual("a", 5671, "b/c"));
        assert_eq!(read("amqp://[::1]:7/v"), usual("::1", 7, "v"));
        let known = (
            "a".into(),
            1,
            "v".into(),
            Some("an:n".into()),
            Some("p@ss".into()),
        );
        assert_eq!(read("amqp://an%3An:p%40ss@a:1/v"), known);
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for (text, says) in [
            ("http://ann:s3cret@a", "neither"),
            ("amqp:a", "no host"),
            ("amqp://ann:s3cret@a:x", "no URL"),
            ("amqp://ann:s3cret@a:99999", "port"),
            ("amqp://ann:s3cret@a/?heartbeat=5", "RabbitSettings"),
            ("", "neither"),
        ] {
            let error = Address::parse(text).unwrap_err().to_string();
            assert!(error.contains(says) && !error.contains("s3cret"), "{error}");
        }
        let shown = format!("{:?}", Address::parse("amqp://ann:s3cret@a/v").unwrap());
        assert_eq!(shown, "amqp://a:5672/v");
        let shown = Address::parse("amqps://[::1]/v").unwrap().to_string();
        assert_eq!(shown, "amqps://[::1]:5671/v");
    }
}
