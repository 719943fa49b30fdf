//! A handler at work, whatever its type: in a place that is used again, so that no message costs one.
use crate::{
    Context, Handled, HandlerError, Message, Outgoing, Received, Result, Str, TypedMessage,
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

/// One run of a handler after the other.
pub(crate) trait Run: Send {
    /// Begins one, in place of what was there, and goes on with it.
    fn begin(
        &mut self,
        job: &Job<'_>,
        task: &mut TaskContext<'_>,
    ) -> Poll<Result<Handled, HandlerError>>;

    /// Goes on with it; a run that has ended has failed.
    fn poll(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<Handled, HandlerError>>;

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
type End<R> = dyn Fn(&Request<'_>, R) -> Result<Option<Box<Outgoing>>, HandlerError> + Send + Sync;

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
    message: PhantomData<fn(M)>,
}

impl<M, R, F, Fut> Run for Call<M, R, F, Fut>
where
    M: TypedMessage,
    R: Send,
    F: Fn(Received<M>) -> Fut + Send + Sync,
    Fut: Future<Output = Result<R, HandlerError>> + Send,
{
    fn begin(
        &mut self,
        job: &Job<'_>,
        task: &mut TaskContext<'_>,
    ) -> Poll<Result<Handled, HandlerError>> {
        let context = self.context.clone();
        let received = Received::decode_with(job.address, job.message, job.attempt, context);
        let received = match received {
            Ok(received) => received,
            Err(invalid) => return Poll::Ready(Err(invalid.into())),
        };
        if self.end.is_some() {
            self.request = Some((job.address.clone(), job.message.clone()));
        }
        self.future.set(Some((self.handler)(received)));
        self.waits = false;
        self.poll(task)
    }

    #[inline]
    fn poll(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<Handled, HandlerError>> {
        let ended = || HandlerError::retry("its handler has ended before");
        let Some(future) = self.future.as_mut().as_pin_mut() else {
            return Poll::Ready(Err(ended()));
        };
        let Poll::Ready(outcome) = future.poll(task) else {
            if !std::mem::replace(&mut self.waits, true) {
                self.context.begin_time();
            }
            return Poll::Pending;
        };
        self.future.set(None);
        let (sent, request) = (self.context.end(), self.request.take());
        let outcome = outcome?;
        let mut reply = None;
        if let Some((end, (address, message))) = self.end.as_ref().zip(request) {
            let request = Request {
                address: &address,
                message: &message,
            };
            reply = end(&request, outcome)?;
        }
        Poll::Ready(Ok(Handled { sent, reply }))
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

/// It may have panicked, or been cut off.
impl<M, R, F, Fut> Drop for Call<M, R, F, Fut> {
    fn drop(&mut self) {
        self.context.end();
    }
}
