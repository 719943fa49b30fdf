//! How to identify, and what to encrypt with, as properties of the library.
use crate::KafkaSettings;
use tidings::{Error, ErrorKind, Result, Security, Server};

type Properties = Vec<(&'static str, String)>;

/// Whether the library was built with TLS, which SCRAM needs too.
const HAS_TLS: bool = cfg!(feature = "tls");

/// What a server of a document, and who connects to it, say of that; what cannot be kept is told by name.
pub(crate) fn security(server: &Server, settings: &KafkaSettings) -> Result<Properties> {
    let is_secure = &*server.protocol == "kafka-secure" || server.url.starts_with("kafka-secure:");
    if is_secure && !HAS_TLS {
        return Err(without_tls(server, "TLS"));
    }
    let mut properties = Properties::new();
    if let Some(authorities) = settings.authorities.as_ref().filter(|_| is_secure) {
        properties.push(("ssl.ca.pem", text(server, "authorities", authorities)?));
    }
    let is_known = match server.security.first() {
        None => false,
        Some(Security::Password { user, password }) => {
            let mechanism = mechanism(server)?;
            properties.push(("sasl.mechanism", mechanism.to_owned()));
            properties.push(("sasl.username", user.to_string()));
            properties.push(("sasl.password", password.to_string()));
            true
        }
        Some(Security::Certificate { chain, key }) if is_secure => {
            properties.push(("ssl.certificate.pem", text(server, "certificate", chain)?));
            properties.push(("ssl.key.pem", text(server, "key", key)?));
            false
        }
        Some(Security::Certificate { .. }) => {
            let reason = "a certificate identifies by TLS only; make it a `kafka-secure` server";
            return Err(refused(ErrorKind::Invalid, server, reason));
        }
        Some(_) => {
            let reason = "only a user with a password, or a certificate, is known to identify with";
            return Err(refused(ErrorKind::Unsupported, server, reason));
        }
    };
    let protocol = match (is_secure, is_known) {
        (false, false) => "plaintext",
        (false, true) => "sasl_plaintext",
        (true, false) => "ssl",
        (true, true) => "sasl_ssl",
    };
    properties.push(("security.protocol", protocol.to_owned()));
    Ok(properties)
}

/// By the first scheme of the document that takes a user and a password; PLAIN where it names none.
fn mechanism(server: &Server) -> Result<&'static str> {
    let known = server
        .schemes
        .iter()
        .find_map(|scheme| match &*scheme.kind {
            "plain" | "userPassword" => Some("PLAIN"),
            "scramSha256" => Some("SCRAM-SHA-256"),
            "scramSha512" => Some("SCRAM-SHA-512"),
            _ => None,
        });
    match known {
        Some(scram) if scram != "PLAIN" && !HAS_TLS => Err(without_tls(server, scram)),
        known => Ok(known.unwrap_or("PLAIN")),
    }
}

fn text(server: &Server, what: &str, pem: &[u8]) -> Result<String> {
    match String::from_utf8(pem.to_vec()) {
        Ok(pem) if pem.contains("-----BEGIN") => Ok(pem),
        _ => {
            let reason = format!("the {what} to identify by, or with, is no PEM text");
            Err(refused(ErrorKind::Invalid, server, &reason))
        }
    }
}

fn without_tls(server: &Server, what: &str) -> Error {
    let reason = format!(
        "the client library is built without {what}; turn on the feature `tls` of `tidings-kafka`"
    );
    refused(ErrorKind::Unsupported, server, &reason)
}

fn refused(kind: ErrorKind, server: &Server, reason: &str) -> Error {
    Error::new(kind, "connect", reason).with("server", &server.url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ann(server: Server) -> Server {
        server.with_security(Security::Password {
            user: "ann".into(),
            password: "s3cret".into(),
        })
    }

    fn told(server: &Server) -> Result<Properties, String> {
        let outcome = security(server, &KafkaSettings::default());
        outcome.map_err(|error| error.to_string())
    }

    #[test]
    fn schemes_of_the_document_say_how_a_password_identifies() {
        for (kind, mechanism) in [
            ("userPassword", "PLAIN"),
            ("plain", "PLAIN"),
            ("scramSha256", "SCRAM-SHA-256"),
            ("scramSha512", "SCRAM-SHA-512"),
        ] {
            let server = Server::new("kafka", "kafka://a");
            let server = ann(server.with_scheme("no", "gssapi").with_scheme("it", kind));
            match told(&server) {
                Ok(properties) => {
                    let pair = |name: &'static str, value: &str| (name, value.to_owned());
                    assert!(properties.contains(&pair("sasl.mechanism", mechanism)));
                    assert!(properties.contains(&pair("security.protocol", "sasl_plaintext")));
                }
                Err(error) => {
                    assert!(!HAS_TLS && mechanism != "PLAIN", "{error}");
                    assert!(error.contains("feature `tls`") && error.contains(mechanism));
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_kept_is_told_by_name_and_shows_no_secret() {
        let secure = told(&ann(Server::new("kafka-secure", "kafka-secure://a:1")));
        match secure {
            Ok(properties) => {
                assert!(HAS_TLS && properties.iter().any(|(_, value)| value == "sasl_ssl"))
            }
            Err(error) => {
                assert!(!HAS_TLS && error.contains("feature `tls`"), "{error}");
                assert!(error.contains("`kafka-secure://a:1`") && !error.contains("s3cret"));
            }
        }
        let plain = || Server::new("kafka", "kafka://a:1");
        let certificate = plain().with_security(Security::Certificate {
            chain: "c".into(),
            key: "k".into(),
        });
        let error = told(&certificate).err();
        assert!(error.is_some_and(|error| error.contains("`kafka-secure`")));
        let error = told(&plain().with_security(Security::Token("s3cret".into()))).err();
        let error = error.expect("it is not known");
        assert!(
            error.contains("`kafka://a:1`") && !error.contains("s3cret"),
            "{error}"
        );
    }
}
