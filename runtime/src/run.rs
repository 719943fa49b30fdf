//! A handler at work, whatever its type: in a place that is used again, so that no message costs one.
use crate::{
    Context, Handled, HandlerError, Message, Received, Reply, Result, Str, TypedMessage,
    given::Values,
};
use std::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll},
};

/// What a handler is called with.
pub(crate) struct Job<'a> {
    pub(crate) address: &'a Str,
    pub(crate) message: &'a Arc<Message>,
    /// Counts the attempts that the worker made itself, too.
    pub(crate) attempt: u32,
}

/// How a run has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Well, and nothing is sent, as most do: it costs no more than to say so.
    Done,
    /// With an [outcome](Run::outcome) to be looked at.
    Told,
}

/// One run of a handler after the other.
pub(crate) trait Run: Send {
    /// Begins one, in place of what was there, and goes on with it.
    fn begin(&mut self, job: &Job<'_>, task: &mut TaskContext<'_>) -> Poll<Ended>;

    /// Goes on with it; a run that has ended has failed.
    fn poll(&mut self, task: &mut TaskContext<'_>) -> Poll<Ended>;

    /// What came of one that has told it, once.
    fn outcome(&mut self) -> Result<Handled, HandlerError>;

    /// Gives the next one what layers have for it.
    fn give(&mut self, values: Values);

    /// Drops what is left of one that nobody waits for.
    fn clear(&mut self);
}

/// Makes a place to run a handler in, with the context that it has at first.
pub(crate) type MakeRun = Arc<dyn Fn(Context) -> Box<dyn Run> + Send + Sync>;

/// What is left of a message once its handler has it.
pub(crate) struct Request<'a> {
    pub(crate) address: &'a Str,
    pub(crate) message: &'a Message,
}

/// What makes the reply of what a handler gives, where it makes one.
type End<R> = dyn Fn(&Request<'_>, R) -> Result<Option<Reply>, HandlerError> + Send + Sync;

pub(crate) fn make_run<M, R, F, Fut>(handler: F, end: Option<Arc<End<R>>>) -> MakeRun
where
    M: TypedMessage,
    R: Send + 'static,
    F: Fn(Received<M>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<R, HandlerError>> + Send + 'static,
{
    let handler = Arc::new(handler);
    Arc::new(move |context| {
        Box::new(Call {
            handler: handler.clone(),
            end: end.clone(),
            context,
            request: None,
            future: Box::pin(None),
            waits: false,
            outcome: None,
            message: PhantomData,
        })
    })
}

struct Call<M, R, F, Fut> {
    handler: Arc<F>,
    /// None where there is never a reply.
    end: Option<Arc<End<R>>>,
    context: Context,
    request: Option<(Str, Arc<Message>)>,
    future: Pin<Box<Option<Fut>>>,
    /// Whether it has had to wait.
    waits: bool,
    /// What was told and not looked at.
    outcome: Option<Result<Handled, HandlerError>>,
    message: PhantomData<fn(M)>,
}

impl<M, R, F, Fut> Run for Call<M, R, F, Fut>
where
    M: TypedMessage,
    R: Send,
    F: Fn(Received<M>) -> Fut + Send + Sync,
    Fut: Future<Output = Result<R, HandlerError>> + Send,
{
    fn begin(&mut self, job: &Job<'_>, task: &mut TaskContext<'_>) -> Poll<Ended> {
        let context = self.context.clone();
        let received = Received::decode_with(job.address, job.message, job.attempt, context);
        let received = match received {
            Ok(received) => received,
            Err(invalid) => return self.tell(Err(invalid.into())),
        };
        if self.end.is_some() {
            self.request = Some((job.address.clone(), job.message.clone()));
        }
        self.future.set(Some((self.handler)(received)));
        self.waits = false;
        self.poll(task)
    }

    #[inline]
    fn poll(&mut self, task: &mut TaskContext<'_>) -> Poll<Ended> {
        let Some(future) = self.future.as_mut().as_pin_mut() else {
            return self.tell(Err(ended_before()));
        };
        let Poll::Ready(outcome) = future.poll(task) else {
            if !std::mem::replace(&mut self.waits, true) {
                self.context.begin_time();
            }
            return Poll::Pending;
        };
        self.future.set(None);
        let sent = self.context.end();
        match outcome {
            Ok(_) if self.end.is_none() && sent.is_empty() => Poll::Ready(Ended::Done),
            outcome => {
                let handled = outcome.and_then(|given| {
                    let reply = self.reply(given)?;
                    Ok(Handled { sent, reply })
                });
                self.tell(handled)
            }
        }
    }

    fn outcome(&mut self) -> Result<Handled, HandlerError> {
        self.outcome.take().unwrap_or_else(|| Err(ended_before()))
    }

    fn give(&mut self, values: Values) {
        self.context.give_all(values);
    }

    fn clear(&mut self) {
        self.future.set(None);
        self.context.end();
        self.request = None;
    }
}

impl<M, R, F, Fut> Call<M, R, F, Fut> {
    fn tell(&mut self, outcome: Result<Handled, HandlerError>) -> Poll<Ended> {
        self.request = None;
        self.outcome = Some(outcome);
        Poll::Ready(Ended::Told)
    }

    fn reply(&mut self, given: R) -> Result<Option<Reply>, HandlerError> {
        let Some((end, (address, message))) = self.end.as_ref().zip(self.request.take()) else {
            return Ok(None);
        };
        let request = Request {
            address: &address,
            message: &message,
        };
        end(&request, given)
    }
}

fn ended_before() -> HandlerError {
    HandlerError::retry("its handler has ended before")
}

/// It may have panicked, or been cut off.
impl<M, R, F, Fut> Drop for Call<M, R, F, Fut> {
    fn drop(&mut self) {
        self.context.end();
    }
}
