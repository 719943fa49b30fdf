//! What a transport identifies with. Nothing is looked for on the network.
use crate::{AwsSettings, address::Address};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use std::{collections::BTreeMap, env};
use tidings::{Error, ErrorKind, Result, Security, Server, Str};

/// The first of the server's, the address's, the settings' and the environment's.
pub(crate) fn find(
    server: Option<&Server>,
    address: &Address,
    settings: &AwsSettings,
) -> Result<SharedCredentialsProvider> {
    let of_server = server.and_then(|server| server.security.iter().find_map(of));
    let is_told = server.is_some_and(|server| !server.security.is_empty());
    if is_told && of_server.is_none() {
        return Err(unknown(address));
    }
    let of_address = || {
        let (id, secret) = address.key.clone()?;
        Some(keys(id, secret, None))
    };
    if let Some(known) = of_server.or_else(of_address) {
        return Ok(SharedCredentialsProvider::new(known));
    }
    if let Some(given) = &settings.credentials {
        return Ok(given.clone());
    }
    let told = environment(|name| env::var(name).ok());
    told.map(SharedCredentialsProvider::new).ok_or_else(|| {
        let asked = server.and_then(|server| server.check_credentials(false).err());
        asked.unwrap_or_else(|| missing(address))
    })
}

/// What was given would be passed over for whatever else is there.
fn unknown(address: &Address) -> Error {
    let reason = "it identifies by an access key: by a user and a password, or by `accessKeyId` and `secretAccessKey`, and what the server was given is neither";
    Error::new(ErrorKind::Unsupported, "connect", reason).with("server", address)
}

fn missing(address: &Address) -> Error {
    let reason = "there is no access key; say it by `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, by `Server::with_security`, or give `AwsSettings::credentials` a provider, such as that of `aws-config`, which profiles, roles and instances need";
    Error::new(ErrorKind::PermissionDenied, "connect", reason).with("server", address)
}

/// An access key: as a user and a password, or under the names that the SDKs give its parts.
fn of(security: &Security) -> Option<Credentials> {
    match security {
        Security::Password { user, password } => Some(keys(&**user, &**password, None)),
        Security::Named { values, .. } => named(values),
        _ => None,
    }
}

fn named(values: &BTreeMap<Str, Str>) -> Option<Credentials> {
    let get = |name: &str| values.get(name).map(ToString::to_string);
    let (id, secret) = (get("accessKeyId")?, get("secretAccessKey")?);
    Some(keys(id, secret, get("sessionToken")))
}

/// Those never run out by themselves.
fn keys(id: impl Into<String>, secret: impl Into<String>, token: Option<String>) -> Credentials {
    Credentials::new(id, secret, token, None, "tidings")
}

fn environment(get: impl Fn(&str) -> Option<String>) -> Option<Credentials> {
    let get = |name| get(name).filter(|value| !value.is_empty());
    let (id, secret) = (get("AWS_ACCESS_KEY_ID")?, get("AWS_SECRET_ACCESS_KEY")?);
    Some(keys(id, secret, get("AWS_SESSION_TOKEN")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_by_a_password_by_names_or_by_the_environment() {
        let user = Security::Password {
            user: "AKID".into(),
            password: "s3cret".into(),
        };
        let pairs = [
            ("accessKeyId", "AKID"),
            ("secretAccessKey", "s3cret"),
            ("sessionToken", "t"),
        ];
        let values = pairs.map(|(name, value)| (name.into(), value.into()));
        let scheme = "aws".into();
        let named = Security::Named {
            scheme,
            values: values.into(),
        };
        let told = |name: &str| match name {
            "AWS_ACCESS_KEY_ID" => Some("AKID".to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some("s3cret".to_owned()),
            "AWS_SESSION_TOKEN" => Some(String::new()),
            _ => None,
        };
        for (found, token) in [
            (of(&user), None),
            (of(&named), Some("t")),
            (environment(told), None),
        ] {
            let found = found.expect("it is there");
            assert_eq!(found.access_key_id(), "AKID");
            assert_eq!(found.secret_access_key(), "s3cret");
            assert_eq!(found.session_token(), token);
        }
        assert!(of(&Security::Token("t".into())).is_none());
        assert!(environment(|_| None).is_none());
    }

    #[test]
    fn what_is_no_access_key_is_not_passed_over() {
        let address = Address::parse("sqs://AKID:k@127.0.0.1:1?region=a", "sqs", None);
        let address = address.expect("it is one");
        let server = Server::new("sqs", "sqs://127.0.0.1:1");
        let server = server.with_security(Security::Token("t".into()));
        let error = find(Some(&server), &address, &AwsSettings::default()).err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("access key"), "{error}");
    }

    #[test]
    fn where_there_is_none_it_is_said_how_to_give_it() {
        let address = Address::parse("sqs://127.0.0.1:1?region=a", "sqs", None);
        let error = missing(&address.expect("it is one")).to_string();
        for says in [
            "`AWS_ACCESS_KEY_ID`",
            "`AwsSettings::credentials`",
            "sqs://127.0.0.1:1",
        ] {
            assert!(error.contains(says), "{error}");
        }
    }
}
