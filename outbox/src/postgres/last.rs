//! Writing what a handler sends once it has ended, within its transaction or not at all: behind a `commit` by hand each statement would be
//! committed alone.
use super::{many, one};
use crate::{
    Writer as _, arrays,
    columns::{Columns, NAMES},
    fault,
};
use sqlx::{PgConnection, Row as _};
use tidings::Result;

/// A transaction has a number once it has written something, and none as long as a statement is one by itself and has not.
const WRITES: &str = "txid_current_if_assigned() is not null";

pub(super) async fn write(connection: &mut PgConnection, rows: &[Columns]) -> Result<()> {
    let failed = |error| fault::of("append", error);
    let insert = match rows {
        [row] => one::bound(of_one(), row),
        rows => many::bound(format!("{} where {WRITES}", arrays::insert()), rows),
    };
    let written = insert.execute(&mut *connection).await.map_err(failed)?;
    let is_written = written.rows_affected() > 0 || goes_on(connection).await.map_err(failed)?;
    match is_written {
        true => Ok(()),
        false => connection.write(rows).await,
    }
}

/// Whether the transaction has written something, as by a trigger that puts rows elsewhere; an error where it is over.
async fn goes_on(connection: &mut PgConnection) -> sqlx::Result<bool> {
    let ask = "savepoint tidings; release tidings; select txid_current_if_assigned() is not null";
    sqlx::raw_sql(ask).fetch_one(connection).await?.try_get(0)
}

fn of_one() -> String {
    let (names, numbers) = (NAMES.join(", "), one::numbers());
    format!("insert into tidings_outbox ({names}) select {numbers} where {WRITES}")
}
