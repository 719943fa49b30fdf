//! What an end identifies itself with over TLS.
use bytes::Bytes;
use std::fmt;

/// A certificate of an end's own, as PEM. Its `Debug` does not show the key.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    pub(crate) chain: Bytes,
    pub(crate) key: Bytes,
}

impl Certificate {
    /// The chain, whose first certificate is the end's own, and its private key.
    #[must_use]
    pub fn new(chain: impl Into<Bytes>, key: impl Into<Bytes>) -> Self {
        Self {
            chain: chain.into(),
            key: key.into(),
        }
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").finish_non_exhaustive()
    }
}
