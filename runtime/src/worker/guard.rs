//! What others wrote is called here: a panic of theirs is a failure of the message, and ends no channel.
use crate::{BoxFuture, HandlerError, unseen};
use std::{
    any::Any,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    task::Poll,
};

/// Does something that may panic, which is a failure then. What has panicked must never be looked at again.
#[inline]
pub(super) fn guarded<T>(address: &str, does: impl FnOnce() -> T) -> Result<T, HandlerError> {
    catch_unwind(AssertUnwindSafe(does)).map_err(|panic| panicked(address, &*panic))
}

#[cold]
fn panicked(address: &str, panic: &(dyn Any + Send)) -> HandlerError {
    let panic = text(panic);
    unseen::tell();
    tracing::error!(address, %panic, "handler or layer panicked");
    HandlerError::retry(format!("the handler or a layer panicked: {panic}"))
}

/// The same of something that is waited for.
pub(super) async fn guarded_wait<T>(
    address: &str,
    mut does: BoxFuture<'_, T>,
) -> Result<T, HandlerError> {
    poll_fn(|task| match guarded(address, || does.as_mut().poll(task)) {
        Ok(polled) => polled.map(Ok),
        Err(panicked) => Poll::Ready(Err(panicked)),
    })
    .await
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no text").to_owned()
}
