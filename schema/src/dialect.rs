//! The schema languages a message may be written in, and which JSON Schema draft each of them is checked as.

use jsonschema::Draft;

/// A JSON Schema dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dialect {
    /// The AsyncAPI Schema Object: draft-07 with a few annotations; `$id` has no meaning in it.
    #[default]
    AsyncApi,
    /// JSON Schema draft-04.
    Draft4,
    /// JSON Schema draft-06.
    Draft6,
    /// JSON Schema draft-07.
    Draft7,
    /// JSON Schema 2019-09.
    Draft201909,
    /// JSON Schema 2020-12.
    Draft202012,
    /// The OpenAPI 3.0 Schema Object: draft-04 with `nullable`.
    OpenApi30,
    /// The OpenAPI 3.1 Schema Object: 2020-12.
    OpenApi31,
}

impl Dialect {
    /// The dialect that an AsyncAPI `schemaFormat` names, if it is a JSON Schema one.
    #[must_use]
    pub fn of_format(format: &str) -> Option<Self> {
        let mut parts = format.split(';').map(str::trim);
        let media = parts.next()?.to_ascii_lowercase();
        let version = parts
            .find_map(|part| part.strip_prefix("version="))
            .unwrap_or_default();
        let media = media.trim_end_matches("+json").trim_end_matches("+yaml");
        match media {
            "application/vnd.aai.asyncapi" => Some(Self::AsyncApi),
            "application/schema" => Self::of_draft(version),
            "application/vnd.oai.openapi" if version.starts_with("3.1") => Some(Self::OpenApi31),
            "application/vnd.oai.openapi" => Some(Self::OpenApi30),
            _ => None,
        }
    }

    fn of_draft(version: &str) -> Option<Self> {
        match version {
            "draft-04" => Some(Self::Draft4),
            "draft-06" => Some(Self::Draft6),
            "draft-07" => Some(Self::Draft7),
            "2019-09" | "draft/2019-09" => Some(Self::Draft201909),
            "2020-12" | "draft/2020-12" => Some(Self::Draft202012),
            _ => None,
        }
    }

    pub(crate) fn draft(self) -> Draft {
        match self {
            Self::AsyncApi | Self::Draft7 => Draft::Draft7,
            Self::Draft4 | Self::OpenApi30 => Draft::Draft4,
            Self::Draft6 => Draft::Draft6,
            Self::Draft201909 => Draft::Draft201909,
            Self::Draft202012 | Self::OpenApi31 => Draft::Draft202012,
        }
    }

    /// Whether `$id` is a plain annotation, because the format finds references by document.
    pub(crate) fn ignores_ids(self) -> bool {
        matches!(self, Self::AsyncApi | Self::OpenApi30)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_formats_name_their_dialect() {
        let of = Dialect::of_format;
        assert_eq!(
            of("application/vnd.aai.asyncapi+yaml;version=3.0.0"),
            Some(Dialect::AsyncApi)
        );
        assert_eq!(
            of("application/schema+json; version=draft-07"),
            Some(Dialect::Draft7)
        );
        assert_eq!(
            of("application/vnd.oai.openapi;version=3.0.0"),
            Some(Dialect::OpenApi30)
        );
        assert_eq!(
            of("application/vnd.oai.openapi+json;version=3.1.0"),
            Some(Dialect::OpenApi31)
        );
        for (version, dialect) in [
            ("draft-04", Dialect::Draft4),
            ("draft-06", Dialect::Draft6),
            ("2019-09", Dialect::Draft201909),
            ("draft/2019-09", Dialect::Draft201909),
            ("2020-12", Dialect::Draft202012),
            ("draft/2020-12", Dialect::Draft202012),
        ] {
            let format = format!("application/schema+json;version={version}");
            assert_eq!(of(&format), Some(dialect), "{version}");
        }
        assert_eq!(of("application/schema;version=draft-99"), None);
        assert_eq!(of("application/vnd.apache.avro;version=1.9.0"), None);
        assert_eq!(of(""), None);
    }
}
