//! What PostgreSQL's own plugin, `pgoutput`, says of changes. Source: the PostgreSQL manual, "Logical Replication Message Formats".
use crate::{
    Stored,
    columns::NAMES,
    values::{Reader, Values},
};
use bytes::{Buf, Bytes};
use tidings::MessageId;

/// A change, as far as it is of interest.
#[derive(Debug)]
pub(super) enum Change {
    /// What a table looks like from here on.
    Table(u32, Layout),
    /// A row was inserted into a table.
    Insert(u32, Bytes),
    Other,
}

/// The columns of a table, in their order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout(Vec<Column>);

#[derive(Debug, PartialEq, Eq)]
struct Column {
    name: String,
    kind: u32,
    /// Where its value goes; none where it is of no interest.
    place: Option<usize>,
}

/// Where the number of a row goes, and in [`NAMES`] its channel, the id of its message and its key.
const ID: usize = NAMES.len();
const CHANNEL: usize = 0;
const MESSAGE_ID: usize = 2;
const KEY: usize = 7;

/// By what a row is found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) id: i64,
    pub(super) channel: Bytes,
    pub(super) key: Option<Bytes>,
}

/// The numbers of PostgreSQL's types: `select oid, typname from pg_type`.
mod kind {
    pub(super) const BYTES: u32 = 17;
    pub(super) const NUMBER: u32 = 20;
    /// `text`, `varchar`, `bpchar` and `name`.
    pub(super) const TEXTS: [u32; 4] = [25, 1043, 1042, 19];
}

fn short<E>(_: E) -> String {
    "a change of the log ends too soon".to_owned()
}

/// Reads a change.
pub(super) fn read(mut data: Bytes) -> Result<Change, String> {
    match data.try_get_u8().map_err(short)? {
        b'R' => {
            let table = data.try_get_u32().map_err(short)?;
            Ok(Change::Table(table, layout(data)?))
        }
        b'I' => {
            let table = data.try_get_u32().map_err(short)?;
            match data.try_get_u8().map_err(short)? {
                b'N' => Ok(Change::Insert(table, data)),
                other => Err(format!("a row of the log is of an unknown kind, {other}")),
            }
        }
        _ => Ok(Change::Other),
    }
}

fn layout(mut data: Bytes) -> Result<Layout, String> {
    let (_schema, _table) = (text(&mut data)?, text(&mut data)?);
    let _identity = data.try_get_u8().map_err(short)?;
    let count = data.try_get_u16().map_err(short)?;
    let column = |_| {
        let _flags = data.try_get_u8().map_err(short)?;
        let name = text(&mut data)?;
        let kind = data.try_get_u32().map_err(short)?;
        let _modifier = data.try_get_u32().map_err(short)?;
        let place = ["id"].iter().chain(&NAMES).position(|known| *known == name);
        let place = place.map(|place| place.checked_sub(1).unwrap_or(ID));
        Ok(Column { name, kind, place })
    };
    (0..count).map(column).collect::<Result<_, _>>().map(Layout)
}

/// A text that ends with a zero.
fn text(data: &mut Bytes) -> Result<String, String> {
    let end = data.iter().position(|byte| *byte == 0).ok_or(());
    let text = data.split_to(end.map_err(short)?);
    data.advance(1);
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// A value, or none. Types that are known here come in their binary form.
fn value<'a>(data: &mut &'a [u8], column: &Column) -> Result<Option<&'a [u8]>, String> {
    let format = data.try_get_u8().map_err(short)?;
    match format {
        b'n' => return Ok(None),
        b'b' | b't' => {}
        _ => return Err(format!("`{}` is in an unknown format", column.name)),
    }
    let length = data.try_get_u32().map_err(short)?;
    let length = usize::try_from(length).map_err(short)?;
    let value = data.split_off(..length).ok_or(());
    value.map(Some).map_err(short)
}

/// The values of a row that are of interest, with their columns, at their places.
struct Row<'a> {
    values: [Option<(&'a Column, &'a [u8])>; NAMES.len() + 1],
    data: &'a Bytes,
}

impl Layout {
    fn row<'a>(&'a self, data: &'a Bytes) -> Result<Row<'a>, String> {
        let mut left = &data[..];
        let count = left.try_get_u16().map_err(short)?;
        if usize::from(count) != self.0.len() {
            return Err("a row of the log has other columns than its table".to_owned());
        }
        let mut values = [None; NAMES.len() + 1];
        for column in &self.0 {
            let value = value(&mut left, column)?;
            if let Some(place) = column.place {
                values[place] = value.map(|value| (column, value));
            }
        }
        Ok(Row { values, data })
    }

    /// The first of those names that no column has.
    pub(super) fn lacks<'a>(&self, names: &[&'a str]) -> Option<&'a str> {
        let has = |name: &str| self.0.iter().any(|column| column.name == name);
        names.iter().copied().find(|name| !has(name))
    }

    /// By what a row is found.
    pub(super) fn find(&self, data: &Bytes) -> Result<Found, String> {
        let row = self.row(data)?;
        let missing = || "a row of the log has no `id` or no `channel`".to_owned();
        Ok(Found {
            id: row.number(ID)?.ok_or_else(missing)?,
            channel: row.slice(CHANNEL).ok_or_else(missing)?,
            key: row.slice(KEY),
        })
    }

    /// A row as a relay takes it.
    pub(super) fn stored(
        &self,
        id: i64,
        key: Option<&Bytes>,
        data: &Bytes,
        reader: &mut Reader,
    ) -> Stored {
        let row = self.row(data);
        let outgoing = row.and_then(|row| reader.outgoing(row.values()?));
        let message_id = || self.row(data).ok()?.text(MESSAGE_ID).ok()?;
        let message_id = || message_id().map(MessageId::from);
        Stored::new(id, outgoing, key.cloned()).identified(message_id)
    }
}

impl<'a> Row<'a> {
    fn values(&self) -> Result<Values<'a>, String> {
        Ok(Values {
            channel: self.text(CHANNEL)?.unwrap_or_default(),
            channel_settings: self.text(1)?,
            message_id: self.text(MESSAGE_ID)?.unwrap_or_default(),
            name: self.text(3)?,
            content_type: self.text(4)?,
            reply_to: self.text(5)?,
            correlation_id: self.text(6)?,
            message_key: self.bytes(KEY)?,
            created_ms: self.number(8)?,
            expires_ms: self.number(9)?,
            not_before_ms: self.number(10)?,
            headers: self.text(11)?,
            body: self.bytes(12)?.unwrap_or_default(),
        })
    }

    fn text(&self, place: usize) -> Result<Option<&'a str>, String> {
        let text = |(column, value): (&Column, &'a [u8])| match kind::TEXTS.contains(&column.kind) {
            true => str::from_utf8(value).map_err(|_| column.wrong("text of UTF-8")),
            false => Err(column.wrong("text")),
        };
        self.values[place].map(text).transpose()
    }

    fn bytes(&self, place: usize) -> Result<Option<Bytes>, String> {
        match self.values[place] {
            Some((column, _)) if column.kind != kind::BYTES => Err(column.wrong("`bytea`")),
            _ => Ok(self.slice(place)),
        }
    }

    /// What the row shares, whatever its type.
    fn slice(&self, place: usize) -> Option<Bytes> {
        self.values[place].map(|(_, value)| self.data.slice_ref(value))
    }

    fn number(&self, place: usize) -> Result<Option<i64>, String> {
        let number = |(column, value): (&Column, &[u8])| match (column.kind, value.try_into()) {
            (kind::NUMBER, Ok(number)) => Ok(i64::from_be_bytes(number)),
            _ => Err(column.wrong("`bigint`")),
        };
        self.values[place].map(number).transpose()
    }
}

impl Column {
    fn wrong(&self, wanted: &str) -> String {
        format!("`{}` is no {wanted}, but of type {}", self.name, self.kind)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A table with those columns.
    fn table(columns: &[(&str, u32)]) -> Bytes {
        let mut data = b"R\0\0\0\x07public\0tidings_outbox\0d".to_vec();
        data.extend(u16::try_from(columns.len()).unwrap().to_be_bytes());
        for (name, kind) in columns {
            data.push(0);
            data.extend(name.as_bytes());
            data.push(0);
            data.extend(kind.to_be_bytes());
            data.extend([255; 4]);
        }
        data.into()
    }

    fn row(values: &[Option<&[u8]>]) -> Bytes {
        let mut data = b"I\0\0\0\x07N".to_vec();
        data.extend(u16::try_from(values.len()).unwrap().to_be_bytes());
        for value in values {
            match value {
                None => data.push(b'n'),
                Some(value) => {
                    data.push(b'b');
                    data.extend(u32::try_from(value.len()).unwrap().to_be_bytes());
                    data.extend(*value);
                }
            }
        }
        data.into()
    }

    const COLUMNS: [(&str, u32); 6] = [
        ("id", 20),
        ("channel", 25),
        ("message_id", 25),
        ("message_key", 17),
        ("created_ms", 20),
        ("body", 17),
    ];

    fn layout_of(columns: &[(&str, u32)]) -> Layout {
        match read(table(columns)) {
            Ok(Change::Table(7, layout)) => layout,
            other => panic!("{other:?}"),
        }
    }

    fn inserted(values: &[Option<&[u8]>]) -> Bytes {
        match read(row(values)) {
            Ok(Change::Insert(7, row)) => row,
            other => panic!("{other:?}"),
        }
    }

    /// A row of a channel, with what it is found by.
    pub(in super::super) fn sample(id: i64, channel: &str, key: &str) -> (Found, Layout, Bytes) {
        let layout = layout_of(&COLUMNS);
        let row = inserted(&[
            Some(&id.to_be_bytes()),
            Some(channel.as_bytes()),
            Some(b"m"),
            Some(key.as_bytes()),
            Some(&5_i64.to_be_bytes()),
            Some(&[0, 255]),
        ]);
        (layout.find(&row).unwrap(), layout, row)
    }

    #[test]
    fn a_row_is_read_by_the_names_of_its_columns() {
        let (found, layout, row) = sample(9, "q", "k");
        assert_eq!((found.id, &found.channel[..]), (9, &b"q"[..]));
        let stored = layout.stored(found.id, found.key.as_ref(), &row, &mut Reader::default());
        let outgoing = stored.outgoing.unwrap();
        assert_eq!(&*outgoing.channel.address, "q");
        assert_eq!(outgoing.message.id.to_string(), "m");
        assert_eq!(outgoing.message.body[..], [0, 255]);
        assert!(outgoing.message.created.is_some());
        assert_eq!(stored.key.as_deref(), Some(&b"k"[..]));
        let others = [("more", 3802), ("channel", 1043), ("id", 20)];
        let row = inserted(&[None, Some(b"q"), Some(&1_i64.to_be_bytes())]);
        let found = layout_of(&others).find(&row).unwrap();
        assert_eq!((found.id, found.key), (1, None));
    }

    #[test]
    fn a_column_of_another_type_makes_no_sense() {
        let columns = [("id", 20), ("channel", 25), ("body", 25)];
        let row = inserted(&[Some(&1_i64.to_be_bytes()), Some(b"q"), Some(b"x")]);
        let layout = layout_of(&columns);
        let stored = layout.stored(1, None, &row, &mut Reader::default());
        assert_eq!(
            stored.outgoing.unwrap_err(),
            "`body` is no `bytea`, but of type 25"
        );
        let layout = layout_of(&[("id", 23), ("channel", 25), ("body", 17)]);
        let error = layout.find(&row).unwrap_err();
        assert_eq!(error, "`id` is no `bigint`, but of type 23");
        let layout = layout_of(&[("id", 20), ("channel", 25)]);
        assert!(layout.find(&row).unwrap_err().contains("other columns"));
    }

    #[test]
    fn what_ends_too_soon_is_told() {
        let all = [table(&COLUMNS), row(&[Some(b"12345678"), Some(b"q")])];
        for data in all {
            for end in 0..data.len() {
                let cut = read(data.slice(..end));
                let is_told = match cut {
                    Err(_) => true,
                    Ok(Change::Insert(_, row)) => {
                        let layout = layout_of(&[("id", 20), ("channel", 25)]);
                        layout.find(&row).is_err()
                    }
                    Ok(_) => false,
                };
                assert!(is_told, "{end} of {data:?}");
            }
        }
        assert!(matches!(read(Bytes::from_static(b"T")), Ok(Change::Other)));
    }

    #[test]
    fn a_row_and_a_value_of_another_kind_are_told() {
        let mut data = row(&[Some(b"x")]).to_vec();
        data[5] = b'K';
        let error = read(data.into()).expect_err("it is no new row");
        assert!(error.contains("unknown kind"), "{error}");
        let (layout, mut row) = (
            layout_of(&[("channel", 25), ("message_id", 25)]),
            inserted(&[Some(b"q"), Some(b"m")]).to_vec(),
        );
        for (format, is_read) in [(b'b', true), (b't', true), (b'u', false)] {
            row[2] = format;
            let stored = layout.stored(1, None, &row.clone().into(), &mut Reader::default());
            let Err(error) = stored.outgoing else {
                assert!(is_read);
                continue;
            };
            assert!(!is_read && error.contains("unknown format"), "{error}");
        }
    }
}
