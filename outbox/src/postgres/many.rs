//! Writing any number of rows by one statement, with an array for each column.
use crate::{
    arrays::{self, Array},
    columns::Columns,
};
use sqlx::{AssertSqlSafe, Postgres, postgres::PgArguments, query::Query};

/// A statement that writes rows, with their columns for its parameters.
pub(super) fn bound(insert: String, rows: &[Columns]) -> Query<'_, Postgres, PgArguments> {
    let query = sqlx::query(AssertSqlSafe(insert));
    let arrays = arrays::of(rows).into_iter();
    arrays.fold(query, |query, array| match array {
        Array::Texts(texts) => query.bind(texts),
        Array::Times(times) => query.bind(times),
        Array::Bytes(bytes) => query.bind(bytes),
    })
}
