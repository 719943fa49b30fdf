//! Servers and how one proves who one is.
use super::{About, Place, SecuritySchemeId};
use crate::{Node, Span, Text};

/// A server.
#[derive(Debug, Clone)]
pub struct Server<'a> {
    /// The object.
    pub node: &'a Node,
    /// Key in the map that defines it.
    pub key: Text<'a>,
    /// Where it is defined.
    pub place: Place,
    /// Host with an optional port; in version 2 the authority of `url`.
    pub host: Text<'a>,
    /// Path; in version 2 the path of `url`.
    pub pathname: Option<Text<'a>>,
    /// The whole `url` of version 2.
    pub url: Option<Text<'a>>,
    /// Protocol.
    pub protocol: Text<'a>,
    /// Version of the protocol.
    pub protocol_version: Option<Text<'a>>,
    /// Variables of `host` and `pathname`.
    pub variables: Vec<Variable<'a>>,
    /// What a client must prove; any one suffices.
    pub security: Vec<SecurityRequirement<'a>>,
    /// Title, description, tags, bindings, extensions.
    pub about: About<'a>,
}

/// A variable of a server's address.
#[derive(Debug, Clone)]
pub struct Variable<'a> {
    /// Name.
    pub name: Text<'a>,
    /// The object.
    pub node: &'a Node,
    /// Allowed values.
    pub values: Vec<Text<'a>>,
    /// Value when none is given.
    pub default: Option<Text<'a>>,
    /// Description, Markdown.
    pub description: Option<Text<'a>>,
    /// Examples.
    pub examples: Vec<Text<'a>>,
}

/// One way to be let in.
#[derive(Debug, Clone)]
pub struct SecurityRequirement<'a> {
    /// Where it is asked for.
    pub span: Span,
    /// Name of the scheme as written: the key of version 2, or the last part of the reference of version 3.
    pub name: Option<Text<'a>>,
    /// The scheme, when it exists.
    pub scheme: Option<SecuritySchemeId>,
    /// Scopes that are asked for (version 2; in version 3 those of the scheme).
    pub scopes: Vec<Text<'a>>,
}

/// A security scheme.
#[derive(Debug, Clone)]
pub struct SecurityScheme<'a> {
    /// The object.
    pub node: &'a Node,
    /// Key in the map that defines it; the type for an inline one.
    pub key: Text<'a>,
    /// Where it is defined.
    pub place: Place,
    /// `type`.
    pub kind: Text<'a>,
    /// Description, Markdown.
    pub description: Option<Text<'a>>,
    /// `name` of a header, query or cookie parameter.
    pub name: Option<Text<'a>>,
    /// `in`.
    pub location: Option<Text<'a>>,
    /// `scheme` of an HTTP scheme.
    pub scheme: Option<Text<'a>>,
    /// `bearerFormat`.
    pub bearer_format: Option<Text<'a>>,
    /// `openIdConnectUrl`.
    pub open_id_connect_url: Option<Text<'a>>,
    /// OAuth 2 flows.
    pub flows: Vec<Flow<'a>>,
    /// `scopes` of version 3.
    pub scopes: Vec<Text<'a>>,
}

/// An OAuth 2 flow.
#[derive(Debug, Clone)]
pub struct Flow<'a> {
    /// `implicit`, `password`, `clientCredentials` or `authorizationCode`.
    pub name: Text<'a>,
    /// The object.
    pub node: &'a Node,
    /// `authorizationUrl`.
    pub authorization_url: Option<Text<'a>>,
    /// `tokenUrl`.
    pub token_url: Option<Text<'a>>,
    /// `refreshUrl`.
    pub refresh_url: Option<Text<'a>>,
    /// Scopes with their descriptions (`scopes` in version 2, `availableScopes` in version 3).
    pub scopes: Vec<(Text<'a>, Option<Text<'a>>)>,
}
