//! What it does while all is well, and at its end.
use crate::{
    program::Program,
    shop::{Listener, Outcome, Shop},
};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_is_published_until_it_is_told_to_stop() -> Outcome {
    let shop = Shop::new().await?;
    let mut listener = Listener::new(&shop).await?;
    shop.write(0..50).await?;
    let relay = Program::start(shop.folder.path(), &[], &shop.variables());
    assert_eq!(listener.next(50).await?, (0..50).collect::<Vec<_>>());
    shop.write(50..100).await?;
    assert_eq!(listener.next(50).await?, (50..100).collect::<Vec<_>>());
    shop.emptied().await?;
    relay.signal("TERM");
    let said = relay.ended();
    assert_eq!((said.code, &*said.out), (Some(0), ""), "{}", said.err);
    assert!(said.err.contains("relay stops"), "{}", said.err);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_at_the_start_is_waited_for() -> Outcome {
    let shop = Shop::new().await?;
    shop.write([0]).await?;
    let hidden = shop.folder.path().join("hidden.db");
    let file = shop.folder.path().join("shop.db");
    shop.pool.close().await;
    std::fs::rename(&file, &hidden)?;
    let relay = Program::start(shop.folder.path(), &[], &shop.variables());
    tokio::time::sleep(Duration::from_millis(500)).await;
    std::fs::rename(&hidden, &file)?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut listener = Listener::new(&shop).await?;
    assert_eq!(listener.next(1).await?, [0]);
    relay.signal("INT");
    assert_eq!(relay.ended().code, Some(0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_at_the_start_is_stopped_too() -> Outcome {
    let shop = Shop::new().await?;
    let relay = Program::start(shop.folder.path(), &[], &shop.variables());
    tokio::time::sleep(Duration::from_millis(500)).await;
    relay.signal("TERM");
    assert_eq!(relay.ended().code, Some(0));
    Ok(())
}
