//! Streams and tables, and who is asked for them.
use super::refusals;
use crate::client::{Core, timeouts};
use aws_sdk_sqs::config::{
    BehaviorVersion, Region, StalledStreamProtectionConfig, retry::RetryConfig,
};
use tidings::{Error, ErrorKind, Result};

/// The streams at an address, and the tables beside them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Streams {
    pub(crate) core: Core,
    pub(crate) client: aws_sdk_kinesis::Client,
    pub(crate) tables: aws_sdk_dynamodb::Client,
}

impl Streams {
    pub(crate) fn new(core: Core) -> Self {
        let address = &core.0.address;
        let config = aws_sdk_kinesis::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(address.region.clone()))
            .credentials_provider(core.0.credentials.clone())
            .http_client(core.0.http.clone())
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        let config = match &address.endpoint {
            Some(endpoint) => config.endpoint_url(endpoint),
            None => config,
        };
        let client = aws_sdk_kinesis::Client::from_conf(config.build());
        let tables = tables(&core);
        Self {
            core,
            client,
            tables,
        }
    }

    /// Whether anybody answers; who may list no streams is told so, which is an answer too.
    pub(crate) async fn is_there(&self) -> Result<()> {
        let asking = self.client.list_streams().limit(1).send();
        match self.core.ask("connect", asking).await {
            Err(error) if refusals::is_denied(&error) => Ok(()),
            other => other.map(drop),
        }
    }
}

/// A client of tables, at the address besides.
fn tables(core: &Core) -> aws_sdk_dynamodb::Client {
    let address = core.0.address.beside();
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(address.region.clone()))
        .credentials_provider(core.0.credentials.clone())
        .http_client(core.0.http.clone())
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    let config = match &address.endpoint {
        Some(endpoint) => config.endpoint_url(endpoint),
        None => config,
    };
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

/// There is no such stream, or no such table.
pub(crate) fn missing(operation: &'static str, what: &'static str, name: &str) -> Error {
    let reason = format!("there is no such {what}; whoever receives makes it, or `ensure`");
    Error::new(ErrorKind::NotFound, operation, reason).with(what, name)
}
