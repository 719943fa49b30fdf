//! Rows as PostgreSQL takes them: an array for each column, so that any number of rows is the same statement.
use crate::{
    cells::{Cell, cells},
    columns::{Columns, NAMES},
};

/// Notes a message that a consumer received; no row where it had before. Waits for a transaction that notes the same. Whose clock is
/// behind notes the time of the database, so that nobody forgets the message too early.
pub(crate) const NOTE: &str = "insert into tidings_received (consumer, message_id, received_ms) values \
    ($1, $2, greatest($3, (extract(epoch from now()) * 1000)::int8)) on conflict do nothing";

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_is_an_array_of_its_kind_with_a_value_of_each_row() {
        let row = |number: u8| Columns {
            channel: number.to_string(),
            message_key: Some(vec![number]),
            created_ms: Some(number.into()),
            body: vec![number; 2],
            ..Columns::default()
        };
        let rows = [row(1), row(2)];
        let told = of(&rows).map(|array| match array {
            Array::Texts(texts) => format!("{texts:?}"),
            Array::Times(times) => format!("{times:?}"),
            Array::Bytes(bytes) => format!("{bytes:?}"),
        });
        let nothing = "[None, None]";
        let texts = [nothing; 4];
        assert_eq!(told[..2], [r#"[Some("1"), Some("2")]"#, nothing]);
        assert_eq!(told[2], r#"[Some(""), Some("")]"#);
        assert_eq!(told[3..7], texts);
        assert_eq!(told[7..9], ["[Some([1]), Some([2])]", "[Some(1), Some(2)]"]);
        assert_eq!(told[9..12], [nothing; 3]);
        assert_eq!(told[12], "[Some([1, 1]), Some([2, 2])]");
    }
}
