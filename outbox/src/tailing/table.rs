//! Reads the table, and says what was seen then, by one statement.
use super::snapshot::{COLUMNS, Snapshot};
use crate::{Read, Stored, columns::NAMES, rows};
use sqlx::{AssertSqlSafe, PgPool, Row as _};

/// The first rows of a channel, and what was seen.
pub(super) struct Seen {
    pub(super) rows: Vec<Stored>,
    /// Whether the channel had no more, whatever its keys.
    pub(super) is_all: bool,
    pub(super) snapshot: Snapshot,
}

pub(super) async fn read(pool: &PgPool, what: Read<'_>) -> sqlx::Result<Seen> {
    let names = NAMES.join(", ");
    let without = match what.without {
        [] => "",
        _ => " and (message_key is null or message_key <> all($3))",
    };
    // What was seen comes in any case, beside each row, or beside none.
    let read = format!(
        "select seen.*, o.* from (select {COLUMNS}) seen (seen, position) left join lateral (select id, {names} from tidings_outbox \
         where channel = $1{without} order by id limit $2) o on true order by o.id"
    );
    let mut query = sqlx::query(AssertSqlSafe(read))
        .bind(what.channel)
        .bind(rows::limit(what.most));
    if !what.without.is_empty() {
        query = query.bind(what.without);
    }
    let mut found = query.fetch_all(pool).await?;
    let first = found.first().ok_or(sqlx::Error::RowNotFound)?;
    let snapshot = Snapshot::read(first.try_get("seen")?, first.try_get("position")?)?;
    found.retain(|row| row.try_get::<i64, _>("id").is_ok());
    Ok(Seen {
        is_all: found.len() < what.most && what.without.is_empty(),
        rows: rows::stored(&found)?,
        snapshot,
    })
}
