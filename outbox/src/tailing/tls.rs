//! TLS on the way to the log. The log's client is given a socket of our own, behind which the way is encrypted: its own TLS trusts
//! a list of authorities that is built in, or nobody's word at all, and here those of the system are trusted, or those that the URL
//! names.
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::{fmt, io, sync::Arc, time::Duration};
use tempfile::TempDir;
use tidings::{Error, ErrorKind, Result};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpStream, UnixListener},
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use url::Url;

/// Asks for TLS. Source: the PostgreSQL manual, "Message Formats", `SSLRequest`.
const REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The port in the name of the socket.
pub(super) const PORT: u16 = 5432;

/// A server that is reached by TLS.
#[derive(Clone)]
pub(super) struct Tls {
    host: String,
    port: u16,
    name: ServerName<'static>,
    config: Arc<ClientConfig>,
}

fn invalid(what: &str, error: impl fmt::Display) -> Error {
    let reason = format!("{what}: {error}");
    Error::new(ErrorKind::Invalid, "tail", reason)
}

fn lost(error: impl fmt::Display) -> Error {
    Error::new(ErrorKind::ConnectionLost, "tail", error.to_string())
}

impl Tls {
    /// What a URL asks for: from `sslmode=require` on, and then as strictly as `verify-full`.
    pub(super) fn of(url: &Url, options: &PgConnectOptions) -> Result<Option<Self>> {
        if !matches!(
            options.get_ssl_mode(),
            PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull
        ) {
            return Ok(None);
        }
        let host = options.get_host().to_owned();
        let name = ServerName::try_from(host.clone());
        Ok(Some(Self {
            name: name.map_err(|error| invalid("the host in the URL", error))?,
            port: options.get_port(),
            host,
            config: Arc::new(config(url)?),
        }))
    }

    /// A folder with a socket that leads to the server, once.
    pub(super) async fn socket(&self) -> Result<TempDir> {
        let connected = timeout(PATIENCE, self.connect()).await;
        let mut server = connected.map_err(|_| lost("the server does not answer"))??;
        let folder = tempfile::tempdir().map_err(lost)?;
        let socket = folder.path().join(format!(".s.PGSQL.{PORT}"));
        let listener = UnixListener::bind(socket).map_err(lost)?;
        tokio::spawn(async move {
            if let Ok(Ok((mut client, _))) = timeout(PATIENCE, listener.accept()).await {
                // Each end says by itself that it is gone.
                let _ = copy_bidirectional(&mut client, &mut server).await;
            }
        });
        Ok(folder)
    }

    async fn connect(&self) -> Result<TlsStream<TcpStream>> {
        let asked: io::Result<_> = async {
            let mut plain = TcpStream::connect((&*self.host, self.port)).await?;
            plain.set_nodelay(true)?;
            plain.write_all(&REQUEST).await?;
            Ok((plain.read_u8().await?, plain))
        }
        .await;
        match asked.map_err(lost)? {
            (b'S', plain) => {
                let connector = TlsConnector::from(self.config.clone());
                let connected = connector.connect(self.name.clone(), plain).await;
                connected.map_err(|error| lost(format!("no TLS with `{}`: {error}", self.host)))
            }
            _ => {
                let reason = format!(
                    "`{}` has no TLS, and the URL asks for it by `sslmode`",
                    self.host
                );
                Err(Error::new(ErrorKind::Unsupported, "tail", reason))
            }
        }
    }
}

/// Whom to trust, and who one is.
fn config(url: &Url) -> Result<ClientConfig> {
    let file = |names: [&str; 2]| {
        let mut pairs = url.query_pairs();
        let pair = pairs.find(|(name, _)| names.contains(&&**name));
        pair.map(|(_, file)| file.into_owned())
    };
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| invalid("TLS", error))?
        .with_root_certificates(roots(file(["sslrootcert", "ssl-root-cert"]))?);
    let own = (file(["sslcert", "ssl-cert"]), file(["sslkey", "ssl-key"]));
    let (Some(certificate), Some(key)) = own else {
        return Ok(builder.with_no_client_auth());
    };
    let certificates = certificates(&certificate)?;
    let key =
        PrivateKeyDer::from_pem_file(&key).map_err(|error| invalid(&format!("`{key}`"), error))?;
    let config = builder.with_client_auth_cert(certificates, key);
    config.map_err(|error| invalid(&format!("`{certificate}`"), error))
}

fn roots(file: Option<String>) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let trusted = match &file {
        Some(file) => certificates(file)?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    let (added, _) = roots.add_parsable_certificates(trusted);
    if added == 0 {
        let file = file.unwrap_or_else(|| "the system".to_owned());
        return Err(invalid(
            &format!("`{file}`"),
            "no authority is trusted; name one by `sslrootcert=FILE`",
        ));
    }
    Ok(roots)
}

fn certificates(file: &str) -> Result<Vec<CertificateDer<'static>>> {
    let wrong = |error| invalid(&format!("`{file}`"), error);
    let certificates = CertificateDer::pem_file_iter(file).map_err(wrong)?;
    certificates
        .collect::<std::result::Result<_, _>>()
        .map_err(wrong)
}
