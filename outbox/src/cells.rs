//! A row as values to be bound.
use crate::columns::{Columns, NAMES};

/// A value as it is bound.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cell<'a> {
    Text(Option<&'a str>),
    Time(Option<i64>),
    Bytes(Option<&'a [u8]>),
}

/// The values of a row, in the order of their [names](NAMES).
pub(crate) fn cells(row: &Columns) -> [Cell<'_>; NAMES.len()] {
    [
        Cell::Text(Some(&row.channel)),
        Cell::Text(row.channel_settings.as_deref()),
        Cell::Text(Some(&row.message_id)),
        Cell::Text(row.name.as_deref()),
        Cell::Text(row.content_type.as_deref()),
        Cell::Text(row.reply_to.as_deref()),
        Cell::Text(row.correlation_id.as_deref()),
        Cell::Bytes(row.message_key.as_deref()),
        Cell::Time(row.created_ms),
        Cell::Time(row.expires_ms),
        Cell::Time(row.not_before_ms),
        Cell::Text(row.headers.as_deref()),
        Cell::Bytes(Some(&row.body)),
    ]
}
