//! Where and how to reach a broker.
mod environment;
mod variables;

use crate::{Bindings, Error, ErrorKind, Result, Str};
use bytes::Bytes;
use std::{collections::BTreeMap, fmt};
use variables::Variables;

/// Where and how to reach a broker: made from the document, changed by the caller.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Server {
    /// The document's name of the protocol, such as `amqp` or `kafka-secure`.
    pub protocol: Str,
    /// The address, with all variables filled in.
    pub url: Str,
    /// What the document asks to identify with: one of these, where there are any.
    pub schemes: Vec<Scheme>,
    /// What to identify with; the first that the transport knows counts.
    pub security: Vec<Security>,
    /// What the document says of it for each protocol.
    pub bindings: Bindings,
    /// Names this process where brokers want a name: client id, container id, consumer name.
    pub instance: Option<Str>,
    variables: Variables,
}

impl Server {
    /// A server without security and bindings.
    #[must_use]
    pub fn new(protocol: impl Into<Str>, url: impl Into<Str>) -> Self {
        Self {
            protocol: protocol.into(),
            url: url.into(),
            schemes: Vec::new(),
            security: Vec::new(),
            bindings: Bindings::none(),
            instance: None,
            variables: Variables::default(),
        }
    }

    /// The same at another address, which has no variables.
    #[must_use]
    pub fn with_url(self, url: impl Into<Str>) -> Self {
        Self {
            url: url.into(),
            variables: Variables::default(),
            ..self
        }
    }

    /// The same, whose address has `{name}` where this variable's value goes: the default, where there is one, until
    /// [another](Self::with_value) is told. Of a list of values, others are refused.
    #[must_use]
    pub fn with_variable(mut self, name: &str, default: Option<&str>, allowed: &[&str]) -> Self {
        self.variables.declare(&self.url, name, default, allowed);
        self.url = self.variables.filled();
        self
    }

    /// The same with that value of a variable.
    ///
    /// # Errors
    /// When the address has no such variable, or the document does not allow the value; says what there is.
    pub fn with_value(mut self, name: &str, value: impl Into<Str>) -> Result<Self> {
        self.variables.set(name, value.into())?;
        self.url = self.variables.filled();
        Ok(self)
    }

    /// Whether every variable of the address has a value.
    pub(super) fn check(&self) -> Result<()> {
        self.variables.check()
    }

    /// The same, for which the document knows one more way to identify.
    #[must_use]
    pub fn with_scheme(mut self, name: impl Into<Str>, kind: impl Into<Str>) -> Self {
        self.schemes.push(Scheme {
            name: name.into(),
            kind: kind.into(),
        });
        self
    }

    /// The same with something more to identify with.
    #[must_use]
    pub fn with_security(mut self, security: Security) -> Self {
        self.security.push(security);
        self
    }

    /// The same with what the document says of it.
    #[must_use]
    pub fn with_bindings(self, bindings: Bindings) -> Self {
        Self { bindings, ..self }
    }

    /// Whether a transport knows something to identify with, as it says, where the document asks for that.
    ///
    /// # Errors
    /// When it knows nothing; names what the document asks for, and how to give it.
    pub fn check_credentials(&self, is_known: bool) -> Result<()> {
        if self.schemes.is_empty() || is_known {
            return Ok(());
        }
        let schemes = self.schemes.iter();
        let schemes = schemes.map(|scheme| format!("`{}` ({})", scheme.name, scheme.kind));
        let schemes = schemes.collect::<Vec<_>>().join(" or ");
        let reason = format!(
            "the document asks for {schemes}; give it by `Server::with_security` or the environment"
        );
        let error = Error::new(ErrorKind::PermissionDenied, "connect", reason);
        Err(error.with("server", self.shown()))
    }

    /// The address without a user and a password. Where no `@` ends them before the path, what stands before the last one may be a
    /// password that is written as it is, and is not shown either.
    #[must_use]
    pub fn shown(&self) -> String {
        let (scheme, rest) = self.url.split_once("://").unwrap_or(("", &self.url));
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (hosts, path) = rest.split_at(end);
        let shown = match (hosts.rsplit_once('@'), path.rsplit_once('@')) {
            (Some((_, hosts)), _) => format!("{hosts}{path}"),
            (None, Some((_, behind))) => behind.to_owned(),
            (None, None) => rest.to_owned(),
        };
        match scheme {
            "" => shown,
            scheme => format!("{scheme}://{shown}"),
        }
    }

    /// The same under that name of this process.
    #[must_use]
    pub fn with_instance(self, instance: impl Into<Str>) -> Self {
        Self {
            instance: Some(instance.into()),
            ..self
        }
    }
}

/// A way to identify, as the document names it; without any secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scheme {
    /// The scheme's name in the document.
    pub name: Str,
    /// Its type, such as `userPassword` or `X509`.
    pub kind: Str,
}

/// What to identify with. Its `Debug` shows no secret.
#[derive(Clone)]
#[non_exhaustive]
pub enum Security {
    /// A user name and a password.
    Password {
        /// Who.
        user: Str,
        /// The secret.
        password: Str,
    },
    /// A token.
    Token(Str),
    /// A certificate of the client's own.
    Certificate {
        /// The chain, as PEM.
        chain: Bytes,
        /// The private key, as PEM.
        key: Bytes,
    },
    /// A scheme of the document that none of these is.
    Named {
        /// The scheme's name in the document.
        scheme: Str,
        /// What it needs.
        values: BTreeMap<Str, Str>,
    },
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { user, .. } => f
                .debug_struct("Password")
                .field("user", user)
                .finish_non_exhaustive(),
            Self::Token(_) => f.debug_struct("Token").finish_non_exhaustive(),
            Self::Certificate { .. } => f.debug_struct("Certificate").finish_non_exhaustive(),
            Self::Named { scheme, .. } => f
                .debug_struct("Named")
                .field("scheme", scheme)
                .finish_non_exhaustive(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> Server {
        Server::new("amqp", "amqp://{stage}.here:{port}/{port}{other")
            .with_variable("stage", None, &["test", "live"])
            .with_variable("port", Some("5672"), &[])
    }

    fn error<T>(result: Result<T>) -> String {
        result
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    }

    #[test]
    fn variables_are_filled_in_and_checked() {
        assert_eq!(&*server().url, "amqp://{stage}.here:5672/5672{other");
        assert!(error(server().check()).contains("variable `stage`"));
        let live = server().with_value("stage", "live").expect("it is allowed");
        assert_eq!(&*live.url, "amqp://live.here:5672/5672{other");
        assert!(live.check().is_ok());
        let strange = live.clone().with_value("port", "{stage}").expect("any is");
        assert_eq!(&*strange.url, "amqp://live.here:{stage}/{stage}{other");
        let refused = error(live.clone().with_value("stage", "prod"));
        assert!(
            refused.contains("`prod` is none of `test`, `live`"),
            "{refused}"
        );
        let unknown = error(live.clone().with_value("host", "x"));
        assert!(unknown.contains("only `stage`, `port`"), "{unknown}");
        let other = live.with_url("amqp://{there}");
        assert_eq!(&*other.url, "amqp://{there}");
        assert!(error(other.with_value("port", "1")).contains("has no variables"));
    }

    #[test]
    fn the_environment_counts_more_than_the_document() {
        let told = |pairs: &[(&str, &str)]| {
            server().with_environment_of("T", |name| {
                let found = pairs.iter().find(|(known, _)| *known == name)?;
                Some(found.1.into())
            })
        };
        let same = told(&[("T_USER", ""), ("OTHER_URL", "x")]).expect("it says nothing");
        assert_eq!((same.url, same.security.len()), (server().url, 0));
        let set = [
            ("T_VAR_STAGE", "test"),
            ("T_VAR_PORT", "1"),
            ("T_INSTANCE", "me"),
        ];
        let set = told(&set).expect("all is allowed");
        assert_eq!(&*set.url, "amqp://test.here:1/1{other");
        assert_eq!(set.instance.as_deref(), Some("me"));
        let set = told(&[
            ("T_URL", "amqp://there"),
            ("T_USER", "ann"),
            ("T_PASSWORD", "s3cret"),
        ]);
        let set = set.expect("all is there");
        assert_eq!(&*set.url, "amqp://there");
        assert!(set.check().is_ok());
        assert!(matches!(&set.security[..], [Security::Password { user, .. }] if &**user == "ann"));
        for (pairs, says) in [
            (&[("T_USER", "ann")][..], "`T_PASSWORD`"),
            (&[("T_PASSWORD", "s3cret")], "`T_USER`"),
            (&[("T_VAR_STAGE", "prod")], "is none of"),
            (
                &[("T_CERTIFICATE", "/no/such/file"), ("T_KEY", "/no")],
                "`T_CERTIFICATE`",
            ),
        ] {
            let error = error(told(pairs));
            assert!(error.contains(says) && !error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn what_the_document_asks_for_is_named_where_there_is_nothing() {
        let open = Server::new("kafka", "kafka://ann:s3cret@here:1/there?a@b");
        assert!(open.check_credentials(false).is_ok());
        let asking = open.with_scheme("scram", "scramSha256");
        let asking = asking.with_scheme("own", "X509");
        let error = error(asking.check_credentials(false));
        for says in [
            "`scram` (scramSha256) or `own` (X509)",
            "`Server::with_security`",
            "`kafka://here:1/there?a@b`",
        ] {
            assert!(error.contains(says) && !error.contains("s3cret"), "{error}");
        }
        assert!(asking.check_credentials(true).is_ok());
        let shown = |url: &str| Server::new("kafka", url).shown();
        assert_eq!(shown("u:p@here:1"), "here:1");
        assert_eq!(shown("kafka://here/there"), "kafka://here/there");
        for odd in ["kafka://u:s3?c@here:1", "kafka://u:s3/c@here:1"] {
            assert_eq!(shown(odd), "kafka://here:1", "{odd}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let server = Server::new("amqp", "amqp://here").with_security(Security::Password {
            user: "ann".into(),
            password: "s3cret".into(),
        });
        let shown = format!("{server:?}");
        assert!(
            shown.contains("ann") && !shown.contains("s3cret"),
            "{shown}"
        );
    }
}
