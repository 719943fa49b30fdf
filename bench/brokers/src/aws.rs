//! How the SDK's clients of several services are made for one server, and what they have in common.
use anyhow::Context;
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_sqs::config::BehaviorVersion;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_types::{SdkConfig, region::Region};
use url::Url;

/// The configuration of clients for the server at a URL, as tests have them.
pub(crate) fn config(url: &str) -> anyhow::Result<SdkConfig> {
    let url = Url::parse(url)?;
    let host = url.host_str().context("the URL has no host")?;
    let port = url.port().context("the URL has no port")?;
    let secret = url.password().context("the URL has no key")?;
    let region = said(&url, "region").context("the URL has no region")?;
    let known = Credentials::new(url.username(), secret, None, None, "url");
    let http = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(known))
        .endpoint_url(format!("http://{host}:{port}"))
        .http_client(http);
    Ok(config.build())
}

/// The same for the tables beside streams.
pub(crate) fn tables(url: &str) -> anyhow::Result<SdkConfig> {
    let beside = said(&Url::parse(url)?, "dynamodb").context("the URL has no tables")?;
    Ok(config(url)?.into_builder().endpoint_url(beside).build())
}

fn said(url: &Url, name: &str) -> Option<String> {
    let (_, value) = url.query_pairs().find(|(known, _)| known == name)?;
    Some(value.into_owned())
}
