//! How many connections a listening end takes.
use super::*;

#[tokio::test]
async fn a_listening_end_that_is_full_says_so_until_it_has_room() {
    let (_folder, path) = folder();
    let settings = settings().with_connections(2);
    let address = Address::Unix(path);
    let listening = SocketTransport::listen_with(address.clone(), settings.clone());
    let _listening = listening.await.unwrap();
    let connect = |wait| {
        let settings = settings
            .clone()
            .with_connect_wait(Duration::from_millis(wait));
        SocketTransport::connect_with(address.clone(), settings)
    };
    let first = connect(5000).await.unwrap();
    let second = connect(5000).await.unwrap();
    let error = connect(200).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (ErrorKind::Busy, true)
    );
    assert_eq!(
        error.to_string(),
        format!(
            "connect: busy: the listening end has 2 connections, as many as it takes, address `{address}`"
        )
    );
    let (third, ()) = tokio::join!(connect(5000), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        drop(first);
    });
    let channel = Channel::point_to_point("a");
    for client in [second, third.unwrap()] {
        publish(&client, &channel, "1").await.unwrap();
    }
}
