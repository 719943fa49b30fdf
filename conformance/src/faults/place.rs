//! Where a round takes place: one broker, and how its processes reach it.
use super::{
    cell::Cell,
    link::Link,
    services::{TOXIPROXY, variable},
    url::parted,
};
use std::{any::Any, fmt};
use tidings::BoxError;

/// What runs the broker of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Host {
    /// This process, for as long as [`Place::keep`] is there; it cannot be killed.
    Here,
    /// A process of its own, which plays [`Subject::host`](super::Subject::host).
    Process,
    /// The service of that name of `dev/services`.
    Service(&'static str),
}

/// A broker, and where it is.
#[non_exhaustive]
pub struct Place {
    /// What [`Subject::connect`](super::Subject::connect) of services and clients is given: through the link, where there is one.
    pub address: String,
    /// The same of what no fault is to meet.
    pub direct: String,
    /// What runs the broker.
    pub host: Host,
    /// What lies between.
    pub link: Option<Link>,
    /// What has to live as long as the round.
    pub keep: Box<dyn Any + Send>,
}

impl Place {
    /// A broker that everybody reaches at that address.
    #[must_use]
    pub fn at(address: impl Into<String>, host: Host) -> Self {
        let address = address.into();
        Self {
            direct: address.clone(),
            address,
            host,
            link: None,
            keep: Box::new(()),
        }
    }

    /// The service of that name at that URL; reached by toxiproxy where the cell is one of links.
    ///
    /// # Errors
    /// When toxiproxy is not there.
    pub async fn of_service(
        url: String,
        service: &'static str,
        cell: Cell,
    ) -> Result<Self, BoxError> {
        let place = Self::at(url, Host::Service(service));
        if cell.trouble().is_none() {
            return Ok(place);
        }
        let [scheme, host, path] = parted(&place.direct);
        let toxiproxy = variable(TOXIPROXY, "toxiproxy")?;
        let link = Link::toxiproxy(&toxiproxy, service, "127.0.0.1:0", host).await?;
        let address = format!("{scheme}{}{path}", link.address());
        Ok(place.through(link, address))
    }

    /// The same, which services and clients reach by a link, at that address.
    #[must_use]
    pub fn through(self, link: Link, address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            link: Some(link),
            ..self
        }
    }

    /// The same, with something that has to live as long.
    #[must_use]
    pub fn keeping(self, keep: impl Any + Send) -> Self {
        let keep = Box::new(keep);
        Self { keep, ..self }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place")
            .field("address", &self.address)
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}
