//! What a message breaks, and where.

use std::fmt;

/// The keyword of what is not known to be wrong: checking it costs too much, or there is too much to tell.
pub(crate) const LIMIT: &str = "limit";

/// The part of a message that a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The payload.
    Payload,
    /// The headers.
    Headers,
    /// A value checked on its own.
    Value,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Payload => "payload",
            Self::Headers => "headers",
            Self::Value => "value",
        })
    }
}

/// One way in which a value breaks its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The part of the message.
    pub part: Part,
    /// JSON pointer to the offending value.
    pub instance: String,
    /// JSON pointer to the keyword, in the given schema.
    pub schema: String,
    /// The keyword that refused the value; `limit` where that would take too many steps to find out.
    pub keyword: String,
    /// What is wrong, naming the value.
    pub message: String,
}

impl Violation {
    /// One of the whole value, by no keyword of the schema.
    pub(crate) fn whole(part: Part, keyword: &str, message: String) -> Self {
        Self {
            part,
            instance: String::new(),
            schema: String::new(),
            keyword: keyword.to_owned(),
            message,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            part,
            instance,
            message,
            ..
        } = self;
        write!(f, "{message}, in the {part}")?;
        if instance.is_empty() {
            Ok(())
        } else {
            write!(f, " at `{instance}`")
        }
    }
}
