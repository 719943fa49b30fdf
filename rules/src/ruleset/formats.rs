//! Formats: which documents a rule is for.
use tidings_document::{Diagnostic, Node};

use super::problems::{one_or_many, unknown, wrong_type};

/// Major and minor version of an AsyncAPI document.
pub(super) type Version = (u32, u32);

/// The formats of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Formats(Vec<Format>);

/// One format: a version of AsyncAPI with or without its minor part, or something that is no AsyncAPI document.
type Format = Option<(u32, Option<u32>)>;

const FORMATS: &[(&str, Format)] = &[
    ("aas2", Some((2, None))),
    ("asyncapi2", Some((2, None))),
    ("asyncApi2", Some((2, None))),
    ("aas2_0", Some((2, Some(0)))),
    ("aas2_1", Some((2, Some(1)))),
    ("aas2_2", Some((2, Some(2)))),
    ("aas2_3", Some((2, Some(3)))),
    ("aas2_4", Some((2, Some(4)))),
    ("aas2_5", Some((2, Some(5)))),
    ("aas2_6", Some((2, Some(6)))),
    ("aas3", Some((3, None))),
    ("asyncapi3", Some((3, None))),
    ("aas3_0", Some((3, Some(0)))),
    ("aas3_1", Some((3, Some(1)))),
    ("oas2", None),
    ("oas3", None),
    ("oas3_0", None),
    ("oas3_1", None),
    ("arazzo1", None),
    ("arazzo1_0", None),
    ("json-schema", None),
    ("json-schema-loose", None),
    ("json-schema-draft4", None),
    ("json-schema-draft6", None),
    ("json-schema-draft7", None),
    ("json-schema-draft-2019-09", None),
    ("json-schema-2019-09", None),
    ("json-schema-draft-2020-12", None),
    ("json-schema-2020-12", None),
];

impl Formats {
    /// Reads the names of formats.
    pub(super) fn read(node: &Node, problems: &mut Vec<Diagnostic>) -> Self {
        let mut found = Vec::new();
        for item in one_or_many(node) {
            let Some(text) = item.text() else {
                problems.push(wrong_type(
                    item,
                    "`formats`",
                    "a list of names such as `aas3`",
                ));
                continue;
            };
            let name = text.value.replace('.', "_");
            match FORMATS.iter().find(|(known, _)| *known == name) {
                Some((_, format)) => found.push(*format),
                None => {
                    let names = FORMATS.iter().map(|(name, _)| *name);
                    problems.push(unknown(text, names, "format"));
                }
            }
        }
        Self(found)
    }

    /// Whether documents of a version are of one of these formats.
    pub(super) fn hold(&self, (major, minor): Version) -> bool {
        let fits = |format: &(u32, Option<u32>)| {
            format.0 == major && format.1.is_none_or(|wanted| wanted == minor)
        };
        self.0.iter().flatten().any(fits)
    }
}

/// The version of a document as its text says, be it one that we know or not.
pub(super) fn version(root: &Node) -> Option<Version> {
    let mut parts = root.get("asyncapi")?.as_str()?.split('.');
    let mut number = || parts.next()?.parse().ok();
    let (major, minor, _patch): (u32, u32, u32) = (number()?, number()?, number()?);
    parts.next().is_none().then_some((major, minor))
}
