//! Certificates: of authorities to trust, and of the client's own.
use crate::settings::RabbitSettings;
use bytes::Bytes;
use lapin::tcp::{OwnedIdentity, OwnedTLSConfig};
use tidings::{Error, ErrorKind, Result};

/// What TLS goes by; a client's own certificate is its chain and its key, as PEM.
pub(crate) fn config(
    settings: &RabbitSettings,
    own: Option<(&Bytes, &Bytes)>,
) -> Result<OwnedTLSConfig> {
    let authorities = settings.authorities.as_ref().map(|pem| {
        String::from_utf8(pem.to_vec()).map_err(|_| {
            let reason = "the certificates of `authorities` are no PEM text";
            Error::new(ErrorKind::Invalid, "connect", reason)
        })
    });
    Ok(OwnedTLSConfig {
        identity: own.map(|(chain, key)| OwnedIdentity::PKCS8 {
            pem: chain.to_vec(),
            key: key.to_vec(),
        }),
        cert_chain: authorities.transpose()?,
    })
}
