//! What a subscription's task is told to settle, and telling it to the broker.
use crate::{
    error::{error, lost},
    held::Held,
};
use fe2o3_amqp::{
    Receiver,
    link::{DispositionError, delivery::DeliveryInfo},
    types::{
        definitions::{AmqpError, Error as Said},
        messaging::Modified,
    },
};
use tidings::{Error, Str, Token};
use tokio::sync::oneshot;

/// What is to be done with deliveries that were taken.
#[derive(Default)]
pub(crate) struct Verdicts {
    pub(crate) done: Vec<(Token, DeliveryInfo)>,
    pub(crate) again: Vec<DeliveryInfo>,
    pub(crate) untried: Vec<DeliveryInfo>,
    pub(crate) rejected: Vec<(Token, DeliveryInfo, Str)>,
}

impl Verdicts {
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.done.len() + self.again.len() + self.untried.len() + self.rejected.len()
    }

    /// Those that are not settled where the link was lost: what is to come again does so anyway.
    fn fail(&self, error: &Error) -> Vec<(Token, Error)> {
        let done = self.done.iter().map(|(token, _)| *token);
        let rejected = self.rejected.iter().map(|(token, ..)| *token);
        done.chain(rejected)
            .map(|token| (token, error.clone()))
            .collect()
    }
}

/// What a task is told.
pub(crate) enum Command {
    Settle(Verdicts, oneshot::Sender<Vec<(Token, Error)>>),
    /// The time of one that was put off has come.
    Again(Token),
}

impl Command {
    /// Nothing can be settled any more.
    pub(crate) fn fails(self) {
        if let Self::Settle(verdicts, answer) = self {
            let error = lost("settle", "the connection was lost");
            drop(answer.send(verdicts.fail(&error)));
        }
    }
}

/// An attempt that failed.
pub(crate) fn failed() -> Modified {
    Modified {
        delivery_failed: Some(true),
        undeliverable_here: None,
        message_annotations: None,
    }
}

/// Tells the broker, which answers none of it: what is lost on the way comes again.
pub(crate) async fn settle(receiver: &Receiver, held: &Held, command: Command) {
    match command {
        Command::Settle(mut verdicts, answer) => {
            let told = tell(receiver, &mut verdicts).await;
            let failures = told.map_err(|failure| verdicts.fail(&error("settle", &failure)));
            // Whoever asked may have gone.
            drop(answer.send(failures.err().unwrap_or_default()));
        }
        Command::Again(token) => {
            if let Some(info) = held.take_put_off(token) {
                // Where it is lost it comes again anyway.
                drop(receiver.modify(info, failed()).await);
            }
        }
    }
}

async fn tell(receiver: &Receiver, verdicts: &mut Verdicts) -> Result<(), DispositionError> {
    if !verdicts.again.is_empty() {
        receiver
            .modify_all(std::mem::take(&mut verdicts.again), failed())
            .await?;
    }
    if !verdicts.untried.is_empty() {
        receiver
            .release_all(std::mem::take(&mut verdicts.untried))
            .await?;
    }
    for (_, info, reason) in &verdicts.rejected {
        let said = Said::new(AmqpError::PreconditionFailed, reason.to_string(), None);
        receiver.reject(info.clone(), said).await?;
    }
    if !verdicts.done.is_empty() {
        receiver
            .accept_all(verdicts.done.iter().map(|(_, info)| info.clone()))
            .await?;
    }
    Ok(())
}
