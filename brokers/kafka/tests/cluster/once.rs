//! What services send of what comes, exactly once, while their links are cut and they are killed.
use super::*;
use crate::proxy::Proxy;
use rdkafka::types::RDKafkaErrorCode as Code;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};
use tidings::{Backoff, Policy, Received, Router, Service, serve};
use tidings_kafka::GroupProtocol;
use tokio::{task::JoinSet, time::sleep};

const MESSAGES: usize = 20_000;
/// In how many parts they come, with harm after each.
const ROUNDS: usize = 12;
/// How often harm is done at most: each can leave a transaction open, which the cluster takes many seconds to end.
const HARMS: usize = 2 * ROUNDS;
const KEYS: usize = 200;
const PARTITIONS: usize = 6;
const WORKERS: usize = 3;
/// How long nothing more must come.
const SILENCE: Duration = Duration::from_secs(2);
/// How long all of it may take.
const LONG: Duration = Duration::from_secs(240);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial_within(LONG, "what-services-send-is-there-once", |url| {
            what_services_send_is_there_once(url, GroupProtocol::Classic)
        }),
        trial_within(
            LONG,
            "what-services-send-is-there-once-by-the-newer-protocol",
            |url| what_services_send_is_there_once(url, GroupProtocol::Consumer),
        ),
    ]
}

/// A worker and its link.
struct Worker {
    proxy: Proxy,
    /// Dropped without a word where it is killed.
    _service: Service,
}

/// What happens when, from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        // Knuth's multiplier and increment of a linear congruential generator of 64 bits.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

async fn begin(
    url: String,
    protocol: GroupProtocol,
    group: String,
    from: Channel,
    to: Channel,
) -> Outcome<Worker> {
    let proxy = Proxy::start(&url).await?;
    let settings = KafkaSettings {
        wait: Duration::from_secs(5),
        drain: Duration::from_secs(2),
        session: Duration::from_secs(3),
        heartbeat: Duration::from_millis(200),
        transaction: Duration::from_secs(3),
        protocol,
        ..KafkaSettings::default()
    };
    let server = Server::new("kafka", proxy.url());
    let transport = KafkaTransport::connect_to(&server, settings).await?;
    let mut router = Router::new();
    let backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(200));
    let policy = Policy::new().with_backoff(backoff).with_exactly_once(true);
    router.group(&group).policy(policy);
    router.on(from, move |message: Received<Message>| {
        let to = to.clone();
        async move { Ok(message.context.send(&to, &message.message)?) }
    });
    let service = serve(Arc::new(transport), router).await?;
    Ok(Worker {
        proxy,
        _service: service,
    })
}

/// Cuts a link for a while, or kills a worker: in the middle of what it does, or after its link was cut, so that whatever it had
/// begun stays open at the cluster.
async fn harm(workers: &mut [Option<Worker>], chance: &mut Chance) {
    let at = usize::try_from(chance.below(WORKERS as u64)).unwrap_or(0);
    let Some(worker) = &workers[at] else {
        return;
    };
    match chance.below(4) {
        0 => worker.proxy.restart(),
        1 => {
            worker.proxy.cut();
            // At times for longer than a member may be missed.
            sleep(Duration::from_millis(chance.below(5000))).await;
            worker.proxy.mend();
        }
        2 => workers[at] = None,
        _ => {
            worker.proxy.cut();
            sleep(Duration::from_millis(chance.below(300))).await;
            workers[at] = None;
        }
    }
}

async fn what_services_send_is_there_once(url: String, protocol: GroupProtocol) -> Outcome {
    let seed = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros();
    let mut chance = Chance(u64::try_from(seed)?);
    let transport = KafkaTransport::connect(&url).await?;
    let [input, output] = [fresh(), fresh()].map(|name| {
        Channel::publish_subscribe(name).with_bindings(kafka(json!({ "partitions": PARTITIONS })))
    });
    // Of its own: both protocols are tried at a time, and one group cannot share by both.
    let group = fresh();
    let wanted = [
        Wanted::channel(input.clone()).group(&*group),
        Wanted::channel(output.clone()),
    ];
    transport.ensure(&wanted, Ensure::Create).await?;
    let reader = Reader::of(&url, &output)?;
    let mut workers: Vec<Option<Worker>> = (0..WORKERS).map(|_| None).collect();
    let all: Vec<Message> = (0..MESSAGES).map(numbered).collect();
    let (mut left, mut counts, mut harms) = (all.chunks(MESSAGES / ROUNDS), HashMap::new(), 0);
    while counts.len() < MESSAGES {
        if let Some(some) = left.next() {
            let sent = transport.publish(&input, some, Instant::now() + PATIENCE);
            sent.await.into_iter().collect::<Result<(), _>>()?;
        }
        let mut begun = JoinSet::new();
        for (at, worker) in workers.iter().enumerate() {
            if worker.is_none() {
                let begins = begin(
                    url.clone(),
                    protocol,
                    group.clone(),
                    input.clone(),
                    output.clone(),
                );
                begun.spawn(async move { (at, begins.await) });
            }
        }
        // One that does not get in among those that were killed comes in the next round.
        while let Some(begun) = begun.join_next().await {
            let (at, worker) = begun?;
            workers[at] = worker.ok();
        }
        sleep(Duration::from_millis(chance.below(700))).await;
        if harms < HARMS {
            harm(&mut workers, &mut chance).await;
            harms += 1;
        }
        reader.read(&mut counts, Duration::from_millis(50))?;
    }
    // What was open at the cluster has ended by then.
    sleep(Duration::from_secs(4)).await;
    reader.read(&mut counts, SILENCE)?;
    let twice: Vec<_> = counts
        .iter()
        .filter(|(_, count)| **count > 1)
        .take(5)
        .collect();
    assert!(
        twice.is_empty(),
        "seed {seed}, {harms} harms: {twice:?} are there more than once"
    );
    assert_eq!(counts.len(), MESSAGES, "seed {seed}");
    assert!(harms >= ROUNDS, "all was done after {harms} harms");
    Ok(())
}

fn numbered(number: usize) -> Message {
    let mut message = Message::new(number.to_string());
    message.key = Some((number % KEYS).to_string().into());
    message
}

/// Reads what was committed of all partitions.
struct Reader(BaseConsumer);

impl Reader {
    fn of(url: &str, channel: &Channel) -> Outcome<Self> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", servers(url))
            .set("group.id", fresh())
            .set("isolation.level", "read_committed")
            .create()?;
        let mut all = TopicPartitionList::new();
        for partition in 0..i32::try_from(PARTITIONS)? {
            all.add_partition_offset(&channel.address, partition, Offset::Beginning)?;
        }
        consumer.assign(&all)?;
        Ok(Self(consumer))
    }

    /// Counts what comes until nothing does for that long.
    fn read(&self, counts: &mut HashMap<String, usize>, silence: Duration) -> Outcome {
        while let Some(record) = self.0.poll(silence) {
            let record = match record {
                // It connects again, and reads on.
                Err(error) if error.rdkafka_error_code() == Some(Code::AllBrokersDown) => continue,
                record => record?,
            };
            let body = record.payload().map(<[u8]>::to_vec).unwrap_or_default();
            *counts.entry(String::from_utf8(body)?).or_default() += 1;
        }
        Ok(())
    }
}
