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

/// Why what came by a link that is no more cannot be settled.
const GONE: &str = "the connection was lost";

/// What is to be done with deliveries that were taken.
#[derive(Default)]
pub(crate) struct Verdicts {
    pub(crate) done: Vec<(Token, DeliveryInfo)>,
    pub(crate) again: Vec<(Token, DeliveryInfo)>,
    pub(crate) untried: Vec<(Token, DeliveryInfo)>,
    pub(crate) rejected: Vec<(Token, DeliveryInfo, Str)>,
}

impl Verdicts {
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.done.len() + self.again.len() + self.untried.len() + self.rejected.len()
    }

    /// Takes out those that came by an earlier link, which may have the numbers of others at this one.
    fn earlier(&mut self, held: &Held) -> Self {
        let is_earlier = |token: &Token| !held.is_current(*token);
        Self {
            done: self
                .done
                .extract_if(.., |(token, _)| is_earlier(token))
                .collect(),
            again: self
                .again
                .extract_if(.., |(token, _)| is_earlier(token))
                .collect(),
            untried: self
                .untried
                .extract_if(.., |(token, _)| is_earlier(token))
                .collect(),
            rejected: self
                .rejected
                .extract_if(.., |(token, ..)| is_earlier(token))
                .collect(),
        }
    }

    /// Those that are not settled where they are not told: what is to come again does so anyway.
    pub(crate) fn final_ones(&self) -> Vec<Token> {
        let done = self.done.iter().map(|(token, _)| *token);
        let rejected = self.rejected.iter().map(|(token, ..)| *token);
        done.chain(rejected).collect()
    }

    fn fail(&self, error: &Error) -> Vec<(Token, Error)> {
        let failed = self.final_ones().into_iter();
        failed.map(|token| (token, error.clone())).collect()
    }
}

/// What a task is told to settle, and where it says what of that is not.
pub(crate) struct Command(
    pub(crate) Verdicts,
    pub(crate) oneshot::Sender<Vec<(Token, Error)>>,
);

impl Command {
    /// Nothing can be settled any more.
    pub(crate) fn fails(self) {
        let Self(verdicts, answer) = self;
        drop(answer.send(verdicts.fail(&lost("settle", GONE))));
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
    let Command(mut verdicts, answer) = command;
    let earlier = verdicts.earlier(held);
    let mut failures = earlier.fail(&lost("settle", GONE));
    if let Err(failure) = tell(receiver, &mut verdicts).await {
        failures.extend(verdicts.fail(&error("settle", &failure)));
    }
    // Whoever asked may have gone.
    drop(answer.send(failures));
}

/// Gives back what was put off, once its time has come.
pub(crate) async fn again(receiver: &Receiver, held: &Held) {
    // Where it is lost it comes again anyway.
    drop(receiver.modify_all(held.take_due(), failed()).await);
}

async fn tell(receiver: &Receiver, verdicts: &mut Verdicts) -> Result<(), DispositionError> {
    if !verdicts.again.is_empty() {
        receiver
            .modify_all(infos(&mut verdicts.again), failed())
            .await?;
    }
    if !verdicts.untried.is_empty() {
        receiver.release_all(infos(&mut verdicts.untried)).await?;
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

fn infos(of: &mut Vec<(Token, DeliveryInfo)>) -> impl Iterator<Item = DeliveryInfo> {
    std::mem::take(of).into_iter().map(|(_, info)| info)
}
