//! What a broker says of itself when it is connected to: which one it is, and what it offers.
use fe2o3_amqp::types::{performatives::Open, primitives::Value};
use tidings::{Error, ErrorKind, Result};

/// Whose names and habits are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Dialect {
    Artemis,
    Classic,
}

/// What the broker says when it opens a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) dialect: Dialect,
    /// Subscriptions that several share, and that outlive them.
    pub(crate) shared: bool,
    /// Messages that are held back.
    pub(crate) delays: bool,
}

impl Offer {
    /// Whether it is as good as another.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.dialect == other.dialect && self.shared >= other.shared && self.delays >= other.delays
    }

    /// Reads what it says; one that is neither of the two is refused, since names mean something else there.
    pub(crate) fn read(open: &Open) -> Result<Self> {
        let said = |name: &str| {
            let properties = open
                .properties
                .iter()
                .flat_map(|properties| properties.iter());
            let mut named = properties.filter(|(key, _)| key.as_str() == name);
            named.next().map(|(_, value)| match value {
                Value::String(text) => text.clone(),
                Value::Symbol(text) => text.0.clone(),
                _ => String::new(),
            })
        };
        let product = said("product").unwrap_or_default();
        let dialect = match () {
            () if product.to_ascii_lowercase().contains("artemis") => Dialect::Artemis,
            () if said("topic-prefix").as_deref() == Some("topic://") => Dialect::Classic,
            () => {
                let reason = format!(
                    "the broker is `{product}`, of which names and subscriptions are not known; connect to ActiveMQ Artemis or Classic"
                );
                return Err(Error::new(ErrorKind::Unsupported, "connect", reason));
            }
        };
        let offered = open.offered_capabilities.iter().flat_map(|all| all.iter());
        let offered: Vec<_> = offered.map(|one| one.as_str().replace('-', "_")).collect();
        let offers = |name: &str| offered.iter().any(|offered| offered == name);
        Ok(Self {
            dialect,
            shared: offers("SHARED_SUBS"),
            delays: offers("DELAYED_DELIVERY"),
        })
    }
}
