//! Certificates, made when a test asks for them.
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, Error, IsCa, KeyPair,
    date_time_ymd,
};
use tidings_socket::Certificate;

/// An authority that nobody trusts but who is told to.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn named(name: &str) -> Result<Self, Error> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        Ok(Self(issuer))
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate of that name, or address.
    pub(crate) fn sign(&self, name: &str) -> Result<Certificate, Error> {
        self.sign_until(name, 4096)
    }

    /// The same, which expires at the beginning of that year.
    pub(crate) fn sign_until(&self, name: &str, year: i32) -> Result<Certificate, Error> {
        let (chain, key) = self.pair_until(name, year)?;
        Ok(Certificate::new(chain, key))
    }

    /// Its chain and its key.
    pub(crate) fn pair_until(&self, name: &str, year: i32) -> Result<(String, String), Error> {
        let mut params = CertificateParams::new(vec![name.to_owned()])?;
        params.not_after = date_time_ymd(year, 1, 1);
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.0)?;
        Ok((certificate.pem(), key.serialize_pem()))
    }
}
