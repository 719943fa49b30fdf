//! The server that stands in for AWS keeps the order of a group where AWS does, or what is tried there proves nothing.
use aws_sdk_sqs::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    types::{ChangeMessageVisibilityBatchRequestEntry as Change, Message, QueueAttributeName},
};
use aws_smithy_http_client::Builder;
use libtest_mimic::{Arguments, Trial};
use std::{env, process::ExitCode, sync::Arc, time::Duration};
use tidings::{BoxError, BoxFuture};
use tokio::{task::JoinSet, time::Instant};
use uuid::Uuid;

const ADDRESS: &str = "TIDINGS_TEST_SNS";

fn main() -> ExitCode {
    let url = env::var(ADDRESS).unwrap_or_default();
    let is_absent = url.is_empty();
    let checks: [(&str, Check); 2] = [
        ("what-a-lease-is-over-of-is-not-kept", |url| {
            Box::pin(what_a_lease_is_over_of_is_not_kept(url))
        }),
        (
            "a-group-comes-from-its-beginning-whenever-its-leases-end",
            |url| {
                Box::pin(a_group_comes_from_its_beginning_whenever_its_leases_end(
                    url,
                ))
            },
        ),
    ];
    let trials = checks.map(|(name, check)| {
        let url = url.clone();
        let trial = Trial::test(name, move || {
            let runtime = tokio::runtime::Runtime::new()?;
            Ok(runtime.block_on(check(&url))?)
        });
        let kind = if is_absent { "no server" } else { "" };
        trial.with_kind(kind).with_ignored_flag(is_absent)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

type Check = fn(&str) -> BoxFuture<'_, Result<(), BoxError>>;

/// Of a group the first message comes first, whoever speaks too late of it.
async fn what_a_lease_is_over_of_is_not_kept(url: &str) -> Result<(), BoxError> {
    let queue = Queue::new(url).await?;
    for (group, body) in [("others", "other"), ("group", "first"), ("group", "second")] {
        queue.send(group, body).await?;
    }
    let had = queue.receive(2, 1).await?;
    assert_eq!(bodies(&had), ["other", "first"]);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    // One is asked for, where there are two.
    assert_eq!(bodies(&queue.receive(1, 60).await?), ["other"]);
    assert!(!queue.keep(&had[1]).await?, "it is nobody's");
    assert_eq!(bodies(&queue.receive(1, 1).await?), ["first"]);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let again = queue.receive(1, 60).await?;
    assert_eq!(bodies(&again), ["first"]);
    assert!(!queue.keep(&had[1]).await?, "it is another's");
    assert!(queue.keep(&again[0]).await?, "it is ours");
    Ok(())
}

/// Leases of one request end one after the other, also while it looks for what another asks for.
async fn a_group_comes_from_its_beginning_whenever_its_leases_end(
    url: &str,
) -> Result<(), BoxError> {
    const GROUPS: [&str; 5] = ["a", "b", "c", "d", "e"];
    let until = Instant::now() + Duration::from_secs(12);
    let mut receivers = JoinSet::new();
    for _ in 0..4 {
        let queue = Arc::new(Queue::new(url).await?);
        for (number, group) in (0..2).flat_map(|number| GROUPS.map(|group| (number, group))) {
            queue.send(group, &format!("{group} {number}")).await?;
        }
        for _ in 0..4 {
            let queue = queue.clone();
            receivers.spawn(async move {
                while Instant::now() < until {
                    let came = queue.wait(10, 1).await?;
                    for group in GROUPS {
                        let of_it = bodies(&came)
                            .into_iter()
                            .find(|body| body.starts_with(group));
                        let is_first = of_it.is_none_or(|body| body.ends_with('0'));
                        assert!(is_first, "its first comes later: {:?}", bodies(&came));
                    }
                }
                Ok::<_, BoxError>(())
            });
        }
    }
    while let Some(done) = receivers.join_next().await {
        done??;
    }
    Ok(())
}

struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    async fn new(url: &str) -> Result<Self, BoxError> {
        let (_, host) = url.rsplit_once('@').ok_or("no credentials")?;
        let (host, _) = host.split_once('?').ok_or("no options")?;
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::new("tests", "secret", None, None, "tests"))
            .http_client(Builder::new().build_http())
            .endpoint_url(format!("http://{host}"));
        let client = Client::from_conf(config.build());
        let made = client
            .create_queue()
            .queue_name(format!("{}.fifo", Uuid::now_v7()));
        let made = made.attributes(QueueAttributeName::FifoQueue, "true");
        let url = made.send().await?.queue_url.ok_or("it has no address")?;
        Ok(Self { client, url })
    }

    async fn send(&self, group: &str, body: &str) -> Result<(), BoxError> {
        let message = self.client.send_message().queue_url(&self.url);
        let message = message
            .message_body(body)
            .message_group_id(group)
            .message_deduplication_id(body);
        message.send().await?;
        Ok(())
    }

    async fn receive(&self, most: i32, lease: i32) -> Result<Vec<Message>, BoxError> {
        self.ask(most, lease, 0).await
    }

    /// The same, as soon as there is something.
    async fn wait(&self, most: i32, lease: i32) -> Result<Vec<Message>, BoxError> {
        self.ask(most, lease, 1).await
    }

    async fn ask(&self, most: i32, lease: i32, wait: i32) -> Result<Vec<Message>, BoxError> {
        let asked = self.client.receive_message().queue_url(&self.url);
        let asked = asked.max_number_of_messages(most).visibility_timeout(lease);
        let asked = asked.wait_time_seconds(wait);
        Ok(asked.send().await?.messages.unwrap_or_default())
    }

    /// Whether somebody may have it for longer.
    async fn keep(&self, message: &Message) -> Result<bool, BoxError> {
        let handle = message.receipt_handle().unwrap_or_default();
        let kept = Change::builder().id("0").receipt_handle(handle);
        let kept = kept.visibility_timeout(60).build()?;
        let asked = self.client.change_message_visibility_batch();
        let asked = asked.queue_url(&self.url).entries(kept).send().await?;
        Ok(asked.failed().is_empty())
    }
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().filter_map(Message::body).collect()
}
