//! Two messages of the document that `tidings-bench document channels` writes, one received and one sent, as a person writes them over the runtime, with
//! the same types: `dev/bench` repeats this file as a module.
use std::{collections::BTreeMap, future::Future, str::FromStr, sync::Arc};
use tidings::{
    Channel, ChannelKind, Client, DateTime, Error, HandlerError, InvalidMessage, Message, Received,
    Router, SendError, Subscription, TypedMessage,
    codegen::{self, Deserialize, Pointer, Serialize, Validate, Violations, serde_json::Value},
};

/// Number of the lamp.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LampId(String);

impl FromStr for LampId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.contains(['*', '#', '+', '>', '{', '}', '.']) {
            return Err(format!("`{text}` is no number of a lamp"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Whether the lamp is on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(crate = "::tidings::codegen::serde", rename_all = "lowercase")]
pub enum LightReceivedState {
    /// It is.
    On,
    /// It is not.
    Off,
    /// Neither.
    #[serde(untagged)]
    Unknown(String),
}

/// How much light there is around a lamp.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(crate = "::tidings::codegen::serde", rename_all = "camelCase")]
pub struct LightReceived {
    /// Light intensity measured in lumens.
    pub lumens: u64,
    /// Date and time when it was sent.
    pub sent_at: DateTime,
    /// Whether the lamp is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<LightReceivedState>,
    /// All other properties.
    #[serde(flatten)]
    pub extra: BTreeMap<String, Value>,
}

impl LightReceived {
    /// Without anything that may be absent.
    #[must_use]
    pub fn new(lumens: u64, sent_at: impl Into<DateTime>) -> Self {
        Self {
            lumens,
            sent_at: sent_at.into(),
            state: None,
            extra: BTreeMap::new(),
        }
    }
}

impl Validate for LightReceived {
    fn check(&self, at: &Pointer<'_>, violations: &mut Violations) {
        if let Some(LightReceivedState::Unknown(_)) = self.state {
            violations.push(&at.key("state"), "is neither `on` nor `off`");
        }
    }
}

impl TypedMessage for LightReceived {
    const NAMES: &'static [&'static str] = &["lightReceived"];

    fn encode(&self) -> Result<Message, InvalidMessage> {
        codegen::check(self, Violations::new())?;
        codegen::json_message::<Self>(self)
    }

    fn decode(message: &Message) -> Result<Self, InvalidMessage> {
        codegen::from_json("lightReceived", message)
    }
}

/// The channel of a lamp in this street.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LightReceivedChannel {
    /// Number of the lamp.
    pub lamp_id: LampId,
}

impl LightReceivedChannel {
    /// The address with its placeholder.
    pub const ADDRESS: &'static str = "town.lamps.1.0.event.{lampId}.received.measured";

    /// The channel as the runtime knows it.
    #[must_use]
    pub fn channel(&self) -> Channel {
        let lamp = &self.lamp_id.0;
        Channel::new(
            ChannelKind::PointToPoint,
            format!("town.lamps.1.0.event.{lamp}.received.measured"),
        )
    }

    /// The channels of all lamps.
    #[must_use]
    pub fn all() -> Channel {
        Channel::wildcard(ChannelKind::PointToPoint, Self::ADDRESS)
    }
}

impl FromStr for LightReceivedChannel {
    type Err = String;

    fn from_str(address: &str) -> Result<Self, String> {
        let lamp = address
            .strip_prefix("town.lamps.1.0.event.")
            .and_then(|rest| rest.strip_suffix(".received.measured"));
        let lamp_id = lamp.ok_or("it is no such address")?.parse()?;
        Ok(Self { lamp_id })
    }
}

/// Whether the lamp is on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(crate = "::tidings::codegen::serde", rename_all = "lowercase")]
pub enum LightSentState {
    /// It is.
    On,
    /// It is not.
    Off,
    /// Neither.
    #[serde(untagged)]
    Unknown(String),
}

/// How much light there was around a lamp.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(crate = "::tidings::codegen::serde", rename_all = "camelCase")]
pub struct LightSent {
    /// Light intensity measured in lumens.
    pub lumens: u64,
    /// Date and time when it was sent.
    pub sent_at: DateTime,
    /// Whether the lamp is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<LightSentState>,
    /// All other properties.
    #[serde(flatten)]
    pub extra: BTreeMap<String, Value>,
}

impl LightSent {
    /// Without anything that may be absent.
    #[must_use]
    pub fn new(lumens: u64, sent_at: impl Into<DateTime>) -> Self {
        Self {
            lumens,
            sent_at: sent_at.into(),
            state: None,
            extra: BTreeMap::new(),
        }
    }
}

impl Validate for LightSent {
    fn check(&self, at: &Pointer<'_>, violations: &mut Violations) {
        if let Some(LightSentState::Unknown(_)) = self.state {
            violations.push(&at.key("state"), "is neither `on` nor `off`");
        }
    }
}

impl TypedMessage for LightSent {
    const NAMES: &'static [&'static str] = &["lightSent"];

    fn encode(&self) -> Result<Message, InvalidMessage> {
        codegen::check(self, Violations::new())?;
        codegen::json_message::<Self>(self)
    }

    fn decode(message: &Message) -> Result<Self, InvalidMessage> {
        codegen::from_json("lightSent", message)
    }
}

/// The channel of a lamp in this street.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LightSentChannel {
    /// Number of the lamp.
    pub lamp_id: LampId,
}

impl LightSentChannel {
    /// The address with its placeholder.
    pub const ADDRESS: &'static str = "town.lamps.1.0.event.{lampId}.sent.measured";

    /// The channel as the runtime knows it.
    #[must_use]
    pub fn channel(&self) -> Channel {
        let lamp = &self.lamp_id.0;
        Channel::new(
            ChannelKind::PublishSubscribe,
            format!("town.lamps.1.0.event.{lamp}.sent.measured"),
        )
    }

    /// The channels of all lamps.
    #[must_use]
    pub fn all() -> Channel {
        Channel::wildcard(ChannelKind::PublishSubscribe, Self::ADDRESS)
    }
}

impl FromStr for LightSentChannel {
    type Err = String;

    fn from_str(address: &str) -> Result<Self, String> {
        let lamp = address
            .strip_prefix("town.lamps.1.0.event.")
            .and_then(|rest| rest.strip_suffix(".sent.measured"));
        let lamp_id = lamp.ok_or("it is no such address")?.parse()?;
        Ok(Self { lamp_id })
    }
}

/// Who sends to the application, and listens to it.
#[derive(Clone)]
pub struct Lamps(Client);

impl Lamps {
    /// Over that client.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self(client)
    }

    /// Tells how much light there is in this street.
    ///
    /// # Errors
    /// When it could not be sent.
    pub async fn send(
        &self,
        channel: &LightReceivedChannel,
        light: &LightReceived,
    ) -> Result<(), SendError> {
        self.0.send(&channel.channel(), light).await
    }

    /// Listens to how much light there was, at one lamp or all.
    ///
    /// # Errors
    /// When the transport cannot subscribe.
    pub async fn listen(
        &self,
        channel: Option<&LightSentChannel>,
        group: Option<&str>,
    ) -> Result<Subscription<LightSent>, Error> {
        let channel = channel.map_or_else(LightSentChannel::all, LightSentChannel::channel);
        self.0.subscribe(&channel, group).await
    }
}

/// The application, which sends what it sends.
#[derive(Clone)]
pub struct Application(Client);

impl Application {
    /// Over that client.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self(client)
    }

    /// Tells how much light there was.
    ///
    /// # Errors
    /// When it could not be sent.
    pub async fn send(
        &self,
        channel: &LightSentChannel,
        light: &LightSent,
    ) -> Result<(), SendError> {
        self.0.send(&channel.channel(), light).await
    }
}

/// What the application does.
pub trait Service: Send + Sync + 'static {
    /// Takes how much light there is.
    fn light(
        &self,
        light: Received<LightReceived>,
    ) -> impl Future<Output = Result<(), HandlerError>> + Send;
}

/// Has a service handle what comes.
pub fn route<S: Service>(router: &mut Router, service: Arc<S>) {
    router.on(LightReceivedChannel::all(), move |light| {
        let service = service.clone();
        async move { service.light(light).await }
    });
}
