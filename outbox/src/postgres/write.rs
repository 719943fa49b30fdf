//! Writing rows, and noting what was received.
use super::one;
use crate::{
    Writer,
    arrays::{self, Array},
    columns::Columns,
    fault,
};
use sqlx::{AssertSqlSafe, PgConnection, Postgres, postgres::PgArguments, query::Query};
use tidings::{BoxFuture, Result};

impl Writer for PgConnection {
    fn write<'a>(&'a mut self, rows: &'a [Columns]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let insert = match rows {
                [row] => one::insert(row),
                rows => insert(rows),
            };
            insert
                .execute(&mut *self)
                .await
                .map_err(|error| fault::of("append", error))?;
            Ok(())
        })
    }

    fn note<'a>(
        &'a mut self,
        consumer: &'a str,
        id: &'a str,
        received_ms: i64,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let noted = sqlx::query(arrays::NOTE)
                .bind(consumer)
                .bind(id)
                .bind(received_ms)
                .execute(&mut *self)
                .await;
            let noted = noted.map_err(|error| fault::of("receive", error))?;
            Ok(noted.rows_affected() > 0)
        })
    }
}

fn insert(rows: &[Columns]) -> Query<'_, Postgres, PgArguments> {
    let query = sqlx::query(AssertSqlSafe(arrays::insert()));
    let arrays = arrays::of(rows).into_iter();
    arrays.fold(query, |query, array| match array {
        Array::Texts(texts) => query.bind(texts),
        Array::Times(times) => query.bind(times),
        Array::Bytes(bytes) => query.bind(bytes),
    })
}
