//! One error of the library in our words.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;

use crate::keywords::official;
use crate::pointer::join;
use crate::violation::LIMIT;
use crate::{Part, Violation, wording};

/// What one error says; each property too many is a violation of its own.
pub(crate) fn told(error: ValidationError<'_>, part: Part) -> Vec<Violation> {
    match error.kind() {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let one = |name: &String| Violation {
                instance: join(error.instance_path().as_str(), name),
                message: format!("property `{name}` is not allowed"),
                ..plain(&error, part)
            };
            unexpected.iter().map(one).collect()
        }
        _ => vec![plain(&error, part)],
    }
}

fn plain(error: &ValidationError<'_>, part: Part) -> Violation {
    let keyword = match error.kind() {
        Kind::FalseSchema => "false",
        Kind::BacktrackLimitExceeded { .. } | Kind::RegexEngineFailure { .. } => LIMIT,
        kind => official(kind.keyword()),
    };
    Violation {
        part,
        instance: error.instance_path().as_str().to_owned(),
        schema: schema_pointer(error.schema_path().as_str()),
        keyword: keyword.to_owned(),
        message: wording::message(error),
    }
}

fn schema_pointer(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((parent, last)) => format!("{parent}/{}", official(last)),
        None => path.to_owned(),
    }
}
