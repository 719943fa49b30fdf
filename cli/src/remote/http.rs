//! Asking hosts: within a time and a size, and after a redirect only those that were allowed.
use rustls::crypto::ring;
use std::{
    collections::HashSet,
    io,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};
use tidings_document::{FetchError, Remote, Url};
use ureq::{
    Agent, Body, Error, Timeout,
    http::{Response, header::LOCATION},
    tls::{Certificate, RootCerts, TlsConfig},
};

/// Redirects that are followed for one URL.
const REDIRECTS: usize = 5;

/// Longest time until a connection stands.
const CONNECT: Duration = Duration::from_secs(10);

/// Asks with `GET`, without cookies and credentials.
#[derive(Debug)]
pub(super) struct Client {
    remote: Remote,
    timeout: Duration,
    tools: OnceLock<Tools>,
    /// Hosts that gave no answer: asking them for more would take as long again.
    silent: Mutex<HashSet<String>>,
}

/// What is made when something is fetched indeed.
#[derive(Debug)]
struct Tools {
    agent: Agent,
    has_certificates: bool,
}

impl Client {
    /// One that asks the allowed hosts, and waits no longer for a URL.
    pub(super) fn new(remote: Remote, timeout: Duration) -> Self {
        Self {
            remote,
            timeout,
            tools: OnceLock::new(),
            silent: Mutex::default(),
        }
    }

    /// The content behind a URL, wherever it leads.
    pub(super) fn get(&self, url: &Url, limit: u64) -> Result<Vec<u8>, FetchError> {
        let deadline = Instant::now() + self.timeout;
        let mut place = url.clone();
        for _ in 0..=REDIRECTS {
            let mut response = self.ask(&place, deadline)?;
            let Some(next) = redirect(&place, &response)? else {
                return self.content(&place, &mut response, limit);
            };
            if !self.remote.allows(&next) {
                let host = next.host();
                let reason = format!("is not fetched: it redirects to `{host}`");
                let help = format!("allow that too with `--allow-remote {host}` if you trust it");
                return Err(FetchError::new(reason).help(help));
            }
            if place.is_secure() && !next.is_secure() {
                let reason = "is not fetched: it redirects from `https` to `http`";
                return Err(FetchError::new(reason));
            }
            place = next;
        }
        let reason = format!("is not fetched: it redirects more than {REDIRECTS} times");
        Err(FetchError::new(reason))
    }

    /// Asks hosts again that gave no answer.
    pub(super) fn forget_silent(&self) {
        self.silent().clear();
    }

    fn ask(&self, url: &Url, deadline: Instant) -> Result<Response<Body>, FetchError> {
        if self.silent().contains(url.host()) {
            let host = url.host();
            let reason = format!("is not fetched: `{host}` gave no answer before");
            return Err(FetchError::new(reason));
        }
        let tools = self.tools.get_or_init(tools);
        if url.is_secure() && !tools.has_certificates {
            let reason = "is not fetched: there are no certificates here to know its host by";
            let help = "install those of the system, or name a file of them in `SSL_CERT_FILE`";
            return Err(FetchError::new(reason).help(help));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let request = tools.agent.get(url.as_str()).config();
        let request = request
            .timeout_global(Some(left.max(Duration::from_millis(1))))
            .timeout_connect(Some(CONNECT.min(left)))
            .build();
        request.call().map_err(|error| self.failed(url, error))
    }

    fn content(
        &self,
        url: &Url,
        response: &mut Response<Body>,
        limit: u64,
    ) -> Result<Vec<u8>, FetchError> {
        let status = response.status();
        if status.as_u16() != 200 {
            let reason = format!("is not there: its host answers with status {status}");
            return Err(FetchError::new(reason));
        }
        let too_large = || FetchError::new(format!("is larger than {limit} bytes"));
        let body = response.body_mut();
        if body.content_length().is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        match body.with_config().limit(limit).read_to_vec() {
            Ok(bytes) => Ok(bytes),
            Err(Error::BodyExceedsLimit(_)) => Err(too_large()),
            Err(error) => Err(self.failed(url, error)),
        }
    }

    /// Why there is no answer, which is remembered of the host.
    fn failed(&self, url: &Url, error: Error) -> FetchError {
        let host = url.host();
        let is_silent = matches!(
            error,
            Error::HostNotFound | Error::Timeout(_) | Error::ConnectionFailed | Error::Io(_)
        );
        if is_silent {
            self.silent().insert(host.to_owned());
        }
        let why = match error {
            Error::HostNotFound => format!("there is no host `{host}`"),
            Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
                format!("`{host}` gave no connection in time")
            }
            Error::Timeout(_) => format!("`{host}` took longer than {:?}", self.timeout),
            Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                format!("`{host}` refuses the connection")
            }
            Error::Io(error) => format!("`{host}`: {error}"),
            error => format!("`{host}`: {error}"),
        };
        FetchError::new(format!("cannot be fetched: {why}"))
    }

    fn silent(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where an answer leads on to; `None` when it is no redirect.
fn redirect(from: &Url, response: &Response<Body>) -> Result<Option<Url>, FetchError> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let location = response.headers().get(LOCATION);
    let location = location.and_then(|value| value.to_str().ok());
    let location = location
        .ok_or_else(|| FetchError::new("is not fetched: it redirects without saying where to"))?;
    let next = from.join(location).map_err(|error| {
        FetchError::new(format!("is not fetched: it redirects to what {error}"))
    })?;
    Ok(Some(next))
}

fn tools() -> Tools {
    let certificates = rustls_native_certs::load_native_certs().certs;
    let has_certificates = !certificates.is_empty();
    let certificates = certificates
        .iter()
        .map(|certificate| Certificate::from_der(certificate).to_owned());
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::from(certificates))
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
        .build();
    let agent = Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("tidings/", env!("CARGO_PKG_VERSION")))
        .accept_encoding("identity")
        .build()
        .new_agent();
    Tools {
        agent,
        has_certificates,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::http::Uri;

    #[test]
    fn what_is_compared_is_what_is_asked() {
        let base = Url::parse("https://example.com/a/b?c").expect("a URL");
        for reference in [
            "HTTP://EXAMPLE.com:80/x",
            "//example.com:443",
            "http://a:00080",
            "https://a:80?q",
            "http://%65xample%2Ecom/",
            "http://[0:0::1]:8080/x",
            "http://[::ffff:1.2.3.4]/",
            "http://127.1/",
            "//a_b.-c/",
            "../../d/./e/%2e%2e/f",
            "/ü b/%2F%41",
            "//a///b//..//c",
            "?x=//me:secret@b/@",
            "/x@y:1/!$&'()*+,;=:@",
            ";x/a:b@c//d",
        ] {
            let url = base.join(reference).expect(reference);
            let asked: Uri = url.as_str().parse().expect(reference);
            let authority = asked.authority().map(ToString::to_string);
            assert_eq!(authority.as_deref(), Some(url.host()), "{reference}");
            assert_eq!(asked.path(), url.path(), "{reference}");
            assert_eq!(asked.scheme_str() == Some("https"), url.is_secure());
            assert_eq!(asked.to_string(), url.as_str());
            assert_eq!(Url::parse(url.as_str()).as_ref(), Ok(&url));
        }
    }
}
