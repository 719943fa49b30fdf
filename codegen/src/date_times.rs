//! Types of dates with times.

/// What a text of the format `date-time` is in Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DateTimes {
    /// The runtime's own type, `tidings::DateTime`.
    #[default]
    Tidings,
    /// A `jiff::Timestamp`.
    Jiff,
    /// A `chrono::DateTime<chrono::FixedOffset>`.
    Chrono,
    /// A `time::OffsetDateTime`.
    Time,
    /// A text, of which the format is checked.
    Text,
}
