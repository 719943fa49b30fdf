//! Protobuf: payloads in its binary encoding, or in its JSON.
//!
//! Generated code has a [`Descriptor`] for each message of a schema; types are read and written through serde, along it. Fields that the
//! schema has not are kept as they came ([`UnknownFields`]) and written again. Bytes of strangers are read within bounds: no more than
//! the message holds, 100 messages deep, as Protobuf's own readers have it.
//!
//! ```
//! use tidings::{Message, protobuf::{self, Descriptor, Kind}};
//!
//! #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
//! struct Count { of: String, times: Vec<i32> }
//!
//! static COUNT: Descriptor = Descriptor::new("example.Count", &[
//!     protobuf::implicit(1, "of", "of", Kind::String),
//!     protobuf::packed(2, "times", "times", Kind::Int32),
//! ]);
//! let count = Count { of: "a".to_owned(), times: vec![1, 300] };
//! let body = COUNT.write("Count", &count)?;
//! assert_eq!(body, [0x0a, 1, b'a', 0x12, 3, 1, 0xac, 0x02].as_slice());
//! assert_eq!(COUNT.read::<Count>("Count", &Message::new(body))?, count);
//! # Ok::<(), tidings::InvalidMessage>(())
//! ```
mod any;
mod descriptor;
mod duration;
mod json;
mod known;
mod payload;
mod read;
mod registered;
mod scan;
mod timestamp;
mod unknown;
mod wire;
mod write;

pub use any::Any;
pub use descriptor::{
    Descriptor, Enum, Field, Kind, implicit, map, oneof, optional, packed, repeated, required,
};
pub use duration::{Duration, NotDuration};
pub use known::{
    ANY, BOOL_VALUE, BYTES_VALUE, DOUBLE_VALUE, DURATION, EMPTY, FIELD_MASK, FLOAT_VALUE,
    INT32_VALUE, INT64_VALUE, LIST_VALUE, STRING_VALUE, STRUCT, TIMESTAMP, UINT32_VALUE,
    UINT64_VALUE, VALUE,
};
pub use registered::Registered;
pub use timestamp::{NotTimestamp, Timestamp};
pub use unknown::UnknownFields;

#[cfg(test)]
mod tests;
