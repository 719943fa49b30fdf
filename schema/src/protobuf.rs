//! Protobuf: the files of a schema are compiled once; values in Protobuf's JSON and in binary are checked against one of
//! its messages.
mod binary;
mod builtin;
mod compile;
mod example;
mod help;
mod json;
mod known;
mod model;
mod nesting;
mod outline;
mod root;
mod users;

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::pointer::{MAX_DEPTH, too_deep};
use crate::{Examples, Part, Violation};
pub use builtin::protobuf_builtins;
use model::{MessageId, Model};
pub use outline::{
    ProtobufContent, ProtobufField, ProtobufForm, ProtobufKind, ProtobufOutline, ProtobufShape,
    ProtobufType,
};

/// One file of a schema.
#[derive(Debug, Clone)]
pub struct ProtobufFile<'a> {
    /// What errors call it.
    pub name: String,
    /// Its text.
    pub text: &'a str,
    /// Its imports, in the order of the text.
    pub imports: Vec<ProtobufImport>,
}

/// One `import` of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtobufImport {
    /// Where the path stands in the text, without its quotes.
    pub range: Range<usize>,
    /// Position of the file that it leads to; those that come along need none.
    pub file: Option<usize>,
}

/// One reason why a schema cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ProtobufError {
    /// Position of the file.
    pub file: usize,
    /// Where in its text, if it is about a place.
    pub range: Option<Range<usize>>,
    /// What is wrong, naming the value.
    pub message: String,
    /// How to mend it, where that is known.
    pub help: Option<String>,
}

impl From<(Range<usize>, Option<usize>)> for ProtobufImport {
    fn from((range, file): (Range<usize>, Option<usize>)) -> Self {
        Self { range, file }
    }
}

impl ProtobufError {
    fn new(file: usize, range: Option<Range<usize>>, message: impl Into<String>) -> Self {
        Self {
            file,
            range,
            message: message.into(),
            help: None,
        }
    }

    fn help(mut self, help: &str) -> Self {
        self.help = Some(help.to_owned());
        self
    }
}

/// The messages that some files define.
#[derive(Debug, Clone)]
pub struct ProtobufSchema {
    model: Arc<Model>,
    candidates: Vec<root::Candidate>,
}

/// One message of a schema; cheap to use many times, from many threads.
#[derive(Debug, Clone)]
pub struct ProtobufValidator {
    model: Arc<Model>,
    root: MessageId,
}

impl ProtobufSchema {
    /// Compiles the first of some files, with those that it imports.
    ///
    /// # Errors
    /// When it cannot be used: every reason that can be told apart, with its place.
    pub fn compile(files: &[ProtobufFile<'_>]) -> Result<Self, Vec<ProtobufError>> {
        compile::compile(files)
    }

    /// The message of the first file that a payload is: the one that a comment marks with `@RootNode`, else the one with
    /// one of these names, else the only one that no other message has a field of.
    ///
    /// # Errors
    /// When that is none, or several: the message says which there are.
    pub fn payload(&self, names: &[&str]) -> Result<ProtobufValidator, ProtobufError> {
        let root = root::choose(&self.candidates, names)?;
        Ok(ProtobufValidator {
            model: Arc::clone(&self.model),
            root,
        })
    }
}

impl ProtobufValidator {
    /// Full name of the message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.model.messages[self.root].name
    }

    /// Position of the message among those of its file; that of one within others begins with theirs, from the outermost on.
    #[must_use]
    pub fn place(&self) -> Vec<i32> {
        let message = self.model.pool.get_message_by_name(self.message());
        let path = message.as_ref().map_or(&[][..], |message| message.path());
        // Each position stands behind the number of the field that it is one of.
        path.iter().skip(1).step_by(2).copied().collect()
    }

    /// Whether a value in Protobuf's JSON keeps the schema; faster than listing what it breaks.
    #[must_use]
    pub fn is_valid_json(&self, value: &Value) -> bool {
        too_deep(value, MAX_DEPTH).is_none() && json::is_valid(self, value)
    }

    /// Every way in which a value in Protobuf's JSON breaks the schema.
    #[must_use]
    pub fn validate_json(&self, value: &Value) -> Vec<Violation> {
        match too_deep(value, MAX_DEPTH) {
            Some(instance) => vec![violation(
                instance,
                self.message(),
                "depth",
                too_deep_text(),
            )],
            None => json::validate(self, value),
        }
    }

    /// Every way in which bytes in Protobuf's binary encoding break the schema, as far as they can be told apart.
    #[must_use]
    pub fn validate_binary(&self, bytes: &[u8]) -> Vec<Violation> {
        binary::validate(self, bytes)
    }

    /// What the message consists of, for readers.
    #[must_use]
    pub fn outline(&self) -> ProtobufOutline {
        outline::outline(self)
    }

    /// Examples in Protobuf's JSON, one for each field of each `oneof`. The same seed gives the same ones. What has no
    /// example is named by its message, or by its `oneof` and field.
    #[must_use]
    pub fn examples(&self, seed: u64) -> Examples {
        example::examples(self, seed)
    }
}

fn too_deep_text() -> String {
    format!("value is nested deeper than `{MAX_DEPTH}` levels")
}

/// `schema` is the full name of what refuses the value.
fn violation(instance: String, schema: &str, keyword: &str, message: String) -> Violation {
    Violation {
        part: Part::Payload,
        instance,
        schema: schema.to_owned(),
        keyword: keyword.to_owned(),
        message,
    }
}

#[cfg(test)]
mod tests;
