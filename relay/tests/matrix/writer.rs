//! The service that writes: transactions over the accounts, of which some are late, some long, and some rolled back.
use crate::{
    Outcome,
    base::{Base, Kind},
    orders::Orders,
};
use sqlx::AssertSqlSafe;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};
use tidings::Outgoing;
use tidings_conformance::faults::{Number, Random, message};
use tidings_outbox::append;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

/// Transactions at a time.
const WRITERS: u32 = 8;
/// Numbers of a generation of the writer.
const NUMBERS: u32 = 1 << 20;
/// How long a transaction may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked how far others are, and the pause after a failure.
const LOOK: Duration = Duration::from_millis(50);

/// What a transaction does.
struct Plan {
    key: u32,
    messages: usize,
    /// How long it stays open after it has written.
    open: Duration,
    commits: bool,
}

struct Writer {
    base: Base,
    orders: Orders,
    /// The number of the next message, of whichever key, so that they grow for each.
    next: AtomicU32,
    committed: AtomicI64,
    applied: AtomicI64,
}

/// Writes until enough is committed.
pub(crate) async fn write(orders: &Orders) -> Outcome {
    let base = Base::reach(&orders.database, orders.pages).await?;
    let (committed, applied, _) = crate::base::patiently(|| base.progress()).await?;
    let writer = Arc::new(Writer {
        base,
        orders: orders.clone(),
        next: AtomicU32::new(orders.generation * NUMBERS),
        committed: AtomicI64::new(committed),
        applied: AtomicI64::new(applied),
    });
    let mut tasks = JoinSet::new();
    for task in 0..WRITERS {
        let random = Random::new(u64::from(orders.generation * WRITERS + task + 1));
        tasks.spawn(writer.clone().write_on(random));
    }
    tokio::select! {
        _ = tasks.join_all() => {}
        never = writer.look() => match never {},
    }
    Ok(())
}

impl Writer {
    async fn look(&self) -> std::convert::Infallible {
        loop {
            sleep(LOOK).await;
            if let Ok(applied) = self.base.number("select count(*) from applied").await {
                self.applied.store(applied, Relaxed);
            }
        }
    }

    /// Not far ahead of who applies, so that both are at work until the end.
    fn is_ahead(&self) -> bool {
        let most = i64::from(self.orders.messages / 3).max(100);
        self.committed.load(Relaxed) > self.applied.load(Relaxed) + most
    }

    async fn write_on(self: Arc<Self>, mut random: Random) {
        while self.committed.load(Relaxed) < i64::from(self.orders.messages) {
            if self.is_ahead() {
                sleep(LOOK).await;
                continue;
            }
            let plan = self.plan(&mut random);
            match timeout(PATIENCE, self.transact(&plan)).await {
                Ok(Ok(written)) => drop(self.committed.fetch_add(written, Relaxed)),
                Ok(Err(error)) => {
                    tracing::info!(%error, "a transaction failed");
                    sleep(LOOK).await;
                }
                Err(_) => tracing::info!("a transaction was given up"),
            }
        }
    }

    fn plan(&self, random: &mut Random) -> Plan {
        // Where there is one writer at a time, all others wait.
        let long = if self.base.kind() == Kind::Sqlite {
            200
        } else {
            3000
        };
        Plan {
            key: u32::try_from(random.below(self.orders.keys as usize)).unwrap_or(0),
            messages: 1 + random.below(3),
            open: match random.below(60) {
                0 => random.millis(100, long),
                1..=6 => random.millis(5, 100),
                _ => Duration::ZERO,
            },
            commits: random.below(6) > 0,
        }
    }

    /// Gives how many messages were committed.
    async fn transact(&self, plan: &Plan) -> Outcome<i64> {
        macro_rules! within {
            ($begun:expr) => {{
                let mut transaction = $begun.await?;
                let lock = "update accounts set changed = changed + 1 where id = ";
                let lock = AssertSqlSafe(format!("{lock}{}", plan.key));
                sqlx::raw_sql(lock).execute(&mut *transaction).await?;
                for _ in 0..plan.messages {
                    let number = (plan.key, self.next.fetch_add(1, Relaxed));
                    let (sql, outgoing) = self.order(number);
                    sqlx::raw_sql(AssertSqlSafe(sql))
                        .execute(&mut *transaction)
                        .await?;
                    append(&mut *transaction, [outgoing]).await?;
                }
                sleep(plan.open).await;
                match plan.commits {
                    true => transaction.commit().await?,
                    false => transaction.rollback().await?,
                }
            }};
        }
        match &self.base {
            Base::MySql(pool) => within!(pool.begin()),
            Base::Postgres(pool) => within!(pool.begin()),
            Base::Sqlite(pool) => within!(pool.begin_with("begin immediate")),
        }
        Ok(if plan.commits {
            i64::try_from(plan.messages)?
        } else {
            0
        })
    }

    /// A row of business, and the message that tells of it.
    fn order(&self, (key, number): Number) -> (String, Outgoing) {
        let sql = format!("insert into orders values ({key}, {number})");
        let outgoing = Outgoing::new(self.orders.channel(key), message((key, number)));
        (sql, outgoing)
    }
}
