//! What a handshake goes by, made of the settings once.
use crate::{Certificate, SocketSettings};
use bytes::Bytes;
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
    version::TLS13,
};
use std::{fmt, sync::Arc};
use tidings::{Error, ErrorKind, Result};

/// Both ends are Tidings', so that no older version need be spoken.
const VERSIONS: &[&rustls::SupportedProtocolVersion] = &[&TLS13];

/// Of the end that listens.
pub(super) fn listening(settings: &SocketSettings) -> Result<Arc<ServerConfig>> {
    let told = |reason: String| Error::new(ErrorKind::Invalid, "listen", reason);
    let Some(own) = &settings.certificate else {
        let reason =
            "listening with TLS needs a certificate; give it by `SocketSettings::with_certificate`";
        return Err(told(reason.to_owned()));
    };
    let (chain, key) = read(own).map_err(told)?;
    let config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(VERSIONS)
        .map_err(|error| told(error.to_string()))?;
    let config = match &settings.client_authorities {
        None => config.with_no_client_auth(),
        Some(pem) => {
            let roots = Arc::new(roots("client_authorities", pem).map_err(told)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider()).build();
            config.with_client_cert_verifier(verifier.map_err(|error| told(error.to_string()))?)
        }
    };
    let config = config.with_single_cert(chain, key);
    config.map(Arc::new).map_err(|error| told(unfit(error)))
}

/// Of the end that connects.
pub(super) fn connecting(settings: &SocketSettings) -> Result<Arc<ClientConfig>> {
    let told = |reason: String| Error::new(ErrorKind::Invalid, "connect", reason);
    let roots = match &settings.authorities {
        Some(pem) => roots("authorities", pem),
        None => of_the_system(),
    };
    let config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(VERSIONS)
        .map_err(|error| told(error.to_string()))?
        .with_root_certificates(roots.map_err(told)?);
    let config = match &settings.certificate {
        None => Ok(config.with_no_client_auth()),
        Some(own) => {
            let (chain, key) = read(own).map_err(told)?;
            config.with_client_auth_cert(chain, key)
        }
    };
    config.map(Arc::new).map_err(|error| told(unfit(error)))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn roots(name: &str, pem: &Bytes) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(name, pem)? {
        let taken = roots.add(certificate);
        taken
            .map_err(|error| format!("`{name}` has a certificate that cannot be read: {error}"))?;
    }
    Ok(roots)
}

fn of_the_system() -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    match roots.is_empty() {
        true => Err(
            "the system has no authorities; tell those to trust by `SocketSettings::with_authorities`"
                .to_owned(),
        ),
        false => Ok(roots),
    }
}

fn certificates(name: &str, pem: &Bytes) -> Result<Vec<CertificateDer<'static>>, String> {
    let no_pem = |error: &dyn fmt::Display| {
        format!("`{name}` is to be certificates as PEM, `-----BEGIN CERTIFICATE-----`: {error}")
    };
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read.map_err(|error| no_pem(&error))? {
        none if none.is_empty() => Err(no_pem(&"there is none in it")),
        some => Ok(some),
    }
}

fn read(
    own: &Certificate,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), String> {
    let chain = certificates("certificate", &own.chain)?;
    // What is wrong with a key is not shown, since it may be the key.
    let key = PrivateKeyDer::from_pem_slice(&own.key).map_err(
        |_| "the key of `certificate` is to be a private key as PEM, `-----BEGIN PRIVATE KEY-----`",
    )?;
    Ok((chain, key))
}

fn unfit(error: rustls::Error) -> String {
    format!("the `certificate` and its key are of no use: {error}")
}
