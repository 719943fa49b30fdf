//! Writing rows, and noting what was received.
use super::{many, one};
use crate::{Writer, arrays, columns::Columns, fault};
use sqlx::PgConnection;
use tidings::{BoxFuture, Result};

impl Writer for PgConnection {
    fn write<'a>(&'a mut self, rows: &'a [Columns]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let insert = match rows {
                [row] => one::bound(one::insert(), row),
                rows => many::bound(arrays::insert(), rows),
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
