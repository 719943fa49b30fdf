//! Where the servers are, and how tests reach them.
use aws_sdk_kinesis::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
};
use aws_smithy_http_client::Builder;
use std::{env, sync::Arc, time::Duration};
use tidings::{BoxError, DynTransport};
use tidings_aws::{AwsSettings, KinesisTransport};
use url::Url;

/// What says where they are.
const ADDRESS: &str = "TIDINGS_TEST_KINESIS";

/// For how long a shard is held that nothing is said of: over while a case waits, and not while one is at work.
pub(crate) const LEASE: Duration = Duration::from_secs(4);

pub(crate) fn address() -> String {
    env::var(ADDRESS).unwrap_or_default()
}

pub(crate) fn absent() -> String {
    format!("`{ADDRESS}` is not set; run `dev/services up kinesis moto`")
}

pub(crate) async fn connect(url: String) -> Result<Arc<dyn DynTransport>, BoxError> {
    let mut settings = AwsSettings::default();
    settings.lease = Some(LEASE);
    settings.timeout = Duration::from_secs(5);
    settings.heartbeat = Duration::from_secs(1);
    settings.drain = Duration::from_secs(2);
    let transport = KinesisTransport::connect_with(&url, settings).await?;
    Ok(Arc::new(transport))
}

/// The host and port of each of the servers.
pub(crate) fn servers() -> Result<[String; 2], BoxError> {
    let url = Url::parse(&address())?;
    let place = |url: &Url| {
        let port = url.port().ok_or("no port")?;
        Ok::<_, BoxError>(format!("{}:{port}", url.host_str().ok_or("no host")?))
    };
    let tables = url.query_pairs().find(|(name, _)| name == "dynamodb");
    let tables = Url::parse(&tables.ok_or("no tables")?.1)?;
    Ok([place(&url)?, place(&tables)?])
}

/// The address, with others in the place of the servers.
pub(crate) fn by(links: [&str; 2]) -> Result<String, BoxError> {
    let [streams, tables] = servers()?;
    let url = address().replace(&streams, links[0]);
    Ok(url.replace(&tables, links[1]))
}

/// A client that knows nothing of the runtime.
pub(crate) fn client() -> Result<Client, BoxError> {
    let [streams, _] = servers()?;
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("tests", "secret", None, None, "tests"))
        .http_client(Builder::new().build_http())
        .endpoint_url(format!("http://{streams}"));
    Ok(Client::from_conf(config.build()))
}
