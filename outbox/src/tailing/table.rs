//! Reads the table, and says what was seen then, by one statement.
use super::snapshot::{COLUMNS, Snapshot};
use crate::{Read, Stored, columns::NAMES, rows, values::Reader};
use futures_util::TryStreamExt as _;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

/// The first rows of a channel, and what was seen.
pub(super) struct Seen {
    pub(super) rows: Vec<Stored>,
    /// Whether the channel had no more, whatever its keys.
    pub(super) is_all: bool,
    pub(super) snapshot: Snapshot,
}

/// The number of the table by now; none while there is none.
pub(super) async fn number(by: &mut PgConnection) -> sqlx::Result<Option<u32>> {
    let number = "select to_regclass('tidings_outbox')::oid::int8";
    let number: Option<i64> = sqlx::query_scalar(number).fetch_one(by).await?;
    Ok(number.and_then(|number| u32::try_from(number).ok()))
}

pub(super) async fn read(by: &mut PgConnection, what: Read<'_>) -> sqlx::Result<Seen> {
    let names = NAMES.join(", ");
    let without = match what.without {
        [] if what.until_ms.is_none() => "",
        _ => " and (message_key is null or message_key <> all($3))",
    };
    let until = match what.until_ms {
        None => "",
        Some(_) => " and (not_before_ms is null or not_before_ms <= $4)",
    };
    // What was seen comes in any case, beside each row, or beside none.
    let read = format!(
        "select o.*, seen.* from (select {COLUMNS}) seen (seen, position) left join lateral (select id, {names} from tidings_outbox \
         where channel = $1{without}{until} order by id limit $2) o on true order by o.id"
    );
    let mut query = sqlx::query(AssertSqlSafe(read))
        .bind(what.channel)
        .bind(rows::limit(what.most));
    if !what.without.is_empty() || what.until_ms.is_some() {
        query = query.bind(what.without);
    }
    if let Some(until) = what.until_ms {
        query = query.bind(until);
    }
    let mut found = query.fetch(by);
    let (mut reader, mut snapshot) = (Reader::default(), None);
    let (mut all, mut size) = (Vec::new(), 0_usize);
    while size < what.bytes
        && let Some(row) = found.try_next().await?
    {
        if snapshot.is_none() {
            snapshot = Some(Snapshot::read(
                row.try_get("seen")?,
                row.try_get("position")?,
            )?);
        }
        if row.try_get::<i64, _>("id").is_ok() {
            let row = rows::one(&row, &mut reader)?;
            size = size.saturating_add(row.size());
            all.push(row);
        }
    }
    Ok(Seen {
        is_all: is_all(&what, all.len(), size),
        rows: all,
        snapshot: snapshot.ok_or(sqlx::Error::RowNotFound)?,
    })
}

/// Whether so many rows, of that size together, are all that there were.
fn is_all(what: &Read<'_>, rows: usize, size: usize) -> bool {
    let is_of_all = what.without.is_empty() && what.until_ms.is_none();
    is_of_all && rows < what.most && size < what.bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_has_no_more_where_all_of_it_was_asked_for_and_less_came() {
        let mut what = Read::new("q", 10);
        what.bytes = 100;
        let of = |what: &Read<'_>| {
            [(9, 99), (10, 99), (9, 100)].map(|(rows, size)| is_all(what, rows, size))
        };
        assert_eq!(of(&what), [true, false, false]);
        let keys = [b"k".to_vec()];
        let without = Read {
            without: &keys,
            ..what
        };
        assert_eq!(of(&without), [false; 3]);
        what.until_ms = Some(5);
        assert_eq!(of(&what), [false; 3]);
    }
}
