//! What layers give handlers.
use crate::{Text, memory, text};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tidings::{
    BoxFuture, Channel, Client, Context, Handled, HandlerError, Layer, Layers, Next, Received,
    Router, serve,
};

const SECOND: Duration = Duration::from_secs(1);

fn texts() -> Channel {
    Channel::point_to_point("texts")
}

/// Gives a value with each message but those that say not to, and notes whether it was taken.
struct Gives {
    value: Arc<String>,
    taken: Arc<Mutex<Vec<bool>>>,
}

impl Layer for Gives {
    fn handle<'a>(&'a self, next: Next<'a>) -> BoxFuture<'a, Result<Handled, HandlerError>> {
        Box::pin(async move {
            let given = next.given();
            if next.handling().message.body != "none" {
                given.put(self.value.clone());
                given.put(Arc::new(7_u32));
            }
            let outcome = next.run().await;
            self.taken.lock().unwrap().push(given.is_taken());
            outcome
        })
    }
}

/// Gives another value of the same type, or answers in place of the handler.
struct Behind;

impl Layer for Behind {
    fn handle<'a>(&'a self, next: Next<'a>) -> BoxFuture<'a, Result<Handled, HandlerError>> {
        match &*next.handling().message.body {
            b"instead" => return Box::pin(async { Ok(Handled::default()) }),
            b"other" => next.given().put(Arc::new("other".to_owned())),
            _ => {}
        }
        next.run()
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_has_what_layers_give_it_while_it_runs() {
    let transport = memory();
    let (value, taken) = (Arc::new("one".to_owned()), Arc::default());
    let layers = Layers::new()
        .with(Gives {
            value: value.clone(),
            taken: Arc::clone(&taken),
        })
        .with(Behind);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let mut router = Router::new();
    router.layers(layers).concurrency(1);
    router.on(texts(), move |text: Received<Text>| {
        let log = log.clone();
        async move {
            tokio::time::sleep(SECOND).await;
            let given = text.context.given::<String>();
            let given = given.map(|given| String::clone(&given));
            let both = (given, text.context.given::<u32>().as_deref().copied());
            log.lock().unwrap().push(both);
            assert!(text.context.given::<u64>().is_none());
            Ok(())
        }
    });
    let service = serve(transport.clone(), router).await.unwrap();
    let client = Client::new(transport.clone());
    for body in ["one", "none", "instead", "other", "none"] {
        client.send(&texts(), &text(body)).await.unwrap();
        tokio::time::sleep(2 * SECOND).await;
    }
    let given = |text: &str| (Some(text.to_owned()), Some(7));
    let expected = [given("one"), (None, None), given("other"), (None, None)];
    assert_eq!(*seen.lock().unwrap(), expected);
    assert_eq!(*taken.lock().unwrap(), [true, true, false, true, true]);
    assert_eq!(Arc::strong_count(&value), 2, "nobody else has it");
    service.stop(SECOND).await.unwrap();
}

#[test]
fn a_context_keeps_what_it_was_given_last() {
    let context = Context::default();
    assert!(context.given::<u32>().is_none());
    context.give(Arc::new(1_u32));
    context.give(Arc::new(2_u32));
    context.give(Arc::new("text"));
    assert_eq!(context.clone().given::<u32>().as_deref(), Some(&2));
    assert_eq!(context.given::<&str>().as_deref(), Some(&"text"));
}

#[tokio::test(start_paused = true)]
async fn a_context_that_outlives_its_handler_keeps_it_and_no_other_message_has_it() {
    let transport = memory();
    let layers = Layers::new().with(Gives {
        value: Arc::new("one".to_owned()),
        taken: Arc::default(),
    });
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keeper = kept.clone();
    let mut router = Router::new();
    router.layers(layers).concurrency(1);
    router.on(texts(), move |text: Received<Text>| {
        keeper.lock().unwrap().push(text.context.clone());
        async { Ok(()) }
    });
    let _service = serve(transport.clone(), router).await.unwrap();
    let client = Client::new(transport.clone());
    for body in ["one", "none"] {
        client.send(&texts(), &text(body)).await.unwrap();
        tokio::time::sleep(SECOND).await;
    }
    let given: Vec<_> = kept
        .lock()
        .unwrap()
        .iter()
        .map(|context| context.given::<String>().is_some())
        .collect();
    assert_eq!(given, [true, false]);
}
