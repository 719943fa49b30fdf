//! How a relay is, for whoever starts, stops and replaces processes.
use std::sync::{Mutex, PoisonError};
use tidings::transport;
use tidings_outbox::RelayState;
use tokio::sync::watch::Receiver;

/// How a relay is.
#[derive(Default)]
pub(crate) struct Health(Mutex<Stage>);

#[derive(Default)]
enum Stage {
    #[default]
    Starting,
    Running {
        relay: Receiver<RelayState>,
        broker: Receiver<transport::State>,
    },
    Stopping,
}

impl Health {
    /// From now on it is as those say.
    pub(crate) fn runs(&self, relay: Receiver<RelayState>, broker: Receiver<transport::State>) {
        self.set(Stage::Running { relay, broker });
    }

    /// It begins nothing any more.
    pub(crate) fn stops(&self) {
        self.set(Stage::Stopping);
    }

    fn set(&self, stage: Stage) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }

    /// Whether it publishes, or would if another did not: what it does, or why not.
    pub(crate) fn ready(&self) -> Result<String, String> {
        let stage = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*stage {
            Stage::Starting => Err("starting: database or broker are not reached yet".to_owned()),
            Stage::Stopping => Err("stopping".to_owned()),
            Stage::Running { relay, broker } => {
                broker_is_there(&broker.borrow())?;
                match &*relay.borrow() {
                    RelayState::Leading => Ok("leads".to_owned()),
                    RelayState::Away(error) => Err(format!("the outbox cannot be read: {error}")),
                    RelayState::Ended(error) => Err(format!("the relay has ended: {error}")),
                    _ => Ok("waits: another relay leads".to_owned()),
                }
            }
        }
    }
}

fn broker_is_there(state: &transport::State) -> Result<(), String> {
    match state {
        transport::State::Connected => Ok(()),
        transport::State::Reconnecting { reason, .. } => {
            Err(format!("the broker is away: {reason}"))
        }
        _ => Err("the broker is closed".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings::{Error, ErrorKind};
    use tokio::sync::watch;

    #[test]
    fn it_is_ready_while_both_ends_are_there_whoever_leads() {
        let health = Health::default();
        assert!(health.ready().is_err_and(|why| why.starts_with("starting")));
        let (relay, relays) = watch::channel(RelayState::Waiting);
        let (broker, brokers) = watch::channel(transport::State::Connected);
        health.runs(relays, brokers);
        assert_eq!(health.ready().as_deref(), Ok("waits: another relay leads"));
        relay.send_replace(RelayState::Leading);
        assert_eq!(health.ready().as_deref(), Ok("leads"));
        broker.send_replace(transport::State::Reconnecting {
            since: tokio::time::Instant::now(),
            reason: "refused".into(),
        });
        assert_eq!(
            health.ready(),
            Err("the broker is away: refused".to_owned())
        );
        broker.send_replace(transport::State::Connected);
        let error = Error::new(ErrorKind::ConnectionLost, "read", "gone");
        relay.send_replace(RelayState::Away(error));
        assert!(
            health
                .ready()
                .is_err_and(|why| why.ends_with("connection lost: gone"))
        );
        health.stops();
        assert_eq!(health.ready(), Err("stopping".to_owned()));
    }
}
