//! Avro: a schema is compiled once; values in its JSON encoding, in plain JSON and in binary are checked against it.
mod binary;
mod compile;
mod defaults;
mod example;
mod json;

use serde_json::Value;

use crate::pointer::{MAX_DEPTH, too_deep};
use crate::{Examples, Part, SchemaError, Violation};

/// A compiled Avro schema; cheap to use many times, from many threads.
///
/// Logical types are annotations, but for `uuid` on strings.
#[derive(Debug, Clone)]
pub struct AvroValidator {
    types: Vec<Type>,
    root: TypeId,
}

/// One thing that is wrong with a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvroFault {
    /// What, and where.
    pub error: SchemaError,
    /// How much it matters.
    pub kind: AvroFaultKind,
}

/// How much a fault of a schema matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AvroFaultKind {
    /// No reader takes the schema.
    Unusable,
    /// The default of a field fits a type of its union that is not the first, which only readers since 1.12 take.
    LaterBranch,
    /// A `logicalType` stands beside the type, where nobody looks for it.
    IgnoredLogicalType,
}

impl From<(SchemaError, AvroFaultKind)> for AvroFault {
    fn from((error, kind): (SchemaError, AvroFaultKind)) -> Self {
        Self { error, kind }
    }
}

/// How JSON shows Avro values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AvroJson {
    /// Avro's JSON encoding, which Avro libraries read: the value of a union stands under the name of its type, as in
    /// `{"string": "x"}`, unless it is null; every field is there, whatever its default.
    Tagged,
    /// JSON as people write examples: the value of a union may stand bare, and a field with a default may be missing.
    Plain,
}

/// Position in the list of types.
type TypeId = usize;

#[derive(Debug, Clone)]
struct Type {
    kind: Kind,
    /// Where the schema says so.
    pointer: String,
}

#[derive(Debug, Clone)]
enum Kind {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Uuid,
    Record { name: String, fields: Vec<Field> },
    Enum { name: String, symbols: Vec<String> },
    Fixed { name: String, size: usize },
    Array(TypeId),
    Map(TypeId),
    Union(Vec<TypeId>),
}

#[derive(Debug, Clone)]
struct Field {
    name: String,
    kind: TypeId,
    has_default: bool,
}

impl AvroValidator {
    /// Compiles a schema.
    ///
    /// # Errors
    /// When the schema cannot be used: every reason with its place.
    pub fn compile(schema: &Value) -> Result<Self, Vec<SchemaError>> {
        let (validator, faults) = compile::compile(schema);
        let errors = faults
            .into_iter()
            .filter(|fault| fault.kind == AvroFaultKind::Unusable);
        let errors: Vec<_> = errors.map(|fault| fault.error).collect();
        match errors.is_empty() {
            true => Ok(validator),
            false => Err(errors),
        }
    }

    /// All that is wrong with a schema, and what of it has no effect.
    #[must_use]
    pub fn faults(schema: &Value) -> Vec<AvroFault> {
        compile::compile(schema).1
    }

    /// Whether a value keeps the schema; faster than listing what it breaks.
    #[must_use]
    pub fn is_valid_json(&self, value: &Value, form: AvroJson) -> bool {
        too_deep(value, MAX_DEPTH).is_none() && json::is_valid(self, value, form)
    }

    /// Every way in which a value breaks the schema.
    #[must_use]
    pub fn validate_json(&self, value: &Value, form: AvroJson) -> Vec<Violation> {
        match too_deep(value, MAX_DEPTH) {
            Some(instance) => vec![self.violation(instance, self.root, "depth", too_deep_text())],
            None => json::validate(self, value, form),
        }
    }

    /// Every way in which bytes in Avro's binary encoding break the schema, as far as they can be told apart.
    #[must_use]
    pub fn validate_binary(&self, bytes: &[u8]) -> Vec<Violation> {
        binary::validate(self, bytes)
    }

    /// Examples in Avro's JSON encoding, one for each type of each union. The same seed gives the same ones. What has no
    /// example is named by its pointer into the schema.
    #[must_use]
    pub fn examples(&self, seed: u64) -> Examples {
        example::examples(self, seed)
    }

    fn violation(
        &self,
        instance: String,
        kind: TypeId,
        keyword: &str,
        message: String,
    ) -> Violation {
        Violation {
            part: Part::Payload,
            instance,
            schema: self.types[kind].pointer.clone(),
            keyword: keyword.to_owned(),
            message,
        }
    }

    fn name(&self, kind: TypeId) -> &str {
        name(&self.types[kind].kind)
    }
}

/// What a type is called in a union.
fn name(kind: &Kind) -> &str {
    match kind {
        Kind::Null => "null",
        Kind::Boolean => "boolean",
        Kind::Int => "int",
        Kind::Long => "long",
        Kind::Float => "float",
        Kind::Double => "double",
        Kind::Bytes => "bytes",
        Kind::String | Kind::Uuid => "string",
        Kind::Record { name, .. } | Kind::Enum { name, .. } | Kind::Fixed { name, .. } => name,
        Kind::Array(_) => "array",
        Kind::Map(_) => "map",
        Kind::Union(_) => "union",
    }
}

fn too_deep_text() -> String {
    format!("value is nested deeper than `{MAX_DEPTH}` levels")
}
