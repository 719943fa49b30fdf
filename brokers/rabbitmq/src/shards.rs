//! The shards that a channel is split into, and whether those at the broker are as many.
use crate::{
    error::error, exchange::Exchange, headers::short, line::Line, names, settings::RabbitSettings,
    source::Source, target::shards,
};
use lapin::{
    options::QueueDeclareOptions,
    types::{FieldTable, ShortString},
};
use std::time::Duration;
use tidings::{Channel, Error, ErrorKind, Result, transport::Group};
use tokio::time::sleep;

/// How often it is looked whether those that are missing come, and the pause between.
const LOOKS: usize = 10;
const PAUSE: Duration = Duration::from_millis(200);

impl Source {
    /// The queues of a channel: itself, or the shards that it is split into.
    pub(crate) fn all(
        channel: &Channel,
        group: &Group,
        vhost: &str,
        settings: &RabbitSettings,
    ) -> Result<Vec<Self>> {
        let whole = Self::of(channel, group, vhost, settings)?;
        match shards(channel, settings) {
            Some(count) if !whole.is_private => (0..count).map(|n| whole.shard(n.into())).collect(),
            _ => Ok(vec![whole]),
        }
    }

    /// The shard of that number.
    fn shard(&self, number: u32) -> Result<Self> {
        let hash = Exchange::of_shards(self.queue.as_str())?;
        let upstream = self
            .bound
            .clone()
            .map(|bound| (self.exchange.clone(), bound));
        Ok(Self {
            queue: short("queue", &names::of_shard(self.queue.as_str(), number))?,
            // All weigh the same.
            bound: Some((hash.name.clone(), "1".into())),
            exchange: Some(hash),
            upstream,
            is_shard: true,
            ..self.clone()
        })
    }

    /// The name that a shard behind this one would have.
    pub(crate) fn next_shard(&self) -> Result<ShortString> {
        let (whole, number) = names::whole(self.queue.as_str());
        short("queue", &names::of_shard(whole, number + 1))
    }
}

/// Says whether there are others than these: keys would go elsewhere, and some of what waits would be received by nobody.
pub(crate) async fn check_count(line: &Line, sources: &[Source]) -> Result<()> {
    let [first, .., last] = sources else {
        return Ok(());
    };
    let next = last.next_shard()?;
    for _ in 0..LOOKS {
        let (first, last) = (is_there(line, &first.queue), is_there(line, &last.queue));
        match tokio::try_join!(first, last, is_there(line, &next))? {
            (_, _, true) => break,
            (first, last, _) if first == last => return Ok(()),
            // Somebody else may be making them.
            _ => sleep(PAUSE).await,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_keys_is_split_where_that_is_asked_for() {
        let names = |channel: &Channel, group: Option<&str>, shards: u16| {
            let settings = RabbitSettings {
                shards,
                ..RabbitSettings::default()
            };
            let all = Source::all(channel, &Group::named(group), "/", &settings).unwrap();
            let names = all.iter().map(|source| source.queue.to_string());
            names.collect::<Vec<_>>()
        };
        let queue = Channel::point_to_point("a").with_keys();
        let topic = Channel::publish_subscribe("a").with_keys();
        assert_eq!(names(&queue, None, 1), ["a"]);
        assert_eq!(names(&queue, None, 2), ["a.0", "a.1"]);
        assert_eq!(names(&queue.clone().with_shards(3), None, 2).len(), 3);
        assert_eq!(names(&topic, Some("g"), 2), ["a.g.0", "a.g.1"]);
        assert_eq!(names(&topic, None, 2).len(), 1);
        assert_eq!(names(&Channel::point_to_point("a"), None, 2), ["a"]);
        let settings = RabbitSettings {
            shards: 2,
            ..RabbitSettings::default()
        };
        let all = Source::all(&queue, &Group::named(None), "/", &settings).unwrap();
        assert_eq!(all[1].next_shard().unwrap().as_str(), "a.2");
    }
}
