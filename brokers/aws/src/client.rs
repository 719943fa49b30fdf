//! How AWS is asked: one HTTP client for all, TLS by rustls with ring and the certificates of the system. Nothing is tried again
//! here: whoever asks knows what may be.
use crate::{
    AwsSettings,
    address::Address,
    fault,
    leaving::Leaving,
    link::{Link, Service},
};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sqs::{
    config::{
        BehaviorVersion, Region, SharedHttpClient, StalledStreamProtectionConfig,
        retry::RetryConfig, timeout::TimeoutConfig,
    },
    error::{ProvideErrorMetadata, SdkError},
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_types::SdkConfig;
use std::{future::Future, sync::Arc, time::Duration};
use tidings::{Error, ErrorKind, Result, transport::Wanted};
use tokio::time::timeout;

/// What a request may fail with.
pub(crate) trait Fault:
    ProvideErrorMetadata + std::error::Error + Send + Sync + 'static
{
}

impl<E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static> Fault for E {}

/// How long a connection may take to be made.
const CONNECTING: Duration = Duration::from_secs(3);

/// What all clients of a transport share.
#[derive(Clone)]
pub(crate) struct Core(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) address: Address,
    pub(crate) settings: AwsSettings,
    pub(crate) link: Link,
    pub(crate) leaving: Leaving,
    pub(crate) credentials: SharedCredentialsProvider,
    pub(crate) http: SharedHttpClient,
}

impl Core {
    pub(crate) fn new(
        address: Address,
        credentials: SharedCredentialsProvider,
        settings: AwsSettings,
    ) -> Self {
        let http = Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        Self(Arc::new(Shared {
            address,
            settings: settings.sane(),
            link: Link::new(),
            leaving: Leaving::default(),
            credentials,
            http,
        }))
    }

    /// How clients of a service at that address are configured.
    pub(crate) fn config(&self, address: &Address) -> SdkConfig {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(address.region.clone()))
            .credentials_provider(self.0.credentials.clone())
            .http_client(self.0.http.clone())
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        match &address.endpoint {
            Some(endpoint) => config.endpoint_url(endpoint).build(),
            None => config.build(),
        }
    }

    /// What that request gives, within the usual time.
    pub(crate) fn ask<T, E: Fault>(
        &self,
        operation: &'static str,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> impl Future<Output = Result<T>> {
        self.ask_within(operation, self.0.settings.timeout, request)
    }

    /// The same of topics.
    #[cfg(feature = "sns")]
    pub(crate) fn ask_topics<T, E: Fault>(
        &self,
        operation: &'static str,
        within: Option<Duration>,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> impl Future<Output = Result<T>> {
        let within = within.unwrap_or(self.0.settings.timeout);
        self.ask_of(Service::Topics, operation, within, request)
    }

    /// The same within that time.
    pub(crate) fn ask_within<T, E: Fault>(
        &self,
        operation: &'static str,
        within: Duration,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> impl Future<Output = Result<T>> {
        self.ask_of(Service::Main, operation, within, request)
    }

    /// What it says of a service, whether it is there, is noted. A request of the SDK takes kilobytes, which all that may once make one would
    /// have with it; so it has memory of its own.
    fn ask_of<T, E: Fault>(
        &self,
        service: Service,
        operation: &'static str,
        within: Duration,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> impl Future<Output = Result<T>> {
        let request = Box::pin(request);
        async move {
            let outcome = match timeout(within, request).await {
                Ok(outcome) => outcome.map_err(|error| fault::told(operation, error)),
                Err(_) => Err(fault::late(operation)),
            };
            self.0.link.note(service, outcome.as_ref().err());
            outcome.map_err(|error| error.with("server", &self.0.address))
        }
    }

    /// Has each of those be there by that, one after the other; an error says of which channel it is.
    pub(crate) async fn ensure<'a, F: Future<Output = Result<()>>>(
        &self,
        wanted: &'a [Wanted],
        each: impl Fn(&'a Wanted) -> F,
    ) -> Result<()> {
        self.check_open("ensure")?;
        for wanted in wanted {
            let ensured = each(wanted).await;
            ensured.map_err(|error| error.with("channel", &wanted.channel.address))?;
        }
        Ok(())
    }

    pub(crate) fn check_open(&self, operation: &'static str) -> Result<()> {
        match self.0.link.is_closing() {
            true => Err(closed(operation)),
            false => Ok(()),
        }
    }
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECTING).build()
}

pub(crate) fn closed(operation: &'static str) -> Error {
    Error::new(ErrorKind::Closed, operation, "the transport was closed")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use aws_credential_types::Credentials;

    /// What reaches nobody.
    pub(crate) fn nowhere() -> Core {
        let address = Address::parse("sqs://127.0.0.1:1?region=here", "sqs", None);
        let known = Credentials::new("tests", "secret", None, None, "tests");
        let known = SharedCredentialsProvider::new(known);
        Core::new(address.expect("it is one"), known, AwsSettings::default())
    }
}
