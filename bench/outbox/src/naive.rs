//! A relay as it is written in an afternoon: selects some rows, publishes one after the other, and marks each.
use crate::{
    database::{CHANNEL, Database},
    relay::rabbit,
    watch::{Figures, Watch},
};
use sqlx::Row as _;
use std::time::Duration;
use tidings::{Channel, Message};
use tokio::time::Instant;

/// The same events in a table that is marked.
const TABLE: &str = "create table events (id bigint primary key, message_id text not null, body bytea not null, published boolean not null); \
    create index on events (id) where not published; \
    insert into events select id, message_id, body, false from tidings_outbox";

/// Rows that are selected at a time.
const ROWS: i64 = 100;

const GRACE: Duration = Duration::from_secs(10);

pub(crate) async fn drain(database: &Database, count: usize, url: &str) -> anyhow::Result<Figures> {
    let broker = rabbit(url).await?;
    database.fill(count).await?;
    database.execute(TABLE).await?;
    let channel = Channel::point_to_point(CHANNEL);
    let mut connection = database.connect().await?;
    let watch = Watch::begin();
    loop {
        let rows = sqlx::query(
            "select id, message_id, body from events where not published order by id limit $1",
        );
        let rows = rows.bind(ROWS).fetch_all(&mut connection).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let mut message = Message::new(row.try_get::<Vec<u8>, _>("body")?);
            message.id = row.try_get::<&str, _>("message_id")?.into();
            let end = Instant::now() + GRACE;
            for published in broker.publish(&channel, &[message], end).await {
                published?;
            }
            sqlx::query("update events set published = true where id = $1")
                .bind(row.try_get::<i64, _>("id")?)
                .execute(&mut connection)
                .await?;
        }
    }
    let figures = watch.stop(count, Vec::new());
    broker.close(GRACE).await?;
    Ok(figures)
}
