//! The keywords that compare numbers, to the last digit.
use jsonschema::paths::Location;
use jsonschema::{Keyword, ValidationError};
use serde_json::{Map, Value};

use super::{Exact, ExactJson, LITERALS};
use crate::decimal::Decimal;
use crate::library::{Options, Settings};
use crate::wording::{self, cut};

type Schema = Map<String, Value>;
type Made<'a> = Result<Box<dyn for<'i> Keyword<'i, ExactJson>>, ValidationError<'a>>;

/// How the library is to take schemas, with these keywords in the place of its own.
pub(crate) fn options(settings: Settings) -> Options<ExactJson> {
    settings
        .options::<ExactJson>()
        .with_keyword("minimum", |schema, limit, _: Location| {
            bound(schema, limit, "minimum")
        })
        .with_keyword("maximum", |schema, limit, _: Location| {
            bound(schema, limit, "maximum")
        })
        .with_keyword("exclusiveMinimum", |schema, limit, _: Location| {
            bound(schema, limit, "exclusiveMinimum")
        })
        .with_keyword("exclusiveMaximum", |schema, limit, _: Location| {
            bound(schema, limit, "exclusiveMaximum")
        })
        .with_keyword("multipleOf", |schema, limit, _: Location| {
            bound(schema, limit, "multipleOf")
        })
        .with_keyword("const", |schema, value, _: Location| {
            listed(schema, value, "const")
        })
        .with_keyword("enum", |schema, value, _: Location| {
            listed(schema, value, "enum")
        })
}

/// The value of a keyword with its numbers as they were written.
fn written(schema: &Schema, value: &Value, keyword: &str) -> Exact {
    let literals = schema.get(LITERALS).and_then(|texts| texts.get(keyword));
    let text = literals.and_then(Value::as_str);
    text.map_or_else(|| Exact::from(value), Exact::read)
}

/// A limit of numbers.
struct Bound {
    keeps: fn(&Decimal, &Decimal) -> bool,
    limit: Option<super::Number>,
    broken: &'static str,
}

fn bound<'a>(schema: &'a Schema, value: &'a Value, keyword: &str) -> Made<'a> {
    // Older drafts say so beside the bound.
    let is_exclusive = |by: &str| schema.get(by) == Some(&Value::Bool(true));
    let keyword_meant = match keyword {
        "minimum" if is_exclusive("exclusiveMinimum") => "exclusiveMinimum",
        "maximum" if is_exclusive("exclusiveMaximum") => "exclusiveMaximum",
        keyword => keyword,
    };
    let (keeps, broken): (fn(&Decimal, &Decimal) -> bool, _) = match keyword_meant {
        "minimum" => (|number, limit| number >= limit, "less than"),
        "maximum" => (|number, limit| number <= limit, "greater than"),
        "exclusiveMinimum" => (|number, limit| number > limit, "not greater than"),
        "exclusiveMaximum" => (|number, limit| number < limit, "not less than"),
        _ => (Decimal::is_multiple_of, "not a multiple of"),
    };
    let limit = match written(schema, value, keyword) {
        Exact::Number(number) => Some(number),
        _ => None,
    };
    Ok(Box::new(Bound {
        keeps,
        limit,
        broken,
    }))
}

impl<'i> Keyword<'i, ExactJson> for Bound {
    fn validate(&self, value: &'i Exact) -> Result<(), ValidationError<'i>> {
        if self.is_valid(value) {
            return Ok(());
        }
        let limit = self.limit.as_ref().map(|limit| limit.text.as_str());
        let message = format!(
            "{} is {} `{}`",
            value.show(),
            self.broken,
            cut(limit.unwrap_or_default())
        );
        Err(ValidationError::custom(message))
    }

    fn is_valid(&self, value: &'i Exact) -> bool {
        match (value, &self.limit) {
            (Exact::Number(number), Some(limit)) => (self.keeps)(&number.decimal, &limit.decimal),
            _ => true,
        }
    }
}

/// The values of `const` or of `enum`.
struct Listed {
    values: Vec<Exact>,
    is_enum: bool,
}

fn listed<'a>(schema: &'a Schema, value: &'a Value, keyword: &str) -> Made<'a> {
    let is_enum = keyword == "enum";
    let values = match written(schema, value, keyword) {
        Exact::Array(values) if is_enum => values,
        value => vec![value],
    };
    Ok(Box::new(Listed { values, is_enum }))
}

impl<'i> Keyword<'i, ExactJson> for Listed {
    fn validate(&self, value: &'i Exact) -> Result<(), ValidationError<'i>> {
        if self.values.contains(value) {
            return Ok(());
        }
        let shown: Vec<String> = self.values.iter().map(Exact::show).collect();
        let message = match self.is_enum {
            true => format!("{} is not one of {}", value.show(), wording::some(&shown)),
            false => format!("{} is not {}", value.show(), shown.concat()),
        };
        Err(ValidationError::custom(message))
    }

    fn is_valid(&self, value: &'i Exact) -> bool {
        self.values.contains(value)
    }
}

impl Exact {
    /// As [`wording::show`], with all digits.
    fn show(&self) -> String {
        match self {
            Self::Number(number) => format!("`{}`", cut(&number.text)),
            other => wording::show(&Value::from(other)),
        }
    }
}
