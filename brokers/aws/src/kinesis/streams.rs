//! Streams and tables, and who is asked for them.
use super::{envelope::WIRE, refusals};
use crate::{client::Core, collecting::Collecting, waves::Limits};
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use tidings::{Error, ErrorKind, Result};

/// What goes with one request, and how many are under way to a stream at once.
pub(super) const LIMITS: Limits = Limits {
    count: 500,
    bytes: 5 * WIRE,
    requests: 4,
};

/// The streams at an address, and the tables beside them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Streams {
    pub(crate) core: Core,
    pub(crate) client: aws_sdk_kinesis::Client,
    pub(crate) tables: aws_sdk_dynamodb::Client,
    /// What is to be sent while other requests are under way.
    pub(crate) collecting: Collecting<PutRecordsRequestEntry>,
}

impl Streams {
    pub(crate) fn new(core: Core) -> Self {
        let address = &core.0.address;
        let client = aws_sdk_kinesis::Client::new(&core.config(address));
        let tables = aws_sdk_dynamodb::Client::new(&core.config(&address.beside()));
        Self {
            core,
            client,
            tables,
            collecting: Collecting::new(LIMITS),
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

/// There is no such stream, or no such table.
pub(crate) fn missing(operation: &'static str, what: &'static str, name: &str) -> Error {
    let reason = format!("there is no such {what}; whoever receives makes it, or `ensure`");
    Error::new(ErrorKind::NotFound, operation, reason).with(what, name)
}
