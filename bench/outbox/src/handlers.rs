//! A service that handles messages in transactions.
use crate::{
    database::Database,
    watch::{Figures, Watch},
    writers::{change, prepare},
};
use anyhow::Context;
use sqlx::PgPool;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Channel, DynTransport, HandlerError, Layers, Memory, Message, Received, Router, serve,
};
use tidings_outbox::{Transactional, postgres::InTransaction as _};
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};

/// Handlers at a time.
const HANDLERS: usize = 16;

const GRACE: Duration = Duration::from_secs(10);

/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(50);

/// How many are left, and who waits for that.
#[derive(Clone)]
struct Left(Arc<(AtomicUsize, Notify)>);

pub(crate) async fn handle(
    database: &Database,
    count: usize,
    has_inbox: bool,
) -> anyhow::Result<Figures> {
    prepare(database).await?;
    let left = Left(Arc::new((AtomicUsize::new(count), Notify::new())));
    let transport: Arc<dyn DynTransport> = Arc::new(Memory::new());
    let mut router = Router::new();
    router.concurrency(HANDLERS);
    let channel = Channel::point_to_point("bench.orders");
    if has_inbox {
        router.layers(Layers::new().with(Transactional::new(database.pool.clone())));
        let left = left.clone();
        router.on(channel.clone(), move |order| {
            with_inbox(order, left.clone())
        });
    } else {
        let (pool, left) = (database.pool.clone(), left.clone());
        router.on(channel.clone(), move |order| {
            by_itself(order, pool.clone(), left.clone())
        });
    }
    let messages: Vec<_> = (0..count)
        .map(|number| Message::new(number.to_string()))
        .collect();
    let service = serve(transport.clone(), router).await?;
    let watch = Watch::begin();
    for sent in transport
        .publish(&channel, &messages, Instant::now() + GRACE)
        .await
    {
        sent?;
    }
    timeout(PATIENCE, left.0.1.notified())
        .await
        .context("not all messages were handled in time")?;
    // All is committed then.
    service.stop(GRACE).await?;
    Ok(watch.stop(count, Vec::new()))
}

async fn with_inbox(order: Received<Message>, left: Left) -> Result<(), HandlerError> {
    let mut transaction = order.context.tx().await?;
    let changed = change(&mut transaction, number(&order)).await;
    changed.map_err(HandlerError::retry)?;
    left.handled();
    Ok(())
}

async fn by_itself(order: Received<Message>, pool: PgPool, left: Left) -> Result<(), HandlerError> {
    let changed = async {
        let mut transaction = pool.begin().await?;
        change(&mut transaction, number(&order)).await?;
        transaction.commit().await
    };
    changed.await.map_err(HandlerError::retry)?;
    left.handled();
    Ok(())
}

fn number(order: &Received<Message>) -> usize {
    let number = std::str::from_utf8(&order.metadata.body).map(str::parse);
    number.ok().and_then(Result::ok).unwrap_or_default()
}

impl Left {
    fn handled(&self) {
        if self.0.0.fetch_sub(1, SeqCst) == 1 {
            self.0.1.notify_one();
        }
    }
}
