//! Identifies by the certificate of a connection (`EXTERNAL`), which the client library does only where it brings TLS itself.
use crate::{
    error::{of_sasl, socket},
    scan::Scan,
    stream::Bytes,
};
use fe2o3_amqp::types::{
    primitives::Symbol,
    sasl::{SaslCode, SaslInit, SaslMechanisms, SaslOutcome},
};
use tidings::{Error, ErrorKind, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const HEADER: [u8; 8] = *b"AMQP\x03\x01\x00\x00";
const EXTERNAL: &str = "EXTERNAL";
/// Largest frame that is taken.
const MOST: usize = 64 << 10;

/// Whether the broker takes the certificate as who this is; not so where it does not offer that.
pub(crate) async fn external(broker: &mut dyn Bytes) -> Result<bool> {
    broker.write_all(&HEADER).await.map_err(socket)?;
    let mut header = [0; 8];
    broker.read_exact(&mut header).await.map_err(socket)?;
    if header != HEADER {
        return Err(odd());
    }
    let offered: SaslMechanisms = read(broker).await?;
    let mut offered = offered.sasl_server_mechanisms.0.iter();
    if !offered.any(|offered| offered.as_str() == EXTERNAL) {
        return Ok(false);
    }
    let init = SaslInit {
        mechanism: Symbol::from(EXTERNAL),
        initial_response: Some(Vec::new().into()),
        hostname: None,
    };
    let init = serde_amqp::to_vec(&init).map_err(|_| odd())?;
    broker.write_all(&frame(&init)).await.map_err(socket)?;
    let outcome: SaslOutcome = read(broker).await?;
    match outcome.code {
        SaslCode::Ok => Ok(true),
        code => {
            let refused = "the broker does not take the certificate; have it know whose that is, or use another";
            Err(of_sasl(&code, refused))
        }
    }
}

fn odd() -> Error {
    let reason = "what answers there does not speak AMQP 1.0 with SASL";
    Error::new(ErrorKind::Unsupported, "connect", reason)
}

fn frame(body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len() + 8).unwrap_or(u32::MAX);
    [&size.to_be_bytes()[..], &[2, 1, 0, 0], body].concat()
}

async fn read<T: serde::de::DeserializeOwned>(broker: &mut dyn Bytes) -> Result<T> {
    let mut head = [0; 8];
    broker.read_exact(&mut head).await.map_err(socket)?;
    let size = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if !(8..MOST).contains(&size) || head[4..6] != [2, 1] {
        return Err(odd());
    }
    let mut body = vec![0; size - 8];
    broker.read_exact(&mut body).await.map_err(socket)?;
    match Scan::one(&body) {
        Ok(Some(size)) => serde_amqp::from_slice(&body[..size]).map_err(|_| odd()),
        _ => Err(odd()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fe2o3_amqp::types::primitives::Array;

    #[tokio::test]
    async fn a_broker_that_cannot_tell_now_is_asked_again() {
        for (code, retries) in [
            (SaslCode::Auth, false),
            (SaslCode::Sys, true),
            (SaslCode::SysPerm, false),
            (SaslCode::SysTemp, true),
        ] {
            let (mut here, mut broker) = tokio::io::duplex(4096);
            let offered = SaslMechanisms {
                sasl_server_mechanisms: Array(vec![Symbol::from(EXTERNAL)]),
            };
            let outcome = SaslOutcome {
                code,
                additional_data: None,
            };
            let [offered, outcome] = [serde_amqp::to_vec(&offered), serde_amqp::to_vec(&outcome)];
            let said = [frame(&offered.unwrap()), frame(&outcome.unwrap())].concat();
            broker.write_all(&HEADER).await.unwrap();
            broker.write_all(&said).await.unwrap();
            let error = external(&mut here).await.expect_err("it is let in");
            assert_eq!(error.is_retryable(), retries, "{error}");
        }
    }
}
