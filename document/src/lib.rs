//! Reads AsyncAPI documents: text to nodes with spans, resolved references, typed objects.
//!
//! [`open`] reads a document with the files that it refers to; [`read()`] makes the typed [`api::Api`] of it. Both tell what is
//! wrong as [`Diagnostic`]s and go on with what there is.
mod credentials;
mod span;

mod node;
mod number;
mod pointer;

mod json;
mod limits;
mod loader;
mod remote;
mod roots;
mod slip;
mod url;

mod named;
mod sources;
mod yaml;

mod pattern;
mod proto;

mod document;
mod recognised;

mod severity;

mod diagnostic;
mod fix;
mod plain;
mod rule;
mod rules;
mod suggest;

pub mod api;

mod avro;
mod read;
mod schema_json;
mod union;

pub use avro::{AvroTypes, avro_full_name, avro_place};
pub use credentials::{blotted, credentials, host_credentials, masked, masked_everywhere};
pub use diagnostic::{Diagnostic, Related};
pub use document::{Document, End, OpenError, Resolved, open, open_alone, open_text};
pub use fix::{Change, Edit, Fix, apply};
pub use limits::Limits;
pub use loader::{FetchError, FsLoader, Loader, MemoryLoader, Settings};
pub use node::{Entry, Node, Object, Value};
pub use number::Number;
pub use pattern::is_regular_expression;
pub use plain::{plain_line, visible};
pub use pointer::{escaped_token, unescaped_token};
pub use read::{
    BindingSchemas, Level, avro_structure, binding_fields, binding_paths, binding_protocols,
    binding_schemas, binding_structure, binding_versions, bindings, is_older_binding, read,
    schema_structure,
};
pub use remote::{Host, Mapping, Remote};
pub use rule::{Profile, Rule};
pub use rules::RULES;
pub use schema_json::{SchemaJson, schema_json, schema_json_of_all, schema_json_with_map};
pub use severity::Severity;
pub use sources::{Position, Range, Sources};
pub use span::{FileId, Span, Spanned, Text};
pub use suggest::{certain, nearest};
pub use union::{TagValue, Union, UnionBranch, heirs_of, is_heir, union_of};
pub use url::{BadUrl, Url};
