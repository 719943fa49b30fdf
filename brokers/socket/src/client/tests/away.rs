//! What a connecting end keeps for a listening end that is not there, and what it knows of what it has sent.
use super::*;
use crate::writer::Nowhere;

/// One that had a connection, or has one.
fn shared() -> Shared {
    let shared = Shared::new(Address::Unix("nowhere".into()), settings());
    shared.install(None).unwrap();
    shared
}

fn call(shared: &Shared) -> Waiting<'_> {
    let frame = |request| Frame::Publish {
        request,
        within: Duration::from_secs(1),
        settled: false,
        channel: Channel::point_to_point("a"),
        messages: vec![Message::new("b")],
    };
    let (request, outcome) = shared.call("publish", frame).unwrap();
    Waiting::new(shared, request, outcome)
}

#[tokio::test]
async fn what_is_given_up_while_nobody_listens_takes_no_memory() {
    let shared = shared();
    let waits = call(&shared);
    shared.uninstall();
    shared.forget();
    for _ in 0..1000 {
        assert!(call(&shared).withdraw(), "it was never sent");
        drop(call(&shared));
        let subscribe = |subscription| Frame::Unsubscribe { subscription };
        let opened = shared.open_subscription(9, subscribe).unwrap();
        shared.end_subscription(opened.id);
    }
    assert!(shared.outbox.is_empty());
    let also_waits = call(&shared);
    shared.install(None).unwrap();
    assert_eq!(shared.outbox.count(), 2, "what waits is sent in the next");
    assert!(waits.withdraw() && also_waits.withdraw());
}

#[tokio::test]
async fn what_was_sent_once_may_have_been_done_whatever_session_it_waits_in() {
    let shared = shared();
    shared.outbox.direct(Arc::new(Nowhere));
    let (sent, also_sent) = (call(&shared), call(&shared));
    let patience = Duration::from_secs(1);
    let writing = shared.outbox.write_to(&Nowhere, patience);
    assert!(timeout(patience / 50, writing).await.is_err());
    shared.uninstall();
    let unsent = call(&shared);
    shared.forget();
    assert!(!sent.withdraw());
    shared.install(None).unwrap();
    assert!(!also_sent.withdraw());
    assert!(unsent.withdraw());
}

#[tokio::test]
async fn who_closes_takes_nothing_more_and_waits_for_what_is_out() {
    let (_folder, path) = folder();
    let memory = Memory::new();
    let _listening = host(&path, &memory).await;
    let client = SocketTransport::connect(Address::Unix(path)).await.unwrap();
    let channel = Channel::point_to_point("a");
    publish(&client, &channel, "1").await.unwrap();
    let mut subscription = subscribe(&client, &channel).await;
    let incoming = deliveries(&mut subscription).await.remove(0);
    let closing = Transport::close(&client, Duration::from_secs(5));
    let (closed, ()) = tokio::join!(closing, async {
        let error = publish(&client, &channel, "2").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
        let settler = subscription.settler();
        assert!(
            settler
                .settle(&[(incoming.token, Verdict::Ack)])
                .await
                .is_empty()
        );
    });
    closed.unwrap();
    assert_eq!(memory.unsettled(), 0);
}

#[test]
fn a_goodbye_is_waited_for_where_somebody_hears_it_or_has_to() {
    let connected = shared();
    assert!(connected.say_goodbye());
    let away = shared();
    away.uninstall();
    assert!(!away.say_goodbye(), "nobody listens, and nothing is unsaid");
    let unsaid = shared();
    let _call = call(&unsaid);
    unsaid.uninstall();
    assert!(unsaid.say_goodbye());
    let forgotten = shared();
    let _call = call(&forgotten);
    forgotten.uninstall();
    forgotten.forget();
    assert!(!forgotten.say_goodbye(), "there is no session to say it in");
}
