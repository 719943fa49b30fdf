//! In which order a batch is sent. A request may fail in part, so that no two messages of one key are in one, nor in two that are
//! under way at once: each is sent once the one before it is there.
use futures_util::future::join_all;
use std::{
    collections::{HashSet, VecDeque},
    future::Future,
};
use tidings::{Error, ErrorKind, Message, Result};
use tokio::time::{Instant, timeout_at};

/// What one request takes, and how many may be under way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) count: usize,
    pub(crate) bytes: usize,
    pub(crate) requests: usize,
}

/// Something to send, of that size.
#[derive(Clone)]
pub(crate) struct Parcel<E> {
    pub(crate) entry: E,
    pub(crate) size: usize,
}

/// Sends a batch, and gives an outcome for each message.
pub(crate) async fn publish<E, F>(
    batch: &[Message],
    limits: Limits,
    deadline: Instant,
    pack: impl Fn(&Message) -> Result<Parcel<E>>,
    send: impl Fn(Vec<Parcel<E>>) -> F,
) -> Vec<Result<()>>
where
    F: Future<Output = Result<Vec<Result<()>>>>,
{
    let mut sending = Sending::new(batch);
    while !sending.pending.is_empty() {
        if deadline <= Instant::now() {
            sending.fail_all(&|| late_unsent());
            break;
        }
        let requests = sending.wave(limits, &pack);
        let under_way = requests.into_iter().map(|(places, parcels)| {
            let count = parcels.len();
            let asked = timeout_at(deadline, send(parcels));
            async move {
                let outcome = asked.await;
                let outcomes = match outcome {
                    Ok(Ok(outcomes)) => outcomes,
                    Ok(Err(error)) => vec![Err(error); count],
                    Err(_) => vec![Err(late_sent()); count],
                };
                places.into_iter().zip(outcomes).collect::<Vec<_>>()
            }
        });
        let outcomes = join_all(under_way).await;
        for (place, outcome) in outcomes.into_iter().flatten() {
            sending.ended(place, outcome);
        }
    }
    sending.outcomes
}

struct Sending<'a> {
    batch: &'a [Message],
    outcomes: Vec<Result<()>>,
    pending: VecDeque<usize>,
    failed: HashSet<&'a [u8]>,
}

/// The places of the messages of a request, and what is sent of them.
type Request<E> = (Vec<usize>, Vec<Parcel<E>>);

impl<'a> Sending<'a> {
    fn new(batch: &'a [Message]) -> Self {
        Self {
            batch,
            outcomes: vec![Ok(()); batch.len()],
            pending: (0..batch.len()).collect(),
            failed: HashSet::new(),
        }
    }

    /// The requests that may be under way at once.
    fn wave<E>(
        &mut self,
        limits: Limits,
        pack: &impl Fn(&Message) -> Result<Parcel<E>>,
    ) -> Vec<Request<E>> {
        let mut requests: Vec<Request<E>> = Vec::new();
        let mut bytes = 0;
        let mut keys = HashSet::new();
        let mut later = VecDeque::new();
        while let Some(place) = self.pending.pop_front() {
            let key = self.batch[place].key.as_deref();
            if key.is_some_and(|key| self.failed.contains(key)) {
                self.outcomes[place] = Err(skipped());
                continue;
            }
            if key.is_some_and(|key| !keys.insert(key)) {
                later.push_back(place);
                continue;
            }
            let parcel = match pack(&self.batch[place]) {
                Ok(parcel) => parcel,
                Err(error) => {
                    self.ended(place, Err(error));
                    continue;
                }
            };
            let has_room = requests.last().is_some_and(|(places, _)| {
                places.len() < limits.count && bytes + parcel.size <= limits.bytes
            });
            if !has_room {
                if requests.len() == limits.requests {
                    later.push_back(place);
                    break;
                }
                requests.push((Vec::new(), Vec::new()));
                bytes = 0;
            }
            bytes += parcel.size;
            if let Some((places, parcels)) = requests.last_mut() {
                places.push(place);
                parcels.push(parcel);
            }
        }
        later.append(&mut self.pending);
        self.pending = later;
        requests
    }

    fn ended(&mut self, place: usize, outcome: Result<()>) {
        if outcome.is_err() {
            self.failed.extend(self.batch[place].key.as_deref());
        }
        self.outcomes[place] = outcome;
    }

    /// Ends with that what is not sent yet.
    fn fail_all(&mut self, why: &dyn Fn() -> Error) {
        while let Some(place) = self.pending.pop_front() {
            let key = self.batch[place].key.as_deref();
            let is_behind = key.is_some_and(|key| self.failed.contains(key));
            let error = if is_behind { skipped() } else { why() };
            self.ended(place, Err(error));
        }
    }
}

fn skipped() -> Error {
    let reason = "an earlier message of its key failed";
    Error::new(ErrorKind::Skipped, "publish", reason)
}

fn late_unsent() -> Error {
    let reason = "it was not sent by its deadline";
    Error::new(ErrorKind::Timeout, "publish", reason)
}

fn late_sent() -> Error {
    let reason = "it was not confirmed by its deadline";
    Error::new(ErrorKind::Timeout, "publish", reason).ambiguous()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::{Mutex, PoisonError},
        time::Duration,
    };

    const LIMITS: Limits = Limits {
        count: 3,
        bytes: 100,
        requests: 2,
    };

    fn message(key: &'static str, body: &'static str) -> Message {
        let mut message = Message::new(body);
        message.key = (!key.is_empty()).then(|| key.into());
        message
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(10)
    }

    /// What was sent in each request, where bodies with `!` are refused, and the outcomes.
    async fn sent(batch: &[Message], deadline: Instant) -> (Vec<String>, Vec<Option<ErrorKind>>) {
        let log = Mutex::new(Vec::new());
        let pack = |message: &Message| {
            let entry = String::from_utf8_lossy(&message.body).into_owned();
            match entry.starts_with('?') {
                true => Err(Error::new(ErrorKind::TooLarge, "publish", "")),
                false => Ok(Parcel {
                    size: entry.len(),
                    entry,
                }),
            }
        };
        let outcomes = publish(
            batch,
            LIMITS,
            deadline,
            pack,
            |parcels: Vec<Parcel<String>>| {
                let entries: Vec<String> = parcels.into_iter().map(|parcel| parcel.entry).collect();
                let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
                log.push(entries.join(" "));
                async move {
                    let one = |entry: &String| match entry.ends_with('!') {
                        true => Err(Error::new(ErrorKind::Busy, "publish", "")),
                        false => Ok(()),
                    };
                    Ok(entries.iter().map(one).collect())
                }
            },
        );
        let outcomes = outcomes.await.into_iter();
        let kinds = outcomes.map(|outcome| outcome.err().map(|error| error.kind()));
        let kinds = kinds.collect();
        (
            log.into_inner().unwrap_or_else(PoisonError::into_inner),
            kinds,
        )
    }

    #[tokio::test]
    async fn a_key_is_once_in_a_wave_and_ends_with_its_first_failure() {
        let batch = [
            message("k", "1"),
            message("", "2"),
            message("k", "3!"),
            message("l", "4"),
            message("k", "5"),
            message("", "6"),
        ];
        let (log, kinds) = sent(&batch, soon()).await;
        assert_eq!(log, ["1 2 4", "6", "3!"]);
        let skipped = Some(ErrorKind::Skipped);
        let busy = Some(ErrorKind::Busy);
        assert_eq!(kinds, [None, None, busy, None, skipped, None]);
    }

    #[tokio::test]
    async fn what_cannot_be_packed_fails_alone() {
        let batch = [message("k", "?"), message("", "1"), message("k", "2")];
        let (log, kinds) = sent(&batch, soon()).await;
        assert_eq!(log, ["1"]);
        let expected = [Some(ErrorKind::TooLarge), None, Some(ErrorKind::Skipped)];
        assert_eq!(kinds, expected);
    }

    #[tokio::test]
    async fn requests_are_bounded_and_in_order() {
        let large: &'static str = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
        let batch = [
            message("", large),
            message("", large),
            message("", "1"),
            message("k", large),
            message("k", "2"),
        ];
        let (log, kinds) = sent(&batch, soon()).await;
        assert_eq!(log.len(), 4, "{log:?}");
        assert_eq!(
            log[1..],
            [format!("{large} 1"), large.to_owned(), "2".to_owned()]
        );
        assert_eq!(kinds, [None; 5]);
    }

    #[tokio::test]
    async fn after_the_deadline_nothing_is_sent() {
        let batch = [message("k", "1"), message("k", "2"), message("", "3")];
        let (log, kinds) = sent(&batch, Instant::now()).await;
        assert!(log.is_empty());
        let late = Some(ErrorKind::Timeout);
        assert_eq!(kinds, [late, Some(ErrorKind::Skipped), late]);
    }
}
