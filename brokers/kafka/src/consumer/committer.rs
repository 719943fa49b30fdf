//! The thread that commits for a subscription of a group. The library tells the end of a commit only to who waits for it, which the
//! thread that keeps the subscription alive must not.
use super::{
    begin::{self, Offsets},
    commits::Commits,
    shared::Shared,
    watcher::Watcher,
};
use crate::fault;
use rdkafka::{
    consumer::{BaseConsumer, CommitMode, Consumer},
    error::KafkaError,
    types::RDKafkaErrorCode,
};
use std::{
    io,
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tidings::{ErrorKind, Str};

/// How long after it began one commit the thread begins another, unless somebody waits for it: what is settled meanwhile goes
/// together, and the cluster is asked less often.
const PACE: Duration = Duration::from_millis(5);

/// How long a commit waits for a change in the group to be over.
const PAUSE: Duration = Duration::from_millis(20);
/// How long the thread sleeps at most while nobody wakes it.
const NAP: Duration = Duration::from_millis(500);

/// Begins the thread, which ends soon after the subscription.
pub(crate) fn spawn(
    consumer: Arc<BaseConsumer<Watcher>>,
    shared: Arc<Shared>,
    topic: Str,
) -> io::Result<JoinHandle<()>> {
    let thread = thread::Builder::new().name("tidings-kafka".to_owned());
    thread.spawn(move || {
        shared.commits_here();
        let mut next = Instant::now();
        loop {
            let left = next.saturating_duration_since(Instant::now());
            if !left.is_zero() && !shared.is_hurried() {
                thread::park_timeout(left);
                continue;
            }
            // What was settled before the subscription ended counts.
            match shared.begin_commit() {
                Some((commits, offsets)) => {
                    next = Instant::now() + PACE;
                    commit(&consumer, &shared, &topic, commits, &offsets);
                }
                None if shared.is_over() => return,
                None => thread::park_timeout(NAP),
            }
        }
    })
}

fn commit(
    consumer: &BaseConsumer<Watcher>,
    shared: &Shared,
    topic: &str,
    commits: Commits,
    offsets: &Offsets,
) {
    if offsets.is_empty() {
        return shared.end_commit(commits, &Ok(()));
    }
    let outcome = begin::list(topic, offsets).map(|list| consumer.commit(&list, CommitMode::Sync));
    match outcome {
        Ok(Err(error)) if may_come(&error) && !shared.is_over() => {
            thread::sleep(PAUSE);
            shared.commit_again(commits);
        }
        Ok(Ok(())) => shared.end_commit(commits, &Ok(())),
        Ok(Err(error)) => shared.end_commit(commits, &Err(fault::error("settle", &error))),
        Err(error) => shared.end_commit(commits, &Err(error)),
    }
}

/// Whether the same may be committed yet: the group has changed meanwhile, and what is still held can be committed as its member now, the
/// rest is gone; or the group is not to be reached for now, as while its broker begins. Nobody would commit the last of a partition again.
fn may_come(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    let has_changed = matches!(
        error.rdkafka_error_code(),
        Some(
            Code::RebalanceInProgress
                | Code::IllegalGeneration
                | Code::UnknownMemberId
                | Code::StaleMemberEpoch
                | Code::FencedMemberEpoch
        )
    );
    let kind = fault::error("settle", error).kind();
    has_changed
        || matches!(
            kind,
            ErrorKind::Busy | ErrorKind::ConnectionLost | ErrorKind::Timeout
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_group_may_take_yet_is_committed_again_and_nothing_else() {
        use RDKafkaErrorCode as Code;
        let may_come = |code| may_come(&KafkaError::ConsumerCommit(code));
        for code in [
            Code::RebalanceInProgress,
            Code::UnknownMemberId,
            Code::CoordinatorLoadInProgress,
            Code::NotCoordinator,
            Code::BrokerTransportFailure,
            Code::RequestTimedOut,
        ] {
            assert!(may_come(code), "{code}");
        }
        for code in [Code::GroupAuthorizationFailed, Code::OffsetMetadataTooLarge] {
            assert!(!may_come(code), "{code}");
        }
    }
}
