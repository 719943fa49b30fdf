//! Whether the shards that a channel has at the broker are as many as it is to have.
use crate::{error::error, line::Line, source::Source};
use lapin::{
    options::QueueDeclareOptions,
    types::{FieldTable, ShortString},
};
use tidings::{Error, ErrorKind, Result};

/// Says whether there are others than these: keys would go elsewhere, and some of what waits would be received by nobody.
pub(crate) async fn check_count(line: &Line, sources: &[Source]) -> Result<()> {
    let [first, .., last] = sources else {
        return Ok(());
    };
    let next = last.next_shard()?;
    let (first, last) = (is_there(line, &first.queue), is_there(line, &last.queue));
    let (first, last, next) = tokio::try_join!(first, last, is_there(line, &next))?;
    if first == last && !next {
        return Ok(());
    }
    let reason = format!(
        "it is split into another number of queues than {}; say so by `shards`, or delete them",
        sources.len()
    );
    Err(Error::new(ErrorKind::Conflict, "declare", reason))
}

/// Over a channel of its own, since the broker ends it where the queue is not there.
async fn is_there(line: &Line, queue: &ShortString) -> Result<bool> {
    let looking = async {
        let failed = |cause| error("declare", cause).with("queue", queue);
        let wire = line.connection.create_channel().await.map_err(failed)?;
        let options = QueueDeclareOptions {
            passive: true,
            ..Default::default()
        };
        let arguments = FieldTable::default();
        match wire.queue_declare(queue.clone(), options, arguments).await {
            Ok(_) => wire
                .close(200, "done".into())
                .await
                .map_err(failed)
                .map(|()| true),
            Err(cause) => match failed(cause) {
                error if error.kind() == ErrorKind::NotFound => Ok(false),
                error => Err(error),
            },
        }
    };
    line.during("declare", looking).await
}
