//! Where a service of AWS is: `sqs://sqs.eu-west-1.amazonaws.com`, `sqs://eu-west-1`, `http://127.0.0.1:9324?region=eu-west-1`.
use percent_encoding::percent_decode_str;
use std::{env, fmt};
use tidings::{Error, ErrorKind, Result};
use url::{Host, Url};

/// An address, taken apart.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// What is asked; none where the region says it.
    pub(crate) endpoint: Option<String>,
    /// The same of the service besides: queues of topics, tables of streams.
    pub(crate) beside: Option<String>,
    pub(crate) region: String,
    /// The id and the secret of an access key, where the address has them.
    pub(crate) key: Option<(String, String)>,
    shown: String,
}

/// Its region, where a server that is not Amazon's names none.
const ANY_REGION: &str = "us-east-1";

impl Address {
    /// Reads an address of that service (`sqs`, `sns` or `kinesis`), which may have `beside` for another one.
    pub(crate) fn parse(text: &str, service: &str, beside: Option<&str>) -> Result<Self> {
        let full = match text.contains("://") {
            true => text.to_owned(),
            false => format!("{service}://{text}"),
        };
        let url = Url::parse(&full).map_err(|error| {
            let reason = format!(
                "the address makes no sense ({error}); write `{service}://HOST`, with `/` and `+` of a secret as `%2F` and `%2B`"
            );
            Error::new(ErrorKind::Invalid, "connect", reason)
        })?;
        let shown = shown(&url);
        let told = |reason: String| {
            Error::new(ErrorKind::Invalid, "connect", reason).with("server", &shown)
        };
        let scheme = url.scheme();
        if ![service, "http", "https"].contains(&scheme) {
            return Err(told(format!(
                "an address of this service begins with `{service}:`, `https:` or `http:`"
            )));
        }
        if !matches!(url.path(), "" | "/") {
            return Err(told("behind the host stands nothing but options".into()));
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        let is_region = scheme == service && url.port().is_none() && is_region(&host);
        let (mut region, mut other) = (None, None);
        for (name, value) in url.query_pairs() {
            match &*name {
                "region" => region = Some(value.into_owned()),
                name if beside == Some(name) => other = Some(value.into_owned()),
                name => return Err(told(format!("`{name}` is no option of an address"))),
            }
        }
        let region = region
            .or_else(|| is_region.then(|| host.clone()))
            .or_else(|| region_of(&host))
            .or_else(|| variable("AWS_REGION"))
            .or_else(|| variable("AWS_DEFAULT_REGION"))
            .or_else(|| (!is_amazon(&host)).then(|| ANY_REGION.to_owned()));
        let Some(region) = region else {
            let reason = "no region is known; write `?region=` behind the address";
            return Err(told(reason.into()));
        };
        Ok(Self {
            endpoint: (!is_region).then(|| endpoint(&url, &host)),
            beside: other,
            region,
            key: key(&url),
            shown,
        })
    }

    /// The one beside it: that of the option, else the same where it is not Amazon's, else that of the region.
    #[cfg(any(feature = "kinesis", feature = "sns"))]
    pub(crate) fn beside(&self) -> Self {
        let own = self.endpoint.clone();
        let own = own.filter(|endpoint| !is_amazon(endpoint));
        Self {
            endpoint: self.beside.clone().or(own),
            beside: None,
            ..self.clone()
        }
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn is_amazon(host: &str) -> bool {
    host.contains(".amazonaws.com")
}

/// Whether a host is the name of a region: `eu-west-1`.
fn is_region(host: &str) -> bool {
    let mut parts = host.split('-');
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    !host.contains('.') && parts.clone().count() >= 3 && parts.next_back().is_some_and(is_number)
}

/// The region within a host of Amazon's: `sqs.eu-west-1.amazonaws.com`.
fn region_of(host: &str) -> Option<String> {
    let (before, _) = host.split_once(".amazonaws.com")?;
    let region = before.rsplit('.').next()?;
    is_region(region).then(|| region.to_owned())
}

/// What is asked: by TLS, but on this machine.
fn endpoint(url: &Url, host: &str) -> String {
    let is_here = match Host::parse(host) {
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        Ok(Host::Domain(name)) => name == "localhost",
        Err(_) => false,
    };
    let scheme = match url.scheme() {
        scheme @ ("http" | "https") => scheme,
        _ if is_here => "http",
        _ => "https",
    };
    let port = url.port().map(|port| format!(":{port}"));
    format!("{scheme}://{host}{}", port.unwrap_or_default())
}

fn key(url: &Url) -> Option<(String, String)> {
    let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let user = Some(url.username()).filter(|user| !user.is_empty())?;
    Some((plain(user), plain(url.password()?)))
}

/// Without what is secret.
fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}"));
    let host = url.host_str().unwrap_or_default();
    format!("{}://{host}{}", url.scheme(), port.unwrap_or_default())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
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

    fn parsed(text: &str) -> Address {
        Address::parse(text, "sqs", Some("sns")).expect(text)
    }

    #[test]
    fn an_address_says_what_is_asked_and_the_region() {
        for (text, endpoint, region) in [
            (
                "sqs://sqs.eu-west-1.amazonaws.com",
                Some("https://sqs.eu-west-1.amazonaws.com"),
                "eu-west-1",
            ),
            (
                "sqs.eu-west-1.amazonaws.com",
                Some("https://sqs.eu-west-1.amazonaws.com"),
                "eu-west-1",
            ),
            ("sqs://us-gov-east-1", None, "us-gov-east-1"),
            (
                "sqs://127.0.0.1:9324?region=eu-west-1",
                Some("http://127.0.0.1:9324"),
                "eu-west-1",
            ),
            ("sqs://[::1]:9324?region=a", Some("http://[::1]:9324"), "a"),
            (
                "https://localhost:1?region=a",
                Some("https://localhost:1"),
                "a",
            ),
            ("sqs://mock:1?region=a", Some("https://mock:1"), "a"),
        ] {
            let address = parsed(text);
            assert_eq!(address.endpoint.as_deref(), endpoint, "{text}");
            assert_eq!(address.region, region, "{text}");
        }
    }

    #[test]
    fn a_key_is_read_and_never_shown() {
        let address = parsed("sqs://AKID:k7%2Fq%2Bx9z@127.0.0.1:1?region=a");
        let key = ("AKID".to_owned(), "k7/q+x9z".to_owned());
        assert_eq!(address.key, Some(key));
        for shown in [format!("{address}"), format!("{address:?}")] {
            assert_eq!(shown, "sqs://127.0.0.1:1");
        }
        for wrong in [
            "sqs://AKID:k7/qx9z@here",
            "fax://AKID:k7qx9z@here",
            "sqs://AKID:k7qx9z@here?colour=red",
            "sqs://AKID:k7qx9z@here/there",
        ] {
            let error = Address::parse(wrong, "sqs", None).err();
            let error = error.map(|error| error.to_string()).expect(wrong);
            assert!(!error.contains("x9z") && !error.contains("AKID"), "{error}");
        }
    }

    #[cfg(feature = "sns")]
    #[test]
    fn the_service_besides_is_at_the_same_place_unless_told() {
        let beside = |text: &str| parsed(text).beside().endpoint;
        let here = Some("http://127.0.0.1:1".to_owned());
        assert_eq!(beside("sqs://127.0.0.1:1?region=a"), here);
        let there = Some("http://127.0.0.1:2".to_owned());
        assert_eq!(
            beside("sqs://127.0.0.1:1?region=a&sns=http://127.0.0.1:2"),
            there
        );
        assert_eq!(beside("sqs://sqs.eu-west-1.amazonaws.com"), None);
    }
}
