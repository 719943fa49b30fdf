//! Requests to a place, each with an outcome for each of its entries.
use crate::{
    collecting::{Collecting, Load},
    waves::{Limits, Parcel},
};
use futures_util::future::join_all;
use std::future::Future;
use tidings::{Error, ErrorKind, Result, Str};
use tokio::{sync::oneshot, task::yield_now};

/// What takes entries of many in one request.
pub(crate) trait Put: Clone + Send + Sync + 'static {
    /// What it takes.
    type Entry: Clone + Send + 'static;
    /// How many of these a request has, and how many requests are under way to a place.
    const LIMITS: Limits;

    /// What is to be sent while other requests are under way.
    fn collecting(&self) -> &Collecting<Self::Entry>;

    /// Makes one request of so many bytes, and gives an outcome for each entry.
    fn put(
        &self,
        name: &str,
        entries: Vec<Self::Entry>,
        bytes: usize,
    ) -> impl Future<Output = Result<Vec<Result<()>>>> + Send;
}

/// Sends some, with what else goes to the place of that name; an outcome for each.
pub(crate) async fn put<P: Put>(
    to: &P,
    name: &str,
    parcels: Vec<Parcel<P::Entry>>,
) -> Vec<Result<()>> {
    let (told, outcomes) = oneshot::channel();
    let (name, count) = (Str::from(name), parcels.len());
    if to.collecting().add(&name, Load { parcels, told }) {
        let requests = Requests {
            to: to.clone(),
            name,
            is_done: false,
        };
        tokio::spawn(requests.go_on());
    }
    outcomes.await.unwrap_or_else(|_| vec![Err(lost()); count])
}

/// Makes requests as long as something waits.
struct Requests<P: Put> {
    to: P,
    name: Str,
    is_done: bool,
}

impl<P: Put> Requests<P> {
    async fn go_on(mut self) {
        loop {
            // Who is told now, or was, may publish the next at once: that goes along.
            yield_now().await;
            let loads = self.to.collecting().next(&self.name);
            if loads.is_empty() {
                break;
            }
            self.one(loads).await;
        }
        self.is_done = true;
    }

    /// Makes one, unless nobody waits for its outcomes any more: it would be in the way of others.
    async fn one(&self, loads: Vec<Load<P::Entry>>) {
        let mut told = Vec::new();
        let mut parcels = Vec::new();
        for load in loads {
            told.push((load.parcels.len(), load.told));
            parcels.extend(load.parcels);
        }
        let are_gone = join_all(told.iter_mut().map(|(_, told)| told.closed()));
        let outcomes = tokio::select! {
            outcomes = self.send(parcels) => outcomes,
            _ = are_gone => return,
        };
        let mut outcomes = outcomes.into_iter();
        for (count, told) in told {
            drop(told.send(outcomes.by_ref().take(count).collect()));
        }
    }

    /// Sends them in one. Of what is refused as a whole, for what one of them may be or for what they are together, each half goes by
    /// itself: the others are of other callers.
    async fn send(&self, parcels: Vec<Parcel<P::Entry>>) -> Vec<Result<()>> {
        let mut outcomes = Vec::with_capacity(parcels.len());
        let mut left = vec![parcels];
        while let Some(some) = left.pop() {
            let (count, bytes) = (some.len(), some.iter().map(|parcel| parcel.size).sum());
            let mut first = if count > 1 { some.clone() } else { Vec::new() };
            let entries = some.into_iter().map(|parcel| parcel.entry).collect();
            match self.to.put(&self.name, entries, bytes).await {
                Ok(told) => outcomes.extend(told),
                Err(error) if count > 1 && is_of_some(&error) => {
                    let second = first.split_off(count / 2);
                    left.extend([second, first]);
                }
                Err(error) => outcomes.extend(vec![Err(error); count]),
            }
        }
        outcomes
    }
}

/// Whether a request was refused for what it has.
fn is_of_some(error: &Error) -> bool {
    let is_of_content = matches!(error.kind(), ErrorKind::TooLarge | ErrorKind::Invalid);
    is_of_content && !error.is_ambiguous()
}

impl<P: Put> Drop for Requests<P> {
    fn drop(&mut self) {
        if !self.is_done {
            self.to.collecting().abandoned(&self.name);
        }
    }
}

/// What it went with ended in the middle.
fn lost() -> Error {
    let reason = "whoever sent it has ended";
    Error::new(ErrorKind::ConnectionLost, "publish", reason).ambiguous()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex, PoisonError};

    /// Refuses requests of more than three bytes, all that have a 0 in them, and, if it is told so, all.
    #[derive(Clone)]
    struct Picky {
        refuses: Option<ErrorKind>,
        collecting: Collecting<u8>,
        asked: Arc<Mutex<Vec<Vec<u8>>>>,
    }

    impl Put for Picky {
        type Entry = u8;
        const LIMITS: Limits = Limits {
            count: 10,
            bytes: 100,
            requests: 1,
        };

        fn collecting(&self) -> &Collecting<u8> {
            &self.collecting
        }

        async fn put(&self, _: &str, entries: Vec<u8>, bytes: usize) -> Result<Vec<Result<()>>> {
            let (count, has_bad) = (entries.len(), entries.contains(&0));
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.push(entries);
            match self.refuses {
                Some(kind) => Err(Error::new(kind, "publish", "no")),
                None if bytes > 3 => Err(Error::new(ErrorKind::TooLarge, "publish", "")),
                None if has_bad => Err(Error::new(ErrorKind::Invalid, "publish", "")),
                None => Ok(vec![Ok(()); count]),
            }
        }
    }

    /// What becomes of nine that are published at once, each by itself, and the requests that are made of them.
    async fn put_all(refuses: Option<ErrorKind>) -> (Vec<bool>, Vec<Vec<u8>>) {
        let to = Picky {
            refuses,
            collecting: Collecting::new(Picky::LIMITS),
            asked: Arc::default(),
        };
        let one = |entry: u8| put(&to, "q", vec![Parcel { entry, size: 1 }]);
        let outcomes = join_all([1, 2, 3, 0, 4, 5, 6, 7, 8].map(one)).await;
        let asked = to.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let is_ok = |told: &Result<()>| told.is_ok();
        (outcomes.concat().iter().map(is_ok).collect(), asked.clone())
    }

    #[tokio::test]
    async fn what_is_refused_together_goes_in_parts() {
        let (outcomes, asked) = put_all(None).await;
        let expected = [true, true, true, false, true, true, true, true, true];
        assert_eq!(outcomes, expected, "{asked:?}");
        let whole = [1, 2, 3, 0, 4, 5, 6, 7, 8];
        let parts: [&[u8]; 8] = [
            &[1, 2, 3, 0],
            &[1, 2],
            &[3, 0],
            &[3],
            &[0],
            &[4, 5, 6, 7, 8],
            &[4, 5],
            &[6, 7, 8],
        ];
        assert_eq!(asked[0], whole);
        assert_eq!(asked[1..], parts);
    }

    #[tokio::test]
    async fn what_is_refused_whatever_it_has_is_not_sent_again() {
        let (outcomes, asked) = put_all(Some(ErrorKind::PermissionDenied)).await;
        assert_eq!(outcomes, [false; 9]);
        assert_eq!(asked.len(), 1);
    }
}
