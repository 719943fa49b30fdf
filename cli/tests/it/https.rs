//! References to hosts that are known by their certificate; the one here has nothing to protect.
use crate::support::{Place, Run, repository};
use rustls::{
    ServerConfig, ServerConnection, Stream,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::Arc,
    thread,
};

const CERTIFICATE: &str = include_str!("https/certificate.pem");
const KEY: &str = include_str!("https/key.pem");

/// A host that answers every request with this, until the test ends; gives its port.
fn start(answer: &'static str) -> u16 {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("PEM");
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).expect("PEM");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate and its key");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.expect("a connection");
            let mut connection = ServerConnection::new(config.clone()).expect("a session");
            let mut stream = Stream::new(&mut connection, &mut socket);
            let mut bytes = [0; 4096];
            // Whoever does not trust the certificate is gone.
            if stream.read(&mut bytes).is_ok() {
                let _ = stream.write_all(answer.as_bytes());
                connection.send_close_notify();
                let _ = connection.complete_io(&mut socket);
            }
        }
    });
    port
}

fn validate(place: &Place, host: &str, port: u16, certificates: &str) -> Run {
    place.write(
        "api.yaml",
        format!(
            "asyncapi: 3.1.0\ninfo: {{ title: t, version: '1' }}\n\
             components: {{ schemas: {{ S: {{ $ref: 'https://{host}:{port}/s.yaml' }} }} }}\n"
        ),
    );
    let allowed = format!("{host}:{port}");
    let arguments = [
        "validate",
        "--format",
        "concise",
        "--profile",
        "official",
        "--isolated",
    ];
    let cache = place.path().join("cache").display().to_string();
    place.run_with(
        &[&arguments[..], &["api.yaml", "--allow-remote", &allowed]].concat(),
        b"",
        &[
            ("SSL_CERT_FILE", certificates),
            ("SSL_CERT_DIR", ""),
            ("NO_PROXY", "127.0.0.1,localhost"),
            ("XDG_CACHE_HOME", &cache),
        ],
    )
}

const SCHEMA: &str =
    "HTTP/1.1 200 OK\r\nContent-Length: 14\r\nConnection: close\r\n\r\ntype: wrongly\n";

#[test]
fn what_a_known_host_gives_is_read() {
    let place = Place::new();
    let known = repository()
        .join("cli/tests/it/https/certificate.pem")
        .display()
        .to_string();
    for host in ["localhost", "127.0.0.1"] {
        let port = start(SCHEMA);
        let run = validate(&place, host, port, &known);
        // It is read indeed: what is wrong in it is told, at its place.
        let told = format!("https://{host}:{port}/s.yaml:1:7: error[enum-mismatch]");
        assert!(
            run.code == 1 && run.out.contains(&told),
            "{}{}",
            run.out,
            run.err
        );
        assert!(!run.out.contains("fetched"), "{}", run.out);
    }
}

#[test]
fn a_host_that_nothing_vouches_for_is_not_read() {
    let place = Place::new();
    // Another host's: itself no authority.
    let other = place.write("other.pem", OTHER).display().to_string();
    let port = start(SCHEMA);
    let run = validate(&place, "localhost", port, &other);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert!(
        run.out.contains("cannot be fetched: `localhost"),
        "{}",
        run.out
    );
    assert!(!run.out.contains("enum-mismatch"), "{}", run.out);
}

#[test]
fn a_redirect_does_not_leave_https() {
    let place = Place::new();
    let known = repository()
        .join("cli/tests/it/https/certificate.pem")
        .display()
        .to_string();
    let port = start(
        "HTTP/1.1 302 Found\r\nLocation: http://localhost:1/s.yaml\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    place.write("tidings.toml", "");
    let run = validate(&place, "localhost", port, &known);
    assert!(
        run.code == 1 && run.out.contains("it redirects to `localhost:1`"),
        "{}",
        run.out
    );
}

/// A certificate of nobody's.
const OTHER: &str = include_str!("https/other.pem");
