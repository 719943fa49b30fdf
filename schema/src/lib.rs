//! Compiles the schemas of one message once and validates many messages.
//!
//! [`MessageValidator::compile`] is the entry: it takes the JSON Schemas of a message's payload and headers, each
//! self-contained (every `$ref` stays inside, as in `#/definitions/Order`), and gives a validator that lists every
//! [`Violation`] of a message. [`Validator`] and [`validate_value`] do the same for one schema and one value.
//!
//! - The draft is the [`Dialect`]'s, whatever `$schema` says; formats are asserted.
//! - Nothing is ever fetched: a reference out of the schema is a [`SchemaError`].
//! - Violations are worked out only for values that are known to be wrong, by the closest alternative of each union.
//! - Schemas and values nested deeper than [`MAX_DEPTH`] are refused, and so are schemas that apply thousands of
//!   subschemas to one value, so that no input exhausts the stack or the clock.
//! - Numbers are compared to the last digit: an [`Instance`] has those of its text, and where a float would round one of the
//!   schema, `x-tidings-literals` beside the keyword has it as it is written.
//! - Patterns are ECMAScript's, in or outside its Unicode mode; what would take too many steps to match, one string or all of a value, is a
//!   violation that says so.
//! - [`examples`] makes values that keep a schema; [`values()`] proves that there are none.
//! - `AvroValidator`, behind the feature `avro`, does the same for Avro schemas, in JSON and in binary.
//! - `ProtobufValidator`, behind the feature `protobuf`, does so for the messages of Protobuf files.
//! - `discriminator` is an annotation. Whoever knows what it means writes that into each alternative: `properties` and
//!   `required` for its property, and `$comment: discriminator`, so that examples are made of each.

#[cfg(any(feature = "avro", feature = "protobuf"))]
mod at;
#[cfg(feature = "avro")]
mod avro;
mod compile;
mod decimal;
mod dialect;
mod effort;
mod exact;
mod example;
mod expansion;
mod explain;
mod flatten;
mod forms;
mod instance;
mod keywords;
mod library;
mod message;
mod pattern;
mod pointer;
mod prepare;
#[cfg(feature = "protobuf")]
mod protobuf;
mod references;
mod schema;
mod sets;
mod told;
mod violation;
mod wording;

#[cfg(feature = "avro")]
pub use avro::{AvroFault, AvroFaultKind, AvroJson, AvroValidator};
pub use compile::{Validator, validate_value};
pub use dialect::Dialect;
pub use example::{Examples, examples, few_examples};
pub use explain::Distance;
pub use instance::{Given, Instance};
pub use message::{MessageSchemas, MessageValidator};
pub use pattern::{Pattern, is_pattern, is_too_large};
pub use pointer::MAX_DEPTH;
#[cfg(feature = "protobuf")]
pub use protobuf::{
    ProtobufContent, ProtobufError, ProtobufField, ProtobufFile, ProtobufForm, ProtobufImport,
    ProtobufKind, ProtobufOutline, ProtobufSchema, ProtobufShape, ProtobufType, ProtobufValidator,
    protobuf_builtins,
};
pub use schema::{Schema, SchemaError};
pub use sets::{Values, Work, all_of, values};
pub use violation::{Part, Violation};
