//! Avro: payloads in the binary encoding of their schema, alone or behind a header that says which schema it is.
//!
//! Generated code has a [`Schema`] a message; types are read and written through serde, along the schema. Values are read by the schema
//! that they were written with and no other: what says that it has another one is refused by name. Bytes of strangers are read within
//! bounds: no more than the message holds, 128 levels deep, 65,536 values that take no bytes.
//!
//! ```
//! use tidings::{Message, avro::{Framing, Schema}};
//!
//! static COUNT: Schema = Schema::new(r#"{"type": "map", "values": "long"}"#, Framing::SingleObject);
//! let counts = std::collections::BTreeMap::from([("a".to_owned(), 7_i64)]);
//! let body = COUNT.write("Counts", &counts)?;
//! assert_eq!(body[..2], [0xc3, 0x01]);
//! let read: std::collections::BTreeMap<String, i64> = COUNT.read("Counts", &Message::new(body))?;
//! assert_eq!(read, counts);
//! # Ok::<(), tidings::InvalidMessage>(())
//! ```
mod canonical;
mod compile;
mod decimal;
mod fixed;
mod kind;
mod logical;
mod read;
mod schema;
mod source;
mod write;

pub use decimal::{Decimal, NotDecimal};
pub use fixed::{Duration, Fixed};
pub use schema::{Framing, Schema};

#[cfg(test)]
mod tests;
