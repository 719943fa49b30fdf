//! A service that writes, and may tell of it.
use crate::{
    database::{CHANNEL, Database},
    watch::{Figures, Watch},
};
use sqlx::{Connection as _, PgConnection};
use std::time::Instant;
use tidings::{Channel, Message, Outgoing};
use tidings_outbox::append;

/// What a service has, and a relay that waits to be told.
const TABLES: &str = "create table orders (id bigint primary key, state text not null, changed timestamptz not null); \
    create table steps (id bigint generated always as identity primary key, order_id bigint not null references orders, note text not null); \
    insert into orders select id, 'new', now() from generate_series(0, 999) id; \
    update tidings_outbox_relay set waits = true";

/// What a service does about an order.
pub(crate) const CHANGES: [&str; 2] = [
    "update orders set state = 'paid', changed = now() where id = $1",
    "insert into steps (order_id, note) values ($1, 'paid by card')",
];

pub(crate) async fn prepare(database: &Database) -> anyhow::Result<()> {
    database.execute(TABLES).await
}

/// Transactions one after the other, each of which the disk has then.
pub(crate) async fn write(
    database: &Database,
    count: usize,
    tells: bool,
) -> anyhow::Result<Figures> {
    prepare(database).await?;
    let mut connection = database.connect().await?;
    transact(&mut connection, 0, tells).await?;
    let watch = Watch::begin();
    let mut waits = Vec::with_capacity(count);
    for number in 0..count {
        let begun = Instant::now();
        transact(&mut connection, number, tells).await?;
        waits.push(begun.elapsed());
    }
    Ok(watch.stop(count, waits))
}

async fn transact(connection: &mut PgConnection, number: usize, tells: bool) -> anyhow::Result<()> {
    let mut transaction = connection.begin().await?;
    change(&mut transaction, number).await?;
    if tells {
        append(&mut *transaction, [event(number)]).await?;
    }
    transaction.commit().await?;
    Ok(())
}

pub(crate) async fn change(connection: &mut PgConnection, number: usize) -> sqlx::Result<()> {
    for change in CHANGES {
        let change = sqlx::query(change).bind(order(number));
        change.execute(&mut *connection).await?;
    }
    Ok(())
}

pub(crate) fn order(number: usize) -> i64 {
    i64::try_from(number % 1000).unwrap_or_default()
}

pub(crate) fn event(number: usize) -> Outgoing {
    let mut message = Message::named("placed", "application/json", vec![b'x'; 300]);
    message.key = Some(format!("key {}", number % 1000).into());
    Outgoing::new(Channel::point_to_point(CHANNEL), message)
}
