//! What else there is to do while one handler ends after the other, without a pause.
use crate::{
    events::{incoming, scripted},
    numbers::{KEYLESS, Log, Num},
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tidings::{
    Channel, Received, Router, Verdict, serve,
    transport::{Event, Part, Settle},
};
use tokio::sync::oneshot;

const SECOND: Duration = Duration::from_secs(1);
const MANY: u64 = 1000;

/// A handler that ends once the next has begun, so that one has always ended.
fn chained(channel: &Channel) -> (Router, Log) {
    let (mut router, log) = (Router::new(), Log::default());
    let (before, done) = (
        Arc::<Mutex<Option<oneshot::Sender<()>>>>::default(),
        log.clone(),
    );
    router
        .concurrency(2)
        .on(channel.clone(), move |num: Received<Num>| {
            let (ends, ended) = oneshot::channel();
            if let Some(before) = before.lock().unwrap().replace(ends) {
                before.send(()).ok();
            }
            let done = done.clone();
            async move {
                // The last has nobody behind it.
                tokio::time::timeout(SECOND, ended).await.ok();
                done.push(num.message);
                Ok(())
            }
        });
    (router, log)
}

#[tokio::test(start_paused = true)]
async fn a_part_that_leaves_is_heard_of_while_handlers_end_one_after_the_other() {
    for settle in [Settle::Individual, Settle::Cumulative] {
        let part = Part::new(1, 0);
        let (mut wrap, settled) = scripted(move || {
            let all = (1..=MANY).map(|at| incoming(part, at, KEYLESS));
            let (parts, until) = (vec![part], tokio::time::Instant::now() + SECOND);
            vec![
                Ok(Event::Deliveries(all.collect())),
                Ok(Event::Leaving { parts, until }),
            ]
        });
        wrap.capabilities.settle = settle;
        let channel = Channel::point_to_point("a");
        let (router, log) = chained(&channel);
        let service = serve(Arc::new(wrap), router).await.unwrap();
        tokio::time::sleep(10 * SECOND).await;
        let released = settled.verdicts().into_iter();
        let released = released.filter(|verdict| *verdict == Verdict::Release);
        assert_eq!(
            released.count() + log.total(),
            usize::try_from(MANY).unwrap()
        );
        assert!(log.total() < 200, "{} were handled first", log.total());
        service.stop(SECOND).await.unwrap();
    }
}
