//! What a subscriber, the task that receives for it, and who holds its deliveries share.
use super::{letters::Letters, out::Out, shelf::Shelf};
use crate::{
    BoxFuture, Channel, ChannelKind, Error, Handling, Layers, Result, Str,
    dead_letter::Cause,
    transport::{DynSettler, Incoming, Token, Verdict},
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};
use tokio::{runtime::Handle, sync::Notify};

pub(super) struct Source {
    pub(super) channel: Channel,
    pub(super) group: Option<Str>,
    pub(super) layers: Layers,
    pub(super) letters: Letters,
    pub(super) settler: Arc<dyn DynSettler>,
    pub(super) shelf: Mutex<Shelf>,
    /// Tells the task that it has something to look at.
    pub(super) changed: Notify,
    /// What that runs on: deliveries may be held anywhere.
    pub(super) runtime: Handle,
}

/// What the transport is to be told, with what lasts until it was. Dropped before that, it is told by itself.
pub(super) struct Telling {
    source: Arc<Source>,
    verdict: [(Token, Verdict); 1],
    /// None once it was told.
    out: Option<Out>,
}

impl Source {
    pub(super) fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn poll_take(&self, task: &mut Context<'_>) -> Poll<Option<Result<Out>>> {
        let mut shelf = self.shelf();
        let taken = shelf.poll_take(task);
        self.wake_if_room(&shelf);
        taken
    }

    /// Takes in what became of a delivery that was taken.
    pub(super) fn settle(self: &Arc<Self>, out: Out, verdict: Verdict) -> Option<Telling> {
        let mut shelf = self.shelf();
        let is_again = matches!(verdict, Verdict::Retry { .. });
        let told = shelf.settle(out, verdict);
        match is_again {
            // It may be due sooner than all others.
            true => self.changed.notify_one(),
            false => self.wake_if_room(&shelf),
        }
        let (token, verdict, out) = told?;
        Some(Telling {
            source: self.clone(),
            verdict: [(token, verdict)],
            out: Some(out),
        })
    }

    /// Where there is no runtime any more, the transport delivers again by itself.
    pub(super) fn beside(&self, task: BoxFuture<'static, ()>) {
        self.runtime.spawn(task);
    }

    fn wake_if_room(&self, shelf: &Shelf) {
        if shelf.may_ask() {
            self.changed.notify_one();
        }
    }

    /// Nobody takes any more.
    pub(super) fn close(&self) {
        self.shelf().close();
        self.changed.notify_one();
    }

    pub(super) fn handling(&self, incoming: &Incoming) -> Handling {
        Handling {
            channel: self.channel.clone(),
            address: self.address(incoming).clone(),
            message: incoming.message.clone(),
            attempt: incoming.attempt,
            consumer: self.channel.address.clone(),
            idempotent: false,
        }
    }

    /// Why a message is given up.
    pub(super) fn cause(&self, incoming: &Incoming, reason: &'static str, error: &str) -> Cause {
        let kind = self.channel.kind;
        let is_of_each = kind == ChannelKind::PublishSubscribe;
        Cause {
            reason: reason.into(),
            error: error.to_owned(),
            address: self.address(incoming).clone(),
            kind,
            group: self.group.clone().filter(|_| is_of_each),
            attempts: incoming.attempt,
        }
    }

    /// Where a message came by.
    pub(super) fn address<'a>(&'a self, incoming: &'a Incoming) -> &'a Str {
        incoming.address.as_ref().unwrap_or(&self.channel.address)
    }
}

impl Telling {
    pub(super) async fn tell(mut self) -> Result<()> {
        let failed = self.source.settler.settle(&self.verdict).await;
        self.out = None;
        let failed = failed.into_iter().next();
        failed.map_or(Ok(()), |(_, error)| Err(error))
    }

    /// The same, and lets nobody wait for that.
    pub(super) fn tell_beside(mut self) {
        if let Some(failed) = self.source.settler.settle_now(&self.verdict) {
            failed.first().into_iter().for_each(|(_, error)| log(error));
            self.out = None;
        }
    }
}

/// Whoever told it may have stopped waiting for that. Told again, it does nothing.
impl Drop for Telling {
    fn drop(&mut self) {
        let Some(out) = self.out.take() else {
            return;
        };
        let (settler, verdict) = (self.source.settler.clone(), self.verdict.clone());
        self.source.beside(Box::pin(async move {
            let failed = settler.settle(&verdict).await;
            failed.first().into_iter().for_each(|(_, error)| log(error));
            drop(out);
        }));
    }
}

pub(super) fn log(error: &Error) {
    tracing::debug!(%error, "not settled, the message comes again");
}
