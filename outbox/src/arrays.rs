//! Rows as PostgreSQL takes them: an array for each column, so that any number of rows is the same statement.
use crate::{
    cells::{Cell, cells},
    columns::{Columns, NAMES},
};

/// Notes a message that a consumer received; no row where it had before. Waits for a transaction that notes the same.
pub(crate) const NOTE: &str = "insert into tidings_received (consumer, message_id, received_ms) values ($1, $2, $3) on conflict do nothing";

/// The values of a column.
pub(crate) enum Array<'a> {
    Texts(Vec<Option<&'a str>>),
    Times(Vec<Option<i64>>),
    Bytes(Vec<Option<&'a [u8]>>),
}

impl<'a> Array<'a> {
    /// None yet, of the kind of that one.
    fn like(cell: Cell<'_>, rows: usize) -> Self {
        match cell {
            Cell::Text(_) => Self::Texts(Vec::with_capacity(rows)),
            Cell::Time(_) => Self::Times(Vec::with_capacity(rows)),
            Cell::Bytes(_) => Self::Bytes(Vec::with_capacity(rows)),
        }
    }

    /// Those of a column are of one kind.
    fn push(&mut self, cell: Cell<'a>) {
        match (self, cell) {
            (Self::Texts(texts), Cell::Text(text)) => texts.push(text),
            (Self::Times(times), Cell::Time(time)) => times.push(time),
            (Self::Bytes(all), Cell::Bytes(bytes)) => all.push(bytes),
            _ => {}
        }
    }
}

/// Writes rows, whose columns are its parameters.
pub(crate) fn insert() -> String {
    let numbers: Vec<_> = (1..=NAMES.len())
        .map(|number| format!("${number}"))
        .collect();
    let (names, numbers) = (NAMES.join(", "), numbers.join(", "));
    format!("insert into tidings_outbox ({names}) select * from unnest({numbers})")
}

/// The columns of rows.
pub(crate) fn of(rows: &[Columns]) -> [Array<'_>; NAMES.len()] {
    let any = Columns::default();
    let mut arrays = cells(&any).map(|cell| Array::like(cell, rows.len()));
    for row in rows {
        for (array, cell) in arrays.iter_mut().zip(cells(row)) {
            array.push(cell);
        }
    }
    arrays
}
