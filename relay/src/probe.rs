//! Asks a relay how it is, over HTTP.
use crate::{args::Probe, plain::plain};
use std::{
    io::{self, Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

/// How long it has to take the question, and to answer; it does at once.
const PATIENCE: Duration = Duration::from_secs(2);

/// Bytes of an answer at most.
const LARGEST: u64 = 64 << 10;

impl Probe {
    pub(crate) fn path(&self) -> &'static str {
        match self.ready {
            true => "/ready",
            false => "/live",
        }
    }
}

/// What it says, or why it is not well.
pub(crate) fn ask(listens: SocketAddr, path: &str) -> Result<String, String> {
    let address = reached(listens);
    let unheard = |error: io::Error| format!("nobody answers at http://{address}{path}: {error}");
    let answer = answer(address, path).map_err(unheard)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let body = plain(&body.trim_end());
    match head.split(' ').nth(1) {
        Some("200") => Ok(body),
        Some(status) => Err(format!("http://{address}{path} answers {status}: {body}")),
        None => Err(format!("what answers at http://{address} is no relay")),
    }
}

/// By loopback, where it listens at every address.
fn reached(listens: SocketAddr) -> SocketAddr {
    let ip = match listens.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listens.port())
}

fn answer(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.take(LARGEST).read_to_string(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{net::TcpListener, thread};

    #[test]
    fn who_listens_everywhere_is_asked_here() {
        for (listens, asked) in [
            ("0.0.0.0:9464", "127.0.0.1:9464"),
            ("[::]:9464", "[::1]:9464"),
            ("10.1.2.3:80", "10.1.2.3:80"),
        ] {
            let address = listens.parse().map(reached);
            assert_eq!(address, asked.parse());
        }
    }

    /// Asks who answers that to anything.
    fn told(answer: &'static str) -> Result<String, String> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let answers = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("it is asked");
            let mut asked = [0; 1024];
            let length = stream.read(&mut asked).expect("it asks");
            stream.write_all(answer.as_bytes()).expect("it hears");
            String::from_utf8_lossy(&asked[..length]).into_owned()
        });
        let told = ask(address, "/live");
        let asked = answers.join().expect("no panic");
        assert!(asked.starts_with("GET /live HTTP/1.1\r\n"), "{asked}");
        told
    }

    #[test]
    fn only_who_says_that_it_is_well_is() {
        let well = "HTTP/1.1 200 OK\r\na: b\r\n\r\nalive\n";
        assert_eq!(told(well).as_deref(), Ok("alive"));
        let why = told("HTTP/1.1 503 no\r\n\r\nthe broker\x1b is away\n").expect_err("it is not");
        assert!(
            why.ends_with("/live answers 503: the broker  is away"),
            "{why}"
        );
        for nonsense in ["", "no HTTP at all", "200\r\n\r\n"] {
            assert!(told(nonsense).is_err(), "{nonsense}");
        }
    }
}
