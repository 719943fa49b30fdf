//! TLS by rustls, with the certificates of the system and those of the settings.
use crate::settings::Amqp1Settings;
use bytes::Bytes;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::sync::Arc;
use tidings::{Error, ErrorKind, Result};

fn invalid(reason: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, "connect", reason)
}

/// What is trusted.
fn roots(settings: &Amqp1Settings) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for known in rustls_native_certs::load_native_certs().certs {
        // One of the system that is not understood is missed by nobody who does not need it.
        drop(roots.add(known));
    }
    let Some(authorities) = &settings.authorities else {
        return Ok(roots);
    };
    for authority in CertificateDer::pem_slice_iter(authorities) {
        let authority =
            authority.map_err(|_| invalid("the certificates of `authorities` are no PEM"))?;
        let added = roots.add(authority);
        added
            .map_err(|cause| invalid(format!("a certificate of `authorities` is none: {cause}")))?;
    }
    Ok(roots)
}

/// What TLS goes by; a client's own certificate is its chain and its key, as PEM.
pub(crate) fn config(
    settings: &Amqp1Settings,
    own: Option<(&Bytes, &Bytes)>,
) -> Result<Arc<ClientConfig>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config
        .map_err(|cause| invalid(cause.to_string()))?
        .with_root_certificates(roots(settings)?);
    let Some((chain, key)) = own else {
        return Ok(Arc::new(config.with_no_client_auth()));
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
    let chain = chain.map_err(|_| invalid("the chain of the certificate is no PEM"))?;
    let key = PrivateKeyDer::from_pem_slice(key)
        .map_err(|_| invalid("the key of the certificate is no PEM"))?;
    let config = config.with_client_auth_cert(chain, key);
    Ok(Arc::new(config.map_err(|cause| {
        invalid(format!("the certificate is none: {cause}"))
    })?))
}
