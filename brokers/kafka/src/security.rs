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
    let is_known = identify(server, is_secure, &mut properties)?;
    if !is_told_otherwise(settings) {
        server.check_credentials(!server.security.is_empty())?;
    }
    let protocol = match (is_secure, is_known) {
        (false, false) => "plaintext",
        (false, true) => "sasl_plaintext",
        (true, false) => "ssl",
        (true, true) => "sasl_ssl",
    };
    properties.push(("security.protocol", protocol.to_owned()));
    Ok(properties)
}

/// Says who we are by the first user and the first certificate that there are; gives whether there is a user.
fn identify(server: &Server, is_secure: bool, properties: &mut Properties) -> Result<bool> {
    let (mut is_known, mut is_certified) = (false, false);
    for security in &server.security {
        match security {
            Security::Password { user, password } if !is_known => {
                let mechanism = mechanism(server)?;
                properties.push(("sasl.mechanism", mechanism.to_owned()));
                properties.push(("sasl.username", user.to_string()));
                properties.push(("sasl.password", password.to_string()));
                is_known = true;
            }
            Security::Certificate { chain, key } if is_secure && !is_certified => {
                properties.push(("ssl.certificate.pem", text(server, "certificate", chain)?));
                properties.push(("ssl.key.pem", text(server, "key", key)?));
                is_certified = true;
            }
            _ => {}
        }
    }
    match is_known || is_certified || server.security.is_empty() {
        true => Ok(is_known),
        false => Err(unknown(server)),
    }
}

/// None of what there is to identify with is known.
fn unknown(server: &Server) -> Error {
    let is_certificate = |security: &Security| matches!(security, Security::Certificate { .. });
    match server.security.iter().any(is_certificate) {
        true => {
            let reason = "a certificate identifies by TLS only; make it a `kafka-secure` server";
            refused(ErrorKind::Invalid, server, reason)
        }
        false => {
            let reason = "only a user with a password, or a certificate, is known to identify with";
            refused(ErrorKind::Unsupported, server, reason)
        }
    }
}

/// Whether the program tells the library by itself how to identify.
fn is_told_otherwise(settings: &KafkaSettings) -> bool {
    let mut names = settings.properties.keys();
    let begins = ["sasl.", "ssl.certificate.", "ssl.key"];
    names.any(|name| begins.iter().any(|begin| name.starts_with(begin)))
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
    Error::new(kind, "connect", reason).with("server", server.shown())
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
    fn the_first_that_is_known_counts_and_a_user_may_have_a_certificate() {
        let pem = || "-----BEGIN".into();
        let own = Security::Certificate {
            chain: pem(),
            key: pem(),
        };
        let token = Security::Token("t".into());
        let plain = Server::new("kafka", "kafka://a").with_security(token.clone());
        let plain = told(&ann(plain.with_security(own.clone()))).expect("the user is known");
        let pair = |name: &'static str, value: &str| (name, value.to_owned());
        assert!(plain.contains(&pair("sasl.username", "ann")));
        let secure = Server::new("kafka-secure", "kafka-secure://a");
        let secure = secure.with_security(token).with_security(own);
        if let Ok(certified) = told(&secure) {
            assert!(HAS_TLS && certified.contains(&pair("security.protocol", "ssl")));
            let both = told(&ann(secure)).expect("both are known");
            assert!(both.contains(&pair("security.protocol", "sasl_ssl")));
            assert!(both.iter().any(|(name, _)| *name == "ssl.key.pem"));
        }
    }

    #[test]
    fn what_the_document_asks_for_is_named_unless_the_program_says_it_otherwise() {
        let server = Server::new("kafka", "kafka://a").with_scheme("login", "scramSha256");
        let error = told(&server).err().unwrap_or_default();
        assert!(error.contains("`login` (scramSha256)"), "{error}");
        let settings = KafkaSettings {
            properties: [("sasl.mechanism".to_owned(), "OAUTHBEARER".to_owned())].into(),
            ..KafkaSettings::default()
        };
        assert!(security(&server, &settings).is_ok());
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
