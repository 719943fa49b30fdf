//! Runtime expressions: `$message.header#/a/b` and `$message.payload#/a/b`.

use crate::places::segments;

/// The part of a message that an expression looks into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Header,
    Payload,
}

/// A runtime expression taken apart; the syntax of a wrong one is reported by reading.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expression {
    pub(crate) source: Source,
    pub(crate) path: Vec<String>,
}

impl Expression {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (source, pointer) = text.strip_prefix("$message.")?.split_once('#')?;
        let source = match source {
            "header" => Source::Header,
            "payload" => Source::Payload,
            _ => return None,
        };
        Some(Self {
            source,
            path: segments(pointer).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_a_source_and_a_path() {
        let path = vec!["a/b".to_owned(), "0".to_owned()];
        let parsed = Expression::parse("$message.header#/a~1b/0");
        assert_eq!(
            parsed,
            Some(Expression {
                source: Source::Header,
                path
            })
        );
        assert_eq!(
            Expression::parse("$message.payload#"),
            Some(Expression {
                source: Source::Payload,
                path: vec![]
            })
        );
        assert_eq!(Expression::parse("$request.header#/a"), None);
    }
}
