//! Whole systems under seeded schedules: publishers, competing services, failures and cuts, in virtual time. Whatever the
//! order in which things happen: nothing confirmed is lost, keys keep their order, and `Dedup` lets nothing through twice.
use crate::numbers::{Log, Num};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Channel, Client, HandlerError, Layers, Policy, Received, Router, Service, layers::Dedup,
    outgoing, serve, testing::TestBroker,
};

const KEYS: u32 = 5;
const NUMBERS: u32 = 30;

/// A small generator, the same everywhere for a seed.
#[derive(Clone)]
struct Dice(Arc<Mutex<u64>>);

impl Dice {
    fn of(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(
            seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
        )))
    }

    fn below(&self, bound: u64) -> u64 {
        let mut state = self.0.lock().unwrap();
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state % bound
    }

    async fn pause(&self, most: u64) {
        let millis = self.below(most);
        if millis > 0 {
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }
    }
}

struct System {
    broker: TestBroker,
    dice: Dice,
    log: Log,
    /// Handlers that run now, by key: two of one key are a defect.
    busy: Arc<Mutex<Vec<u32>>>,
    collisions: Arc<AtomicUsize>,
}

fn channel() -> Channel {
    Channel::point_to_point("numbers")
}

impl System {
    fn of(seed: u64) -> Self {
        Self {
            broker: TestBroker::new(),
            dice: Dice::of(seed),
            log: Log::default(),
            busy: Arc::default(),
            collisions: Arc::default(),
        }
    }

    async fn serve(&self, layers: &Layers) -> Service {
        let (dice, log) = (self.dice.clone(), self.log.clone());
        let (busy, collisions) = (self.busy.clone(), self.collisions.clone());
        let mut router = Router::new();
        let usize_of = |below| usize::try_from(self.dice.below(below)).unwrap_or(0);
        router
            .layers(layers.clone())
            .policy(Policy::new().with_attempts(1000))
            .concurrency(1 + usize_of(8))
            .prefetch(1 + usize_of(20));
        router.on(channel(), move |num: Received<Num>| {
            let (dice, log) = (dice.clone(), log.clone());
            let (busy, collisions) = (busy.clone(), collisions.clone());
            async move {
                let _busy = Busy::begin(num.key, &busy, &collisions);
                dice.pause(20).await;
                match dice.below(12) {
                    0 => Err(HandlerError::retry("once more")),
                    1 => Err(HandlerError::retry_after(Duration::ZERO, "at once")),
                    2 => panic!("on purpose"),
                    _ => {
                        log.push(num.message);
                        Ok(())
                    }
                }
            }
        });
        serve(Arc::new(self.broker.clone()), router).await.unwrap()
    }

    /// Sends the numbers of a key one after the other, each until it is confirmed, as the same message.
    async fn publish(&self, key: u32) {
        let client = Client::new(Arc::new(self.broker.clone()));
        for number in 0..NUMBERS {
            let message = outgoing(&channel(), &Num { key, number }).unwrap();
            while client.publish(&message).await.is_err() {
                self.dice.pause(10).await;
            }
            self.dice.pause(8).await;
        }
    }

    async fn disturb(&self) {
        for _ in 0..6 {
            self.dice.pause(80).await;
            match self.dice.below(4) {
                0 => self.broker.refuse(2),
                1 => self.broker.unconfirm(2),
                2 => self.broker.duplicate(3),
                _ => {
                    self.broker.cut();
                    self.dice.pause(50).await;
                    self.broker.mend();
                }
            }
        }
    }
}

struct Busy(u32, Arc<Mutex<Vec<u32>>>);

impl Busy {
    fn begin(key: u32, busy: &Arc<Mutex<Vec<u32>>>, collisions: &AtomicUsize) -> Self {
        let mut keys = busy.lock().unwrap();
        collisions.fetch_add(usize::from(keys.contains(&key)), SeqCst);
        keys.push(key);
        Self(key, busy.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut keys = self.1.lock().unwrap();
        let at = keys.iter().position(|key| *key == self.0).unwrap();
        keys.swap_remove(at);
    }
}

/// What a run of a seed shows: handled, distinct, overtaken, two of a key at once.
async fn run(seed: u64, layers: Layers) -> [usize; 4] {
    let system = Arc::new(System::of(seed));
    let services = [system.serve(&layers).await, system.serve(&layers).await];
    let mut tasks = tokio::task::JoinSet::new();
    for key in 0..KEYS {
        let system = system.clone();
        tasks.spawn(async move { system.publish(key).await });
    }
    let disturbing = system.clone();
    tasks.spawn(async move { disturbing.disturb().await });
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    system.broker.settled().await;
    for service in services {
        service.stop(Duration::from_secs(60)).await.unwrap();
    }
    [
        system.log.total(),
        system.log.distinct(),
        system.log.overtaken(),
        system.collisions.load(SeqCst),
    ]
}

fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.payload().downcast_ref::<&str>().copied();
        if text != Some("on purpose") {
            eprintln!("{panic}");
        }
    }));
}

const ALL: usize = (KEYS * NUMBERS) as usize;

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_and_keys_keep_their_order_under_any_schedule() {
    quiet_panics();
    for seed in 0..40 {
        let [total, distinct, overtaken, _] = run(seed, Layers::new()).await;
        assert_eq!((distinct, overtaken), (ALL, 0), "seed {seed}");
        assert!(total >= distinct);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_handled_twice_where_duplicates_are_tracked() {
    quiet_panics();
    for seed in 0..40 {
        let layers = Layers::new().with(Dedup::new(10_000));
        let [total, distinct, overtaken, collisions] = run(seed, layers).await;
        assert_eq!((total, distinct, overtaken), (ALL, ALL, 0), "seed {seed}");
        assert_eq!(collisions, 0, "seed {seed}");
    }
}
