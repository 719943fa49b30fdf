//! A subscription to all members, as it is at one of them.
use super::member::Member;
use crate::client::{Begun, RemoteSubscription};
use std::{sync::Arc, time::Duration};
use tidings::{Error, ErrorKind, Result, Str, SubscribeSpec};
use tokio::time::timeout;

/// How long an instance may take to confirm a subscription.
const JOIN: Duration = Duration::from_secs(5);

/// What is subscribed to at each member.
pub(super) enum Joining {
    Subscription(SubscribeSpec),
    Inbox(Str),
}

/// A subscription at one member.
pub(super) struct Joined {
    pub(super) member: Arc<Member>,
    pub(super) subscription: RemoteSubscription,
}

impl Joining {
    /// None where the member is gone meanwhile.
    pub(super) async fn join(&self, member: &Arc<Member>) -> Result<Option<Joined>> {
        let begun = match self {
            Self::Subscription(spec) => member.client.begin(spec),
            Self::Inbox(address) => member.client.begin_inbox(address),
        };
        let (subscription, confirmed): Begun = match begun {
            Err(error) if error.kind() == ErrorKind::Closed => return Ok(None),
            begun => begun?,
        };
        let outcome = tokio::select! {
            outcome = timeout(JOIN, confirmed) => outcome,
            () = member.is_gone() => return Ok(None),
        };
        match outcome {
            Ok(Ok(outcome)) => outcome?,
            Ok(Err(_)) => return Ok(None),
            Err(_) => {
                let reason = format!("not confirmed within {JOIN:?}");
                let error = Error::new(ErrorKind::Timeout, "subscribe", reason);
                return Err(error.with("address", member.client.address()));
            }
        }
        let member = member.clone();
        Ok(Some(Joined {
            member,
            subscription,
        }))
    }
}
