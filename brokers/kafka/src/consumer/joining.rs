//! What a subscription is begun with, and when it has.
use super::shared::Shared;
use crate::{GroupProtocol, client::Cluster, topic::Topic};
use std::{sync::Arc, time::Duration};
use tidings::{Error, ErrorKind, Result, Str, SubscribeSpec};
use tokio::{sync::oneshot, time::Instant};

/// How long a new member that got no partition waits for others to give some back.
const SHARING: Duration = Duration::from_secs(1);

/// Who receives.
#[derive(Clone)]
pub(crate) enum Member {
    /// One of a group, which has its place at the cluster.
    Of(Str),
    /// Alone, by all partitions.
    Alone,
}

/// What a subscription's thread is begun with.
pub(crate) struct Beginning {
    pub(crate) cluster: Cluster,
    pub(crate) spec: SubscribeSpec,
    pub(crate) topic: Str,
    pub(crate) member: Member,
    pub(crate) shared: Arc<Shared>,
    /// The topic, where it is of this subscription: it comes and goes with it.
    pub(crate) inbox: Option<Topic>,
    /// Told once messages that are published from then on are received.
    pub(crate) begun: oneshot::Sender<Result<()>>,
}

/// Whether a subscription has begun: whatever is published from now on comes to the group, and others had a moment to share.
pub(super) struct Joining {
    until: Instant,
    is_grouped: bool,
    /// Nothing is missed, whenever the group answers.
    is_placed: bool,
}

impl Joining {
    /// At that time at the latest.
    pub(super) fn new(beginning: &Beginning, is_placed: bool, until: Instant) -> Self {
        let settings = &beginning.cluster.settings;
        // By this protocol who gets nothing is told nothing.
        let is_silent = settings.protocol == GroupProtocol::Consumer;
        let until = if is_placed && is_silent {
            Instant::now() + SHARING
        } else {
            until
        };
        Self {
            until,
            is_grouped: matches!(beginning.member, Member::Of(_)),
            is_placed,
        }
    }

    /// The group has answered; others may have to give partitions back first.
    pub(super) fn joined(&mut self) {
        self.is_placed = true;
        self.until = self.until.min(Instant::now() + SHARING);
    }

    pub(super) fn outcome(&self, shared: &Shared) -> Option<Result<()>> {
        if !self.is_grouped || !shared.lock().parts.is_empty() {
            return Some(Ok(()));
        }
        let late = || {
            Error::new(
                ErrorKind::Timeout,
                "subscribe",
                "the group did not answer in time",
            )
        };
        let is_over = Instant::now() >= self.until;
        is_over.then(|| if self.is_placed { Ok(()) } else { Err(late()) })
    }
}
