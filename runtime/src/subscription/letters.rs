//! Where those end that a subscriber rejects or cannot read: where those of a service do that is told nothing else.
use crate::{
    Channel, DynTransport, Layers, Result,
    dead_letter::{self, Cause, dead_letter},
    policy::DeadLetters,
    transport::{Capabilities, Incoming, Verdict},
};
use std::sync::Arc;

/// Where dead letters are kept.
pub(super) enum Letters {
    /// Beside the channel.
    Beside(Arc<dyn DynTransport>),
    /// At the transport, as far as that keeps any.
    Transport,
}

impl Letters {
    pub(super) fn of(transport: &Arc<dyn DynTransport>, channel: &Channel) -> Self {
        let Capabilities {
            native_dead_letter,
            point_to_point,
            ..
        } = transport.capabilities(channel);
        match native_dead_letter || !point_to_point {
            true => Self::Transport,
            false => Self::Beside(transport.clone()),
        }
    }

    /// What the transport is told of what was rejected, once it is kept.
    pub(super) fn verdict(&self, error: String) -> Verdict {
        match self {
            Self::Beside(_) => Verdict::Ack,
            Self::Transport => Verdict::reject(error),
        }
    }

    /// Has it kept, and waits for that, where nobody else does it.
    pub(super) async fn keep(
        &self,
        layers: &Layers,
        incoming: &Incoming,
        cause: &Cause,
    ) -> Result<()> {
        let Self::Beside(transport) = self else {
            return Ok(());
        };
        let kept = dead_letter(&incoming.message, cause, &DeadLetters::Beside);
        let Some(mut letter) = kept else {
            return Ok(());
        };
        let outcome = dead_letter::publish(&**transport, &mut letter).await;
        layers.published(&letter.channel, &letter.message, &outcome);
        outcome
    }
}
