//! What was heard of queues: where they are, since when that is known, and whose they are.
use crate::names;
use std::{collections::HashMap, time::Duration};
use tidings::Str;
use tokio::time::Instant;

/// How many are remembered: replies go to ever new ones.
const MOST: usize = 4096;
/// For how long AWS may deny a queue that it has told of.
const NEW: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(super) struct Known {
    urls: HashMap<String, (Str, Instant)>,
    /// What the ARNs of all of them begin with.
    account: Option<Str>,
}

impl Known {
    pub(super) fn url(&self, name: &str) -> Option<Str> {
        self.urls.get(name).map(|(url, _)| url.clone())
    }

    pub(super) fn learn(&mut self, name: &str, url: &str) -> Str {
        let url: Str = url.into();
        if self.urls.len() >= MOST && !self.urls.contains_key(name) {
            self.urls.retain(|name, _| !names::is_inbox(name));
        }
        if self.urls.len() >= MOST {
            self.urls.clear();
        }
        let since = Instant::now();
        self.urls.insert(name.to_owned(), (url.clone(), since));
        url
    }

    pub(super) fn forget(&mut self, name: &str) {
        self.urls.remove(name);
    }

    /// Whether it was heard of a moment ago.
    pub(super) fn is_new(&self, url: &str) -> bool {
        let name = url.rsplit('/').next().unwrap_or(url);
        let found = self.urls.get(name);
        found.is_some_and(|(_, since)| since.elapsed() < NEW)
    }

    pub(super) fn learn_account(&mut self, arn: &str) {
        if let Some((account, _)) = arn.rsplit_once(':') {
            self.account = Some(format!("{account}:").into());
        }
    }

    pub(super) fn account(&self) -> Option<&Str> {
        self.account.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_remembered_than_there_is_room_for() {
        let mut known = Known::default();
        known.learn("orders", "there");
        for at in 0..3 * MOST {
            known.learn(&format!("{}{at}", names::INBOX), "there");
        }
        assert!(known.urls.len() <= MOST);
        assert!(known.url("orders").is_some(), "it is no reply's");
        for at in 0..3 * MOST {
            known.learn(&format!("orders-{at}"), "there");
        }
        assert!(known.urls.len() <= MOST);
    }
}
