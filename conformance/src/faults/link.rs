//! The link between processes and their broker, and how it fails.
use super::{
    cell::Trouble,
    forwarder::{Forwarder, Passing},
    random::Random,
    toxiproxy::Toxiproxy,
};
use serde_json::json;
use std::{io, time::Duration};
use tidings::BoxError;
use tokio::time::sleep;

/// What a slow link adds to each piece, either way.
const SLOW: Duration = Duration::from_millis(5);
/// Longer than any round: what is held back comes when the link is mended.
const FOR_EVER: u32 = 3_600_000;
const BOTH: [&str; 2] = ["upstream", "downstream"];

/// A link that can be made to fail.
#[derive(Debug)]
pub struct Link(By);

#[derive(Debug)]
enum By {
    Forwarder(Forwarder),
    Toxiproxy(Toxiproxy),
}

impl Link {
    /// One through this process to that address.
    ///
    /// # Errors
    /// When nothing can be listened at.
    pub async fn forward(target: &str) -> io::Result<Self> {
        let forwarder = Forwarder::open(target.to_owned()).await?;
        Ok(Self(By::Forwarder(forwarder)))
    }

    /// One through the toxiproxy whose interface is at that address: it listens at `listen`, whose port may be 0, and reaches
    /// `upstream`.
    ///
    /// # Errors
    /// When toxiproxy is not there, or does not make it.
    pub async fn toxiproxy(
        api: &str,
        name: &'static str,
        listen: &str,
        upstream: &str,
    ) -> Result<Self, BoxError> {
        let toxiproxy = Toxiproxy::open(api, name, listen, upstream).await?;
        Ok(Self(By::Toxiproxy(toxiproxy)))
    }

    /// Where it is reached: a host and a port.
    #[must_use]
    pub fn address(&self) -> &str {
        match &self.0 {
            By::Forwarder(forwarder) => forwarder.address(),
            By::Toxiproxy(toxiproxy) => &toxiproxy.address,
        }
    }

    /// Is slow from now on.
    pub(crate) async fn slow_down(&self) -> Result<(), BoxError> {
        match &self.0 {
            By::Forwarder(forwarder) => forwarder.pass(Passing::After(SLOW)),
            By::Toxiproxy(toxiproxy) => {
                let slow = json!({ "latency": SLOW.as_millis() as u64, "jitter": 2 });
                for way in BOTH {
                    toxiproxy.add("latency", way, slow.clone()).await?;
                }
            }
        }
        Ok(())
    }

    /// Fails in that way for a while.
    ///
    /// # Errors
    /// When toxiproxy does not do it.
    pub async fn fail(&self, trouble: Trouble, random: &mut Random) -> Result<(), BoxError> {
        let time = match (trouble, &self.0) {
            (Trouble::Away, _) => random.millis(3000, 6000),
            (Trouble::Stall, _) => random.millis(100, 4000),
            // Longer than a broker or its client takes to give up whoever is silent.
            (Trouble::HalfOpen, By::Toxiproxy(_)) => random.millis(500, 12_000),
            _ => random.millis(1, 500),
        };
        match &self.0 {
            By::Forwarder(forwarder) => forwarder.fail(trouble, time).await,
            By::Toxiproxy(toxiproxy) => toxic(toxiproxy, trouble, time, random).await?,
        }
        Ok(())
    }
}

async fn toxic(
    link: &Toxiproxy,
    trouble: Trouble,
    time: Duration,
    random: &mut Random,
) -> Result<(), BoxError> {
    // What a timeout holds is lost, and its connections end when it does.
    let (kind, attributes, ways) = match trouble {
        Trouble::Cut | Trouble::Away => {
            link.enable(false).await?;
            sleep(time).await;
            return link.enable(true).await;
        }
        Trouble::Slow => return Ok(()),
        Trouble::Stall => ("latency", json!({ "latency": FOR_EVER }), &BOTH[..]),
        Trouble::Reset => ("reset_peer", json!({ "timeout": 0 }), &BOTH[..]),
        Trouble::HalfOpen => {
            let deaf = random.below(BOTH.len());
            ("timeout", json!({ "timeout": 0 }), &BOTH[deaf..=deaf])
        }
    };
    for way in ways {
        link.add(kind, way, attributes.clone()).await?;
    }
    sleep(time).await;
    for way in ways {
        link.remove(kind, way).await?;
    }
    Ok(())
}
