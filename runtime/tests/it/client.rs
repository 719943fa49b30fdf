//! Sending, asking, gathering.
use crate::{PATIENCE, Stamped, Text, listen, memory, next, publish, text};
use std::time::Duration;
use tidings::{
    Channel, Client, ErrorKind, Layer, Layers, Message, Publish, Received, Request, RequestError,
    Router, SendError, serve,
};

#[tokio::test]
async fn an_invalid_message_is_not_sent() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let client = Client::new(transport.clone());
    let error = client.send(&channel, &text("")).await.unwrap_err();
    assert!(
        matches!(&error, SendError::Invalid(invalid) if invalid.violations()[0].pointer == "/payload")
    );
    assert!(!error.is_retryable());
    client.send(&channel, &text("ok")).await.unwrap();
    assert_eq!(
        next(&mut *listen(&*transport, &channel).await).await.body,
        "ok"
    );
}

/// Marks what goes out.
struct Marking;

impl Layer for Marking {
    fn outgoing(&self, _: &Channel, message: &mut Message) -> Result<(), SendError> {
        message.set_header("mark", "x");
        Ok(())
    }
}

#[tokio::test]
async fn what_is_published_has_what_its_sender_says_and_what_layers_add() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let marking = Layers::new().with(Marking);
    for layers in [Layers::new(), marking] {
        let is_marked = format!("{layers:?}") == "Layers(1)";
        let client = Client::with_layers(transport.clone(), layers);
        let publish = Publish::new(&client, channel.clone(), text("a"), None);
        publish.key("k").header("more", "m").await.unwrap();
        let came = next(&mut *listen(&*transport, &channel).await).await;
        assert_eq!(came.key.as_deref(), Some(&b"k"[..]));
        assert_eq!(came.header("more").map(|text| &text[..]), Some(&b"m"[..]));
        assert_eq!(came.header("mark").is_some(), is_marked);
    }
}

#[tokio::test]
async fn correlation_and_reply_address_go_where_the_document_wants_them() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let mut router = Router::new();
    router.on_request(channel.clone(), async |request: Received<Stamped>| {
        assert!(request.metadata.reply_to.is_some() && request.metadata.correlation_id.is_some());
        Ok(Stamped)
    });
    let service = serve(transport.clone(), router).await.unwrap();
    let client = Client::new(transport);
    let request = Request::new(&client, channel, Stamped, None);
    let reply: Stamped = request.timeout(PATIENCE).await.unwrap();
    assert_eq!(reply, Stamped);
    service.stop(PATIENCE).await.unwrap();
}

#[tokio::test]
async fn a_reply_that_the_document_does_not_know_is_unexpected() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let mut router = Router::new();
    router.on_request(channel.clone(), async |_: Received<Text>| Ok(Stamped));
    let _service = serve(transport.clone(), router).await.unwrap();
    // Answers without the stamp, as a stranger would.
    let stranger = tokio::spawn({
        let (transport, channel) = (transport.clone(), Channel::point_to_point("b"));
        async move {
            let request = next(&mut *listen(&*transport, &channel).await).await;
            let mut reply = Message::named("Other", "text/plain", "?");
            reply.correlation_id = request.correlation_id;
            publish(
                &*transport,
                &Channel::point_to_point(request.reply_to.unwrap()),
                reply,
            )
            .await;
        }
    });
    let client = Client::new(transport);
    let reply = client
        .request::<_, Text>(&Channel::point_to_point("b"), &text("x"), PATIENCE)
        .await;
    assert!(matches!(reply, Err(RequestError::UnexpectedReply(name)) if name == "Other"));
    stranger.await.unwrap();
}

#[tokio::test]
async fn an_invalid_reply_is_told_as_such() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let mut router = Router::new();
    router.on_request(channel.clone(), async |_: Received<Text>| {
        Ok(Message::named("Text", "text/plain", ""))
    });
    let _service = serve(transport.clone(), router).await.unwrap();
    let reply = Client::new(transport)
        .request::<_, Text>(&channel, &text("x"), PATIENCE)
        .await;
    assert!(matches!(reply, Err(RequestError::Invalid(_))));
}

#[tokio::test]
async fn requests_fail_at_once_when_the_transport_is_closed() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let client = Client::new(transport.clone());
    let waiting = tokio::spawn({
        let (client, channel) = (client.clone(), channel.clone());
        async move {
            client
                .request::<_, Text>(&channel, &text("x"), PATIENCE)
                .await
        }
    });
    next(&mut *listen(&*transport, &channel).await).await;
    transport.close(Duration::ZERO).await.unwrap();
    assert!(matches!(waiting.await.unwrap(), Err(RequestError::Closed)));
    let later = client
        .request::<_, Text>(&channel, &text("x"), PATIENCE)
        .await;
    assert!(
        matches!(later, Err(RequestError::Send(SendError::Transport(error))) if error.kind() == ErrorKind::Closed)
    );
}

#[tokio::test]
async fn two_requests_must_not_wait_under_one_correlation_id() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let client = Client::new(transport);
    let mut message = Message::named("Text", "text/plain", "x");
    message.correlation_id = Some("mine".into());
    let limit = Duration::from_millis(300);
    let (first, second) = tokio::join!(
        client.request::<_, Text>(&channel, &message, limit),
        client.request::<_, Text>(&channel, &message, limit),
    );
    assert!(matches!(first, Err(RequestError::Timeout(_))));
    assert!(
        matches!(second, Err(RequestError::Send(SendError::Transport(error))) if error.kind() == ErrorKind::Invalid)
    );
}

#[tokio::test]
async fn gathering_nothing_ends_at_once() {
    let client = Client::new(memory());
    let channel = Channel::publish_subscribe("a");
    let mut responses = client
        .gather::<_, Text>(&channel, &text("x"), 0, PATIENCE)
        .await
        .unwrap();
    assert!(responses.next().await.is_none());
    let mut responses = client
        .gather::<_, Text>(&channel, &text("x"), 5, Duration::from_millis(50))
        .await
        .unwrap();
    assert!(responses.next().await.is_none());
    assert!(responses.next().await.is_none());
}
