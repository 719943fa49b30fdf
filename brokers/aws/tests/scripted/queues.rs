//! Queues as SQS has them, as far as tests look: visibility, receipts, groups, long polls, and what takes a while to be known.
use crate::server::{State, lock};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, HashSet},
    sync::Mutex,
    time::Duration,
};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// What an action gives: JSON, or a status and a code.
pub(crate) type Outcome = Result<String, (u16, &'static str)>;

const ACCOUNT: &str = "123456789012";
const MISSING: (u16, &str) = (400, "QueueDoesNotExist");

#[derive(Default)]
pub(crate) struct Queues {
    pub(crate) all: BTreeMap<String, Queue>,
    /// How long a queue that was made is not known, and what is set of one.
    pub(crate) known_after: Duration,
    pub(crate) set_after: Duration,
    /// The first entry of so many requests fails with that code.
    pub(crate) failing: Option<(&'static str, usize)>,
}

pub(crate) struct Queue {
    pub(crate) attributes: Map<String, Value>,
    messages: Vec<Stored>,
    made: Instant,
    /// What was set, and from when on it is known.
    set: Vec<(Instant, Map<String, Value>)>,
}

struct Stored {
    body: String,
    attributes: Value,
    group: Option<String>,
    from: Instant,
    receipt: String,
    count: usize,
}

impl Queues {
    /// Puts a message into a queue, where it is there.
    pub(crate) fn put(&mut self, name: &str, body: &str, attributes: Value, group: Option<&str>) {
        if let Some(queue) = self.all.get_mut(name) {
            queue.messages.push(Stored {
                body: body.to_owned(),
                attributes,
                group: group.map(str::to_owned),
                from: Instant::now(),
                receipt: String::new(),
                count: 0,
            });
        }
    }

    /// Whether a queue's policy, as far as it is known, names that.
    pub(crate) fn lets(&mut self, name: &str, topic: &str) -> bool {
        let Some(queue) = self.all.get_mut(name) else {
            return false;
        };
        queue.settle();
        let policy = queue.attributes.get("Policy").and_then(Value::as_str);
        policy.is_some_and(|policy| policy.contains(&format!("\"{topic}\"")))
    }

    /// How many messages of a queue somebody has.
    pub(crate) fn out(&self, name: &str) -> usize {
        let queue = self.all.get(name);
        let is_out = |one: &&Stored| one.from > Instant::now();
        queue.map_or(0, |queue| queue.messages.iter().filter(is_out).count())
    }

    /// How many messages a queue has.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.all.get(name).map_or(0, |queue| queue.messages.len())
    }

    fn get(&mut self, told: &Value) -> Result<&mut Queue, (u16, &'static str)> {
        let known_after = self.known_after;
        let url = told["QueueUrl"].as_str().unwrap_or_default();
        let queue = self.all.get_mut(last(url)).ok_or(MISSING)?;
        if queue.made.elapsed() < known_after {
            return Err(MISSING);
        }
        queue.settle();
        Ok(queue)
    }
}

impl Queue {
    fn settle(&mut self) {
        let now = Instant::now();
        for (_, set) in self.set.extract_if(.., |(from, _)| *from <= now) {
            self.attributes.extend(set);
        }
    }

    fn receive(&mut self, told: &Value) -> Vec<Value> {
        let now = Instant::now();
        let most = told["MaxNumberOfMessages"].as_u64().unwrap_or(1) as usize;
        let lease = told["VisibilityTimeout"].as_u64().unwrap_or(30);
        let held = self.messages.iter().filter(|one| one.from > now);
        let held: HashSet<_> = held.filter_map(|one| one.group.clone()).collect();
        let is_free = |one: &&mut Stored| {
            one.from <= now && one.group.as_ref().is_none_or(|group| !held.contains(group))
        };
        let free = self.messages.iter_mut().filter(is_free).take(most);
        let each = free.map(|one| {
            one.from = now + Duration::from_secs(lease);
            one.receipt = Uuid::new_v4().to_string();
            one.count += 1;
            let mut about = json!({ "ApproximateReceiveCount": one.count.to_string() });
            if let Some(group) = &one.group {
                about["MessageGroupId"] = group.as_str().into();
            }
            json!({
                "Body": one.body, "MessageAttributes": one.attributes, "MessageId": "1", "ReceiptHandle": one.receipt,
                "Attributes": about,
            })
        });
        each.collect()
    }
}

pub(crate) fn last(text: &str) -> &str {
    text.rsplit([':', '/']).next().unwrap_or(text)
}

pub(crate) async fn act(state: &Mutex<State>, action: &str, told: &Value) -> Outcome {
    if action != "ReceiveMessage" {
        return at_once(&mut lock(state).queues, action, told).map(|said| said.to_string());
    }
    let wait = Duration::from_secs(told["WaitTimeSeconds"].as_u64().unwrap_or(0));
    let end = Instant::now() + wait;
    loop {
        let came = lock(state).queues.get(told)?.receive(told);
        if !came.is_empty() || Instant::now() >= end {
            return Ok(json!({ "Messages": came }).to_string());
        }
        sleep(Duration::from_millis(5)).await;
    }
}

fn at_once(queues: &mut Queues, action: &str, told: &Value) -> Result<Value, (u16, &'static str)> {
    let url = |name: &str| json!({ "QueueUrl": format!("http://127.0.0.1:1/{ACCOUNT}/{name}") });
    let name = told["QueueName"].as_str().unwrap_or_default();
    Ok(match action {
        "ListQueues" => json!({}),
        "CreateQueue" => {
            let mut attributes = told["Attributes"].as_object().cloned().unwrap_or_default();
            let arn = format!("arn:aws:sqs:here:{ACCOUNT}:{name}");
            attributes.insert("QueueArn".to_owned(), arn.into());
            let queue = Queue {
                attributes,
                messages: Vec::new(),
                made: Instant::now(),
                set: Vec::new(),
            };
            queues.all.insert(name.to_owned(), queue);
            url(name)
        }
        "GetQueueUrl" => {
            let known_after = queues.known_after;
            let queue = queues.all.get(name).ok_or(MISSING)?;
            if queue.made.elapsed() < known_after {
                return Err(MISSING);
            }
            url(name)
        }
        "DeleteQueue" => {
            queues.get(told)?;
            let url = told["QueueUrl"].as_str().unwrap_or_default();
            queues.all.remove(last(url));
            json!({})
        }
        "GetQueueAttributes" => json!({ "Attributes": queues.get(told)?.attributes }),
        "SetQueueAttributes" => {
            let from = Instant::now() + queues.set_after;
            let set = told["Attributes"].as_object().cloned().unwrap_or_default();
            queues.get(told)?.set.push((from, set));
            json!({})
        }
        "SendMessageBatch" => each(queues, told, |queue, one| {
            queue.messages.push(Stored {
                body: one["MessageBody"].as_str().unwrap_or_default().to_owned(),
                attributes: one["MessageAttributes"].clone(),
                group: one["MessageGroupId"].as_str().map(str::to_owned),
                from: Instant::now(),
                receipt: String::new(),
                count: 0,
            });
            true
        })?,
        "DeleteMessageBatch" => each(queues, told, |queue, one| {
            queue
                .messages
                .retain(|kept| one["ReceiptHandle"] != *kept.receipt);
            true
        })?,
        "ChangeMessageVisibilityBatch" => each(queues, told, |queue, one| {
            let now = Instant::now();
            let mut all = queue.messages.iter_mut();
            let found = all.find(|kept| one["ReceiptHandle"] == *kept.receipt && kept.from > now);
            let time = one["VisibilityTimeout"].as_u64().unwrap_or(0);
            found
                .map(|kept| kept.from = now + Duration::from_secs(time))
                .is_some()
        })?,
        _ => return Err((400, "UnsupportedOperation")),
    })
}

/// Does that with each entry, and says of which it could not.
fn each(
    queues: &mut Queues,
    told: &Value,
    mut with: impl FnMut(&mut Queue, &Value) -> bool,
) -> Result<Value, (u16, &'static str)> {
    let failing = queues.failing.as_mut().filter(|(_, times)| *times > 0);
    let failing = failing.map(|(code, times)| {
        *times -= 1;
        *code
    });
    let queue = queues.get(told)?;
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for (at, one) in told["Entries"].as_array().into_iter().flatten().enumerate() {
        let id = &one["Id"];
        let failing = failing.filter(|_| at == 0);
        match (failing, failing.is_none() && with(queue, one)) {
            (Some(code), _) => failed.push(json!({ "Id": id, "Code": code, "SenderFault": false })),
            (None, true) => {
                done.push(json!({ "Id": id, "MessageId": "1", "MD5OfMessageBody": "" }))
            }
            (None, false) => {
                failed.push(json!({ "Id": id, "Code": "MessageNotInflight", "SenderFault": true }))
            }
        }
    }
    Ok(json!({ "Successful": done, "Failed": failed }))
}
