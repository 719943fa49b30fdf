//! How the validation library is to take schemas.

use std::sync::Arc;

use jsonschema::json::Json;
use jsonschema::{Draft, Retrieve, Uri};
use serde_json::{Map, Value};

use crate::keywords::{self, NUMBER_FORMAT};
use crate::pattern::LIMITS;
use crate::{Dialect, Schema};

/// How the library is told to take schemas.
pub(crate) type Options<F> = jsonschema::ValidationOptions<'static, Arc<dyn Retrieve>, F>;

/// The dialect of a schema, whether its formats count, and how many steps back one match of a pattern may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    dialect: Dialect,
    formats: bool,
    pub(crate) steps: usize,
}

impl Settings {
    pub(crate) fn of(schema: &Schema) -> Self {
        Self {
            dialect: schema.dialect,
            formats: schema.formats,
            steps: LIMITS[0],
        }
    }

    pub(crate) fn with_steps(self, steps: usize) -> Self {
        Self { steps, ..self }
    }

    pub(crate) fn options<F: Json>(self) -> Options<F> {
        jsonschema::options_for::<F>()
            .with_draft(self.dialect.draft())
            .with_retriever(Nothing)
            .should_validate_formats(self.formats)
            .with_pattern_options(
                jsonschema::PatternOptions::fancy_regex().backtrack_limit(self.steps),
            )
            .with_format("uuid", keywords::is_uuid)
            .with_format("byte", keywords::is_base64)
            .with_keyword(NUMBER_FORMAT, keywords::number_format::<F>)
    }

    /// Whether the dialect knows a keyword that not all know.
    pub(crate) fn has(self, keyword: &str) -> bool {
        match keyword {
            "contains" | "propertyNames" => self.dialect.draft() >= Draft::Draft6,
            "if" => self.dialect.draft() >= Draft::Draft7,
            "dependentSchemas" | "unevaluatedItems" | "unevaluatedProperties" => self.is_newer(),
            _ => true,
        }
    }

    /// Whether it is 2019-09 or later.
    pub(crate) fn is_newer(self) -> bool {
        self.dialect.draft() >= Draft::Draft201909
    }

    /// Whether a schema is nothing but a reference, whatever else it says.
    pub(crate) fn is_reference(self, schema: &Map<String, Value>) -> bool {
        !self.is_newer() && schema.get("$ref").is_some_and(Value::is_string)
    }
}

/// Fetches nothing.
struct Nothing;

impl Retrieve for Nothing {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("`{uri}` leads out of the schema").into())
    }
}
