//! The names of Spectral's AsyncAPI ruleset, and the rules of our own behind them.
use tidings_document::{Rule, Severity};

use super::formats::Version;

/// A rule of `spectral:asyncapi` that rules of ours stand for.
#[derive(Debug)]
pub(super) struct Known {
    name: &'static str,
    /// The major version that it is for; both where none is given.
    major: Option<u32>,
    pub(super) severity: Severity,
    pub(super) recommended: bool,
    rules: Ours,
}

/// The rules behind a name.
#[derive(Debug)]
enum Ours {
    Ids(&'static [&'static str]),
    /// All with a code of the official parser.
    Code(&'static str),
}

const fn known(
    name: &'static str,
    major: Option<u32>,
    severity: Severity,
    ids: &'static [&'static str],
) -> Known {
    Known {
        name,
        major,
        severity,
        recommended: true,
        rules: Ours::Ids(ids),
    }
}

const E: Severity = Severity::Error;
const W: Severity = Severity::Warning;
const I: Severity = Severity::Info;
const V2: Option<u32> = Some(2);
const V3: Option<u32> = Some(3);
const PARAMETERS: &[&str] = &["address-parameter-undefined", "channel-parameter-unused"];
const SECURITY: &[&str] = &["security-scheme-undefined", "security-scope-undefined"];
const VARIABLES: &[&str] = &["server-variable-undefined", "server-variable-unused"];

/// The others are in `asyncapi.yaml`.
pub(super) const KNOWN: &[Known] = &[
    known(
        "asyncapi-channel-no-empty-parameter",
        V2,
        W,
        &["channel-parameter-empty"],
    ),
    known(
        "asyncapi-3-channel-no-empty-parameter",
        V3,
        W,
        &["channel-parameter-empty"],
    ),
    known(
        "asyncapi-channel-no-query-nor-fragment",
        V2,
        W,
        &["channel-address-has-query"],
    ),
    known(
        "asyncapi-3-channel-no-query-nor-fragment",
        V3,
        W,
        &["channel-address-has-query"],
    ),
    known(
        "asyncapi-channel-no-trailing-slash",
        V2,
        W,
        &["channel-trailing-slash"],
    ),
    known(
        "asyncapi-3-channel-no-trailing-slash",
        V3,
        W,
        &["channel-trailing-slash"],
    ),
    known("asyncapi-channel-parameters", None, E, PARAMETERS),
    known(
        "asyncapi-channel-servers",
        V2,
        E,
        &["channel-server-undefined"],
    ),
    known(
        "asyncapi-3-channel-servers",
        V3,
        E,
        &["channel-server-not-in-root"],
    ),
    known(
        "asyncapi-info-contact-properties",
        None,
        W,
        &["info-contact-incomplete"],
    ),
    known("asyncapi-info-contact", None, W, &["info-contact-missing"]),
    known(
        "asyncapi-info-description",
        None,
        W,
        &["info-description-missing"],
    ),
    Known {
        recommended: false,
        ..known(
            "asyncapi-info-license-url",
            None,
            W,
            &["info-license-url-missing"],
        )
    },
    known("asyncapi-info-license", None, W, &["info-license-missing"]),
    known("asyncapi-latest-version", None, I, &["version-not-latest"]),
    known(
        "asyncapi-message-examples",
        V2,
        E,
        &["message-example-invalid"],
    ),
    known(
        "asyncapi-message-messageId-uniqueness",
        V2,
        E,
        &["duplicate-message-id"],
    ),
    known(
        "asyncapi-operation-operationId-uniqueness",
        V2,
        E,
        &["duplicate-operation-id"],
    ),
    known(
        "asyncapi-operation-operationId",
        V2,
        E,
        &["operation-id-missing"],
    ),
    known("asyncapi-operation-security", V2, E, SECURITY),
    known("asyncapi-3-operation-security", V3, E, SECURITY),
    known(
        "asyncapi-payload-default",
        V2,
        E,
        &["schema-default-invalid"],
    ),
    known(
        "asyncapi-payload-examples",
        V2,
        E,
        &["schema-example-invalid"],
    ),
    known(
        "asyncapi-payload-unsupported-schemaFormat",
        V2,
        I,
        &["schema-format-unknown"],
    ),
    known(
        "asyncapi-3-payload-unsupported-schemaFormat",
        V3,
        I,
        &["schema-format-unknown"],
    ),
    known(
        "asyncapi-payload",
        V2,
        E,
        &["avro-schema-invalid", "schema-pattern-invalid"],
    ),
    known(
        "asyncapi-schema-default",
        V2,
        E,
        &["schema-default-invalid"],
    ),
    known(
        "asyncapi-schema-examples",
        V2,
        E,
        &["schema-example-invalid"],
    ),
    Known {
        rules: Ours::Code("asyncapi-document-resolved"),
        ..known("asyncapi-schema", V2, E, &[])
    },
    known("asyncapi-server-variables", V2, E, VARIABLES),
    known(
        "asyncapi-server-no-empty-variable",
        V2,
        W,
        &["server-variable-empty"],
    ),
    known(
        "asyncapi-3-server-no-empty-variable",
        V3,
        W,
        &["server-variable-empty"],
    ),
    known(
        "asyncapi-server-no-trailing-slash",
        V2,
        W,
        &["server-trailing-slash"],
    ),
    known(
        "asyncapi-3-server-no-trailing-slash",
        V3,
        W,
        &["server-trailing-slash"],
    ),
    known("asyncapi-server-security", V2, E, SECURITY),
    known("asyncapi-servers", None, W, &["servers-missing"]),
    known("asyncapi-tags-uniqueness", V2, E, &["tag-duplicate"]),
    known("asyncapi-3-tags-uniqueness", V3, E, &["tag-duplicate"]),
    known("asyncapi-tags", V2, W, &["tags-missing"]),
    known("asyncapi-3-tags", V3, W, &["tags-missing"]),
    known(
        "asyncapi-unused-components-schema",
        None,
        W,
        &["component-unused"],
    ),
    known(
        "asyncapi-unused-components-server",
        None,
        W,
        &["component-unused"],
    ),
    Known {
        rules: Ours::Code("asyncapi-document-resolved"),
        ..known("asyncapi-3-document-resolved", V3, E, &[])
    },
    Known {
        rules: Ours::Code("asyncapi-document-unresolved"),
        ..known("asyncapi-3-document-unresolved", V3, E, &[])
    },
];

/// Rules of ours that one name of a ruleset stands for.
#[derive(Debug, Clone)]
pub(super) struct Native {
    pub(super) ids: Vec<&'static str>,
    /// Whether the name is the very id: what it says then goes before all else.
    pub(super) is_own: bool,
    major: Option<u32>,
    pub(super) severity: Severity,
}

impl Known {
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn native(&self) -> Native {
        Native {
            ids: match self.rules {
                Ours::Ids(ids) => ids.to_vec(),
                Ours::Code(code) => with_code(code).map(|rule| rule.id).collect(),
            },
            is_own: false,
            major: self.major,
            severity: self.severity,
        }
    }
}

impl Native {
    /// Whether the name means anything for documents of a version.
    pub(super) fn is_for(&self, version: Option<Version>) -> bool {
        self.major
            .is_none_or(|major| version.is_none_or(|version| version.0 == major))
    }
}

fn with_code(code: &str) -> impl Iterator<Item = &'static Rule> {
    crate::all().filter(move |rule| rule.codes.contains(&code))
}

/// What a name stands for: an id of ours, a name of `spectral:asyncapi`, a code of the official parser.
pub(super) fn find(name: &str) -> Option<Native> {
    if let Some(rule) = crate::find(name) {
        return Some(Native {
            ids: vec![rule.id],
            is_own: true,
            major: None,
            severity: rule.severity,
        });
    }
    if let Some(known) = KNOWN.iter().find(|known| known.name == name) {
        return Some(known.native());
    }
    let severity = with_code(name).map(|rule| rule.severity).max()?;
    Some(Native {
        ids: with_code(name).map(|rule| rule.id).collect(),
        is_own: false,
        major: None,
        severity,
    })
}

/// Every name that [`find`] knows.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    let ids = crate::all().map(|rule| rule.id);
    let codes = crate::all().flat_map(|rule| rule.codes.iter().copied());
    ids.chain(KNOWN.iter().map(Known::name)).chain(codes)
}

/// Functions that only Spectral's own rulesets have, with our rules for the same.
const FUNCTIONS: &[(&str, &[&str])] = &[
    ("asyncApi2ChannelParameters", PARAMETERS),
    ("asyncApiChannelParameters", PARAMETERS),
    ("asyncApi2ChannelServers", &["channel-server-undefined"]),
    (
        "asyncApi2DocumentSchema",
        &["field-missing", "field-unknown", "type-mismatch"],
    ),
    (
        "asyncApiDocumentSchema",
        &["field-missing", "field-unknown", "type-mismatch"],
    ),
    (
        "asyncApi2MessageExamplesValidation",
        &["message-example-invalid"],
    ),
    ("asyncApi2MessageIdUniqueness", &["duplicate-message-id"]),
    (
        "asyncApi2OperationIdUniqueness",
        &["duplicate-operation-id"],
    ),
    (
        "asyncApi2PayloadValidation",
        &["type-mismatch", "avro-schema-invalid"],
    ),
    (
        "asyncApiPayloadValidation",
        &["type-mismatch", "avro-schema-invalid"],
    ),
    (
        "asyncApi2SchemaValidation",
        &["schema-default-invalid", "schema-example-invalid"],
    ),
    (
        "asyncApiSchemaValidation",
        &["schema-default-invalid", "schema-example-invalid"],
    ),
    ("asyncApi2Security", SECURITY),
    ("asyncApiSecurity", SECURITY),
    ("serverVariables", VARIABLES),
    ("uniquenessTags", &["tag-duplicate"]),
];

/// Our rules for what a function of Spectral's own rulesets checks.
pub(super) fn instead_of(function: &str) -> Option<String> {
    let (_, ids) = FUNCTIONS.iter().find(|(name, _)| *name == function)?;
    Some(super::problems::list(ids))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_for_rules_that_there_are() {
        let of_functions = FUNCTIONS.iter().flat_map(|(_, ids)| ids.iter().copied());
        let of_names = KNOWN.iter().flat_map(|known| {
            let ids = known.native().ids;
            assert!(!ids.is_empty(), "{}", known.name);
            ids
        });
        for id in of_names.chain(of_functions) {
            assert!(crate::find(id).is_some(), "{id}");
        }
    }
}
