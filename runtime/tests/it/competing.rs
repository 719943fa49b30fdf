//! Two services at one queue.
use crate::{
    memory,
    numbers::{Log, Num, comes_true, num, put},
};
use std::time::Duration;
use tidings::{Channel, Received, Router, serve};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn competing_services_keep_the_order_of_a_key() {
    let transport = memory();
    let channel = Channel::point_to_point("a");
    let log = Log::default();
    let mut services = Vec::new();
    for _ in 0..2 {
        let done = log.clone();
        let mut router = Router::new();
        router
            .concurrency(16)
            .on(channel.clone(), move |num: Received<Num>| {
                let done = done.clone();
                async move {
                    tokio::time::sleep(Duration::from_micros(u64::from(num.number * 7 % 5) * 300))
                        .await;
                    done.push(num.message);
                    Ok(())
                }
            });
        services.push(serve(transport.clone(), router).await.unwrap());
    }
    for number in 0..40 {
        put(&*transport, &channel, (0..50).map(|key| num(key, number))).await;
    }
    assert!(
        comes_true(Duration::from_secs(20), || log.total() == 2000).await,
        "{}",
        log.total()
    );
    assert_eq!((log.distinct(), log.overtaken()), (2000, 0));
}
