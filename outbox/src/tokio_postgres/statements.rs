//! The statements of a connection that does not wait for their answers, prepared there. None writes anything where its transaction is
//! not there: it would be committed alone.
use super::{array, failed, kinds};
use crate::{
    arrays,
    cells::{Cell, cells},
    columns::{Columns, NAMES, milliseconds},
};
use std::time::SystemTime;
use tidings::{Error, ErrorKind, Result};
use tokio_postgres::{
    Client, Statement,
    types::{ToSql, Type},
};

/// Whether the transaction is there, of which its begin says so.
macro_rules! is_open {
    () => {
        "current_setting('tidings.transaction', true) = 'open'"
    };
}
pub(super) use is_open;

const NOTE: &str = concat!(
    "insert into tidings_received (consumer, message_id, received_ms) \
     select $1, $2, greatest($3, (extract(epoch from now()) * 1000)::int8) where ",
    is_open!(),
    " on conflict do nothing"
);

pub(super) struct Statements {
    note: Statement,
    /// One row, as most transactions write, costs less than any number.
    one: Statement,
    many: Statement,
}

impl Statements {
    pub(super) async fn prepare(client: &Client) -> Result<Self> {
        let row = [Columns::default()];
        let (values, arrays) = (cells(&row[0]), arrays::of(&row));
        let (values, arrays) = (values.each_ref().map(kind), arrays.each_ref().map(kinds));
        let (one, many) = (one(), many());
        let (note, one, many) = tokio::try_join!(
            client.prepare(NOTE),
            client.prepare_typed(&one, &values),
            client.prepare_typed(&many, &arrays),
        )
        .map_err(|error| failed("prepare", error))?;
        Ok(Self { note, one, many })
    }

    /// Notes that a consumer received a message; says whether it had not before.
    pub(super) async fn note(&self, client: &Client, consumer: &str, id: &str) -> Result<bool> {
        let now = milliseconds(SystemTime::now());
        let noted = client.execute(&self.note, &[&consumer, &id, &now]).await;
        let noted = noted.map_err(|error| failed("receive", error))?;
        Ok(noted > 0)
    }

    /// Writes rows.
    pub(super) async fn write(&self, client: &Client, rows: &[Columns]) -> Result<()> {
        let written = match rows {
            [row] => {
                let values = cells(row);
                let values: Vec<_> = values.iter().map(value).collect();
                client.execute(&self.one, &values).await
            }
            rows => {
                let arrays = arrays::of(rows);
                let arrays: Vec<_> = arrays.iter().map(array).collect();
                client.execute(&self.many, &arrays).await
            }
        };
        match written.map_err(|error| failed("append", error))? {
            0 => Err(ended("append")),
            _ => Ok(()),
        }
    }
}

fn one() -> String {
    let numbers: Vec<_> = (1..=NAMES.len()).map(|n| format!("${n}")).collect();
    let (names, numbers) = (NAMES.join(", "), numbers.join(", "));
    format!(
        concat!(
            "insert into tidings_outbox ({}) select {} where ",
            is_open!()
        ),
        names, numbers
    )
}

fn many() -> String {
    format!(concat!("{} where ", is_open!()), arrays::insert())
}

fn kind(cell: &Cell<'_>) -> Type {
    match cell {
        Cell::Text(_) => Type::TEXT,
        Cell::Time(_) => Type::INT8,
        Cell::Bytes(_) => Type::BYTEA,
    }
}

fn value<'a>(cell: &'a Cell<'_>) -> &'a (dyn ToSql + Sync) {
    match cell {
        Cell::Text(text) => text,
        Cell::Time(time) => time,
        Cell::Bytes(bytes) => bytes,
    }
}

pub(super) fn ended(operation: &'static str) -> Error {
    let reason = "the transaction was ended by hand; its messages, and what was written since, are not there";
    Error::new(ErrorKind::Conflict, operation, reason)
}
