//! Messages with placeholders.
use tidings_document::{Diagnostic, Text};

use super::problems::doubtful;

/// A message, taken apart.
#[derive(Debug, Clone)]
pub(super) struct Message {
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Value(&'static str),
}

/// What placeholders stand for.
#[derive(Debug, Default)]
pub(super) struct Values<'a> {
    pub(super) property: &'a str,
    pub(super) error: &'a str,
    pub(super) path: &'a str,
    pub(super) value: &'a str,
    pub(super) description: &'a str,
}

const NAMES: &[&str] = &["property", "error", "path", "value", "description"];

impl Message {
    /// Reads a message. Unknown placeholders stand for nothing.
    pub(super) fn read(text: Text<'_>, problems: &mut Vec<Diagnostic>) -> Self {
        let mut parts = Vec::new();
        let mut rest = text.value;
        while let Some((before, behind)) = rest.split_once("{{") {
            let Some((name, after)) = behind.split_once("}}") else {
                break;
            };
            parts.push(Part::Text(before.to_owned()));
            match NAMES.iter().find(|known| **known == name.trim()) {
                Some(known) => parts.push(Part::Value(known)),
                None => {
                    let message = format!("`{{{{{name}}}}}` stands for nothing in a message");
                    let help = format!("there are {}", super::problems::list(NAMES));
                    problems.push(doubtful(text.span, message).help(help));
                }
            }
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Self { parts }
    }

    /// The message about one finding.
    pub(super) fn filled(&self, values: &Values<'_>) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Value(name) => match *name {
                "property" => values.property,
                "error" => values.error,
                "path" => values.path,
                "value" => values.value,
                _ => values.description,
            }
            .to_owned(),
        };
        let whole: String = self.parts.iter().map(part).collect();
        whole.trim().to_owned()
    }
}
