//! Statements of databases that have no arrays: a parameter for each value.
use crate::{
    Read,
    cells::{Cell, cells},
    columns::{Columns, NAMES},
};
use sqlx::{Database, Encode, QueryBuilder, Type};

/// The statement that writes rows, with a value for each of their columns.
pub(crate) fn insert<D>(rows: &[Columns]) -> QueryBuilder<D>
where
    D: Database,
    for<'a> Option<&'a str>: Encode<'a, D> + Type<D>,
    for<'a> Option<&'a [u8]>: Encode<'a, D> + Type<D>,
    Option<i64>: for<'a> Encode<'a, D> + Type<D>,
{
    let names = NAMES.join(", ");
    let mut query = QueryBuilder::new(format!("insert into tidings_outbox ({names}) "));
    query.push_values(rows, |mut values, row| {
        for cell in cells(row) {
            match cell {
                Cell::Text(text) => values.push_bind(text),
                Cell::Time(time) => values.push_bind(time),
                Cell::Bytes(bytes) => values.push_bind(bytes),
            };
        }
    });
    query
}

/// Leaves out the messages of keys, which are that of a row, and those for later.
pub(crate) fn without<D>(query: &mut QueryBuilder<D>, key: &str, what: Read<'_>)
where
    D: Database,
    for<'a> &'a [u8]: Encode<'a, D> + Type<D>,
    for<'a> i64: Encode<'a, D> + Type<D>,
{
    if let Some(until) = what.until_ms {
        query.push(" and (not_before_ms is null or not_before_ms <= ");
        query.push_bind(until);
        query.push(")");
    }
    let keys = what.without;
    if keys.is_empty() {
        return;
    }
    query.push(format!(" and (message_key is null or {key} not in ("));
    let mut list = query.separated(", ");
    for key in keys {
        list.push_bind(&**key);
    }
    list.push_unseparated("))");
}
