//! What handlers send by their context, and what becomes of it.
use crate::{Text, dead_letters, memory, text, wrap::Wrap};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Channel, Client, DynTransport, Error, ErrorKind, Received, RequestError, Router, serve,
};

const SECOND: Duration = Duration::from_secs(1);

fn texts() -> Channel {
    Channel::point_to_point("texts")
}

/// A transport where publishing to `large` never works, and to `busy` not the first time.
fn picky() -> Wrap {
    let mut wrap = Wrap::new();
    let first = AtomicUsize::new(0);
    wrap.on_publish = Box::new(move |channel| match &*channel.address {
        "large" => Some(Error::new(ErrorKind::TooLarge, "publish", "too large")),
        "busy" if first.fetch_add(1, SeqCst) == 0 => {
            Some(Error::new(ErrorKind::Busy, "publish", "busy"))
        }
        _ => None,
    });
    wrap
}

#[tokio::test(start_paused = true)]
async fn what_can_never_be_sent_is_not_forgotten_because_something_else_is_sent_again() {
    let transport: Arc<dyn DynTransport> = Arc::new(picky());
    let mut router = Router::new();
    router.on(texts(), async |text: Received<Text>| {
        for address in ["large", "busy"] {
            let channel = Channel::point_to_point(address);
            text.context.send(&channel, &text.message)?;
        }
        Ok(())
    });
    let _service = serve(transport.clone(), router).await.unwrap();
    let client = Client::new(transport.clone());
    client.send(&texts(), &text("a")).await.unwrap();
    tokio::time::sleep(60 * SECOND).await;
    assert_eq!(dead_letters(&*transport, &texts()).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_asked_is_told_when_what_the_handler_sent_cannot_be_sent() {
    let transport: Arc<dyn DynTransport> = Arc::new(picky());
    let mut router = Router::new();
    router.on_request(texts(), async |text: Received<Text>| {
        let channel = Channel::point_to_point("large");
        text.context.send(&channel, &text.message)?;
        Ok(text.message)
    });
    let _service = serve(transport.clone(), router).await.unwrap();
    let client = Client::new(transport.clone());
    let reply: Result<Text, _> = client.request(&texts(), &text("a"), 5 * SECOND).await;
    assert!(matches!(reply, Err(RequestError::Refused(_))), "{reply:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_after_the_handler_has_returned_is_an_error() {
    let transport = memory();
    let errors = Arc::new(AtomicUsize::new(0));
    let counted = errors.clone();
    let mut router = Router::new();
    router.on(texts(), move |text: Received<Text>| {
        let counted = counted.clone();
        async move {
            tokio::spawn(async move {
                tokio::time::sleep(SECOND).await;
                let copies = Channel::point_to_point("copies");
                let sent = text.context.send(&copies, &text.message);
                counted.fetch_add(usize::from(sent.is_err()), SeqCst);
            });
            Ok(())
        }
    });
    let _service = serve(transport.clone(), router).await.unwrap();
    let client = Client::new(transport.clone());
    client.send(&texts(), &text("a")).await.unwrap();
    tokio::time::sleep(5 * SECOND).await;
    assert_eq!(errors.load(SeqCst), 1);
}
