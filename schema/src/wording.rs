//! What is said about each kind of violation: short, lower-case, the value in backticks.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

/// How many characters of a value are shown.
const SHOWN: usize = 60;

/// What stands between a message and the number of its alternatives.
const CLOSEST: &str = " (the closest of ";

/// A scalar as JSON in backticks, cut when long; containers by their kind.
pub(crate) fn show(value: &Value) -> String {
    match value {
        Value::Object(_) => "the object".to_owned(),
        Value::Array(_) => "the array".to_owned(),
        scalar => format!("`{}`", cut(&scalar.to_string())),
    }
}

pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The message for one error of the library.
pub(crate) fn message(error: &ValidationError<'_>) -> String {
    let value = || show(error.instance());
    match error.kind() {
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            none_fits(&value(), context.len())
        }
        Kind::Constant { expected_value } => format!("{} is not {}", value(), show(expected_value)),
        Kind::Enum { options } => format!("{} is not one of {}", value(), list(options)),
        Kind::Type { kind } => format!("{} is not of type {}", value(), types(kind)),
        Kind::Required { property } => format!(
            "property `{}` is missing",
            property.as_str().unwrap_or_default()
        ),
        Kind::Format { format } => format!("{} is not a valid `{format}`", value()),
        Kind::Pattern { pattern } => format!("{} does not match `{pattern}`", value()),
        Kind::AdditionalItems { limit } => format!("the array has more than `{limit}` items"),
        Kind::UniqueItems => "the array has an item twice".to_owned(),
        Kind::FalseSchema => format!("{} is not allowed here", value()),
        Kind::ContentEncoding { content_encoding } => {
            format!("{} is not `{content_encoding}`", value())
        }
        Kind::ContentMediaType { content_media_type } => {
            format!("{} is not `{content_media_type}`", value())
        }
        Kind::FromUtf8 { .. } => format!("{} does not decode to text", value()),
        Kind::BacktrackLimitExceeded { .. } | Kind::RegexEngineFailure { .. } => {
            let costly = costly(error.instance());
            format!("{costly} against the pattern, which steps back too often")
        }
        kind => limits(kind, &value()).unwrap_or_else(|| error.to_string()),
    }
}

fn limits(kind: &Kind, value: &str) -> Option<String> {
    Some(match kind {
        Kind::Minimum { limit } => format!("{value} is less than `{limit}`"),
        Kind::Maximum { limit } => format!("{value} is greater than `{limit}`"),
        Kind::ExclusiveMinimum { limit } => format!("{value} is not greater than `{limit}`"),
        Kind::ExclusiveMaximum { limit } => format!("{value} is not less than `{limit}`"),
        Kind::MultipleOf { multiple_of } => format!("{value} is not a multiple of `{multiple_of}`"),
        Kind::MinLength { limit } => format!("{value} is shorter than `{limit}` characters"),
        Kind::MaxLength { limit } => format!("{value} is longer than `{limit}` characters"),
        Kind::MinItems { limit } => format!("{value} has fewer than `{limit}` items"),
        Kind::MaxItems { limit } => format!("{value} has more than `{limit}` items"),
        Kind::MinProperties { limit } => format!("{value} has fewer than `{limit}` properties"),
        Kind::MaxProperties { limit } => format!("{value} has more than `{limit}` properties"),
        _ => return None,
    })
}

/// For a value that takes too many steps to judge.
pub(crate) fn costly(value: &Value) -> String {
    format!("{} is too costly to check", show(value))
}

/// For a value that fits none of some alternatives.
pub(crate) fn none_fits(value: &str, alternatives: usize) -> String {
    format!("{value} fits none of the {alternatives} alternatives")
}

/// With how many alternatives are further off than the one that this is said of.
pub(crate) fn of_alternatives(message: &str, count: usize) -> String {
    format!("{message}{CLOSEST}{count} alternatives)")
}

/// The message without that.
pub(crate) fn without_alternatives(message: &str) -> &str {
    let noted = message.rsplit_once(CLOSEST);
    let noted = noted.filter(|(_, count)| count.ends_with(" alternatives)"));
    noted.map_or(message, |(message, _)| message)
}

/// For an object without the property that says which alternative it is.
pub(crate) fn no_tag(property: &str, tags: &Value) -> String {
    format!(
        "property `{property}` is missing, which is one of {}",
        list(tags)
    )
}

/// For an object whose property means no alternative.
pub(crate) fn wrong_tag(property: &str, value: &Value, tags: &Value) -> String {
    format!(
        "`{property}` is {}, which is none of {}",
        show(value),
        list(tags)
    )
}

/// For a value that fits some alternatives of which it should fit one.
pub(crate) fn several(value: &str, fitting: &[usize]) -> String {
    let numbers: Vec<String> = fitting.iter().map(|index| format!("`{index}`")).collect();
    format!(
        "{value} fits several alternatives that should exclude each other: {}",
        numbers.join(", ")
    )
}

/// What is wrong with how many items of a kind there are, if anything, and the keyword that says so.
pub(crate) fn contains(
    count: f64,
    least: Option<f64>,
    most: Option<f64>,
) -> Option<(&'static str, &'static str)> {
    match (least, most) {
        (_, Some(most)) if count > most => Some((
            "maxContains",
            "the array has too many items of the kind that it may contain",
        )),
        (Some(least), _) if count < least => Some((
            "minContains",
            "the array has too few items of the kind that it must contain",
        )),
        (None, _) if count == 0.0 => Some((
            "contains",
            "the array lacks an item of the kind that it must contain",
        )),
        _ => None,
    }
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(name) => format!("`{name}`"),
        TypeKind::Multiple(names) => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            names.join(" or ")
        }
    }
}

fn list(options: &Value) -> String {
    let Value::Array(options) = options else {
        return show(options);
    };
    let shown: Vec<String> = options.iter().map(show).collect();
    some(&shown)
}

/// The first of some values.
pub(crate) fn some(shown: &[String]) -> String {
    let first = &shown[..shown.len().min(8)];
    let more = if first.len() < shown.len() {
        ", …"
    } else {
        ""
    };
    format!("{}{more}", first.join(", "))
}
