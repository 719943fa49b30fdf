//! A service with its relay, which is killed again and again: in a process of its own, which is this program.
use crate::{
    Outcome,
    database::Base,
    shop::{orders, parcel, policy},
    trial,
};
use libtest_mimic::Trial;
use std::{
    collections::HashSet,
    env,
    io::{BufRead, BufReader, Write as _},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tidings::{
    Channel, Client, Layers, Message, Received, Router, Subscription, outgoing, serve,
    transport::DynTransport,
};
use tidings_outbox::{Database, Relay};
use tidings_socket::{SocketSettings, SocketTransport};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![trial(
        "a-service-that-is-killed-does-all-once",
        database,
        killed,
    )]
}

/// What a child is told: its database, and where that and the broker are.
const TOLD: &str = "TIDINGS_TEST_OUTBOX_CHILD";
const ROUNDS: usize = 12;
/// Orders of a round.
const ORDERS: usize = 25;

/// The place of a child, where this process is one.
pub(crate) fn is_child() -> Option<Outcome> {
    let told = env::var(TOLD).ok()?;
    let runtime = tokio::runtime::Runtime::new();
    Some(
        runtime
            .map_err(Into::into)
            .and_then(|runtime| runtime.block_on(child(&told))),
    )
}

async fn child(told: &str) -> Outcome {
    let mut told = told.split(' ');
    let mut next = || told.next().ok_or("a child is told more");
    let base = Base::at(next()?.parse()?, next()?).await?;
    let broker = SocketTransport::connect_with(next()?.parse()?, settings()).await?;
    let broker: Arc<dyn DynTransport> = Arc::new(broker);
    let relay = Relay::new(base.store(), broker.clone());
    let relay = relay.with_settings(crate::database::settings());
    let mut relay = relay.start().await?;
    let mut router = Router::new();
    router.layers(Layers::new().with_shared(base.waking(relay.waker())));
    router.policy(policy()).concurrency(8);
    router.on(orders(), move |order: Received<Message>| {
        let base = base.clone();
        async move {
            base.do_it(&order.context, &order.metadata.id).await?;
            sleep(Duration::from_millis(5)).await;
            Ok(order.context.add(parcel(order.metadata.id.to_string()))?)
        }
    });
    let _service = serve(broker, router).await?;
    writeln!(std::io::stdout(), "ready")?;
    Err(relay.failed().await.into())
}

/// What a process had that is gone is soon given to the next.
fn settings() -> SocketSettings {
    SocketSettings::default().with_resume(Duration::from_millis(100))
}

/// A child that is ready.
fn begin(told: &str) -> Outcome<Child> {
    let mut child = Command::new(env::current_exe()?)
        .env(TOLD, told)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut line = String::new();
    if let Some(told) = child.stdout.take() {
        BufReader::new(told).read_line(&mut line)?;
    }
    match &*line {
        "ready\n" => Ok(child),
        _ => Err("the child is not ready".into()),
    }
}

/// Ends it as no program expects.
fn kill(mut child: Child) -> Outcome {
    child.kill()?;
    child.wait()?;
    Ok(())
}

async fn killed(database: Database) -> Outcome {
    let (base, folder) = (Base::shop(database).await?, tempfile::tempdir()?);
    let address = format!("unix:{}", folder.path().join("socket").display());
    let host = SocketTransport::listen_with(address.parse()?, settings()).await?;
    let client = Client::new(Arc::new(host));
    let told = format!("{database} {} {address}", base.url());
    let parcels = Channel::point_to_point("parcels");
    let mut parcels: Subscription<Message> = client.subscribe(&parcels, None).await?;
    for round in 0..ROUNDS {
        for number in 0..ORDERS {
            let order = Message::new(format!("{round} {number}"));
            client.publish(&outgoing(&orders(), &order)?).await?;
        }
        let child = tokio::task::block_in_place(|| begin(&told))?;
        let random = u64::from(Uuid::new_v4().as_bytes()[0]);
        sleep(Duration::from_millis(random)).await;
        kill(child)?;
    }
    let child = tokio::task::block_in_place(|| begin(&told))?;
    let all = ROUNDS * ORDERS;
    let (mut seen, mut ids) = (HashSet::new(), HashSet::new());
    while seen.len() < all {
        let parcel = timeout(Duration::from_secs(30), parcels.next()).await?;
        let parcel = parcel.ok_or("it ended")??;
        seen.insert(parcel.body.clone());
        ids.insert(parcel.metadata().id.clone());
        parcel.ack().await?;
    }
    kill(child)?;
    let count = i64::try_from(all)?;
    assert_eq!(base.count_done().await?, (count, count));
    assert_eq!(ids.len(), all, "what is published again has the same id");
    Ok(())
}
