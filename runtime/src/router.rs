//! Which handler takes which message: by channel and message name.
use crate::{
    Channel, ChannelKind, Error, ErrorKind, HandlerError, Message, Outgoing, Received, Result, Str,
    TypedMessage,
    dead_letter::{Cause, refusal},
    policy::Policy,
    transport::{BoxFuture, Capabilities, Group, Incoming, SubscribeSpec},
    worker::HELD_BACK,
};
use std::{collections::HashSet, fmt, future::Future, sync::Arc};
use uuid::Uuid;

/// What a handler is called with, whatever its type.
pub(crate) struct Job {
    pub(crate) address: Str,
    pub(crate) incoming: Incoming,
    /// Counts the attempts that the worker made itself, too.
    pub(crate) attempt: u32,
}

/// What a handler made: to be sent now that it has returned.
#[derive(Debug, Default)]
pub(crate) struct Made {
    pub(crate) sent: Vec<Outgoing>,
    pub(crate) reply: Option<Outgoing>,
}

impl Job {
    fn decode<M: TypedMessage>(&self) -> Result<Received<M>, HandlerError> {
        Ok(Received::decode(
            &self.address,
            &self.incoming.message,
            self.attempt,
        )?)
    }
}

type Run = Arc<dyn Fn(Job) -> BoxFuture<'static, Result<Made, HandlerError>> + Send + Sync>;

/// One handler and the messages it takes.
#[derive(Clone)]
pub(crate) struct Handler {
    names: &'static [&'static str],
    decodes: fn(&Message) -> bool,
    pub(crate) run: Run,
    /// For handlers of requests, the answer to one that is given up.
    refuse: Option<Refuse>,
}

type Refuse = Arc<dyn Fn(&Message, &Cause) -> Option<Outgoing> + Send + Sync>;

/// The handlers of one channel.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) channel: Channel,
    pub(crate) policy: Policy,
    /// Tells the consumers of a message apart: those that compete for it are one.
    pub(crate) consumer: String,
    handlers: Vec<Handler>,
}

/// Why no handler takes a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unroutable {
    UnknownName,
    Ambiguous,
    NotDecodable,
}

impl Unroutable {
    pub(crate) fn text(&self) -> &'static str {
        match self {
            Self::UnknownName => "no handler knows its name",
            Self::Ambiguous => "it has no name, and fits more than one handler",
            Self::NotDecodable => "it has no name, and fits no handler",
        }
    }
}

impl Route {
    /// The answer to the sender of a message that is given up; by the handler that takes it, or any that takes requests.
    pub(crate) fn refuse(
        &self,
        handler: Option<&Handler>,
        message: &Message,
        cause: &Cause,
    ) -> Option<Outgoing> {
        let refuse = match handler {
            Some(handler) => handler.refuse.as_ref(),
            None => self
                .handlers
                .iter()
                .find_map(|handler| handler.refuse.as_ref()),
        };
        refuse.and_then(|refuse| refuse(message, cause))
    }

    pub(crate) fn find(&self, message: &Message) -> Result<&Handler, Unroutable> {
        match self.find_named(message) {
            // Handlers without names take what is left.
            Err(why) => self
                .handlers
                .iter()
                .find(|handler| handler.names.is_empty())
                .ok_or(why),
            found => found,
        }
    }

    fn find_named(&self, message: &Message) -> Result<&Handler, Unroutable> {
        let mut handlers = self
            .handlers
            .iter()
            .filter(|handler| !handler.names.is_empty());
        if let Some(name) = &message.name {
            let takes = |handler: &&Handler| handler.names.contains(&&**name);
            return handlers.find(takes).ok_or(Unroutable::UnknownName);
        }
        if let [only] = &*self.handlers {
            return Ok(only);
        }
        let mut fitting = handlers.filter(|handler| (handler.decodes)(message));
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) => Err(Unroutable::Ambiguous),
            (None, _) => Err(Unroutable::NotDecodable),
        }
    }

    /// What two handlers both take.
    fn contested(&self) -> Option<String> {
        if self
            .handlers
            .iter()
            .filter(|handler| handler.names.is_empty())
            .count()
            > 1
        {
            return Some("any message".to_owned());
        }
        let mut seen = HashSet::new();
        let mut names = self.handlers.iter().flat_map(|handler| handler.names);
        names
            .find(|name| !seen.insert(**name))
            .map(|name| format!("message `{name}`"))
    }
}

/// The handlers of a service, by channel and message.
#[derive(Clone, Default)]
pub struct Router {
    group: Option<Str>,
    settings: Settings,
    policy: Policy,
    routes: Vec<Route>,
}

/// How hard a service works, per channel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) concurrency: usize,
    pub(crate) prefetch: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            concurrency: 64,
            prefetch: 256,
        }
    }
}

impl Router {
    /// No handlers yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the consumer group of the service: instances of one group share the messages of a publish-subscribe
    /// channel. Without it each instance gets all of them.
    pub fn group(&mut self, name: &str) -> &mut Self {
        self.group = Some(name.into());
        self
    }

    /// Most handlers of one channel that run at a time; 64 unless told.
    pub fn concurrency(&mut self, limit: usize) -> &mut Self {
        self.settings.concurrency = limit.max(1);
        self
    }

    /// What is done about messages that could not be handled, on every channel.
    pub fn policy(&mut self, policy: Policy) -> &mut Self {
        self.policy = policy;
        self
    }

    /// Most messages of one channel that are held at a time, waiting or at work; 256 unless told. Those that wait behind
    /// others of their key, or until they are tried again, do not count.
    pub fn prefetch(&mut self, limit: usize) -> &mut Self {
        self.settings.prefetch = limit.max(1);
        self
    }

    /// Handles one-way messages of a channel. Messages of one key are handled one after the other, others at the same
    /// time. A handler that panics is a handler that failed: its message comes again.
    pub fn on<M, F, Fut>(&mut self, channel: Channel, handler: F) -> &mut Self
    where
        M: TypedMessage,
        F: Fn(Received<M>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let run: Run = Arc::new(move |job| {
            let handler = handler.clone();
            Box::pin(async move {
                let received: Received<M> = job.decode()?;
                let context = received.context.clone();
                handler(received).await?;
                Ok(Made {
                    sent: context.take(),
                    reply: None,
                })
            })
        });
        self.add::<M>(channel, run, None)
    }

    /// Handles requests of a channel; what the handler gives goes to the request's reply address. Where the reply cannot be
    /// sent for the moment, that is tried again without handling the request again. A request that is given up is answered with
    /// the reason, unless [`Policy::refuse`] is off.
    pub fn on_request<M, R, F, Fut>(&mut self, channel: Channel, handler: F) -> &mut Self
    where
        M: TypedMessage,
        R: TypedMessage,
        F: Fn(Received<M>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<R, HandlerError>> + Send + 'static,
    {
        self.requests(channel, None, handler)
    }

    /// As [`on_request`](Self::on_request), with a channel for the replies to requests that name no reply address.
    pub fn on_request_with<M, R, F, Fut>(
        &mut self,
        channel: Channel,
        replies: Channel,
        handler: F,
    ) -> &mut Self
    where
        M: TypedMessage,
        R: TypedMessage,
        F: Fn(Received<M>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<R, HandlerError>> + Send + 'static,
    {
        self.requests(channel, Some(replies), handler)
    }

    fn requests<M, R, F, Fut>(
        &mut self,
        channel: Channel,
        replies: Option<Channel>,
        handler: F,
    ) -> &mut Self
    where
        M: TypedMessage,
        R: TypedMessage,
        F: Fn(Received<M>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<R, HandlerError>> + Send + 'static,
    {
        let refused = replies.clone();
        let refuse: Refuse =
            Arc::new(move |request, cause| refuse::<M>(request, refused.as_ref(), cause));
        let shared = Arc::new((handler, replies));
        let run: Run = Arc::new(move |job| {
            let shared = shared.clone();
            Box::pin(async move {
                let (handler, replies) = &*shared;
                let received: Received<M> = job.decode()?;
                let context = received.context.clone();
                let reply = handler(received).await?;
                let reply = answer::<M, R>(&job, &reply, replies.as_ref())?;
                Ok(Made {
                    sent: context.take(),
                    reply,
                })
            })
        });
        self.add::<M>(channel, run, Some(refuse))
    }

    fn add<M: TypedMessage>(
        &mut self,
        channel: Channel,
        run: Run,
        refuse: Option<Refuse>,
    ) -> &mut Self {
        let handler = Handler {
            names: M::NAMES,
            decodes: |message| M::decode(message).is_ok(),
            run,
            refuse,
        };
        match self
            .routes
            .iter_mut()
            .find(|route| route.channel == channel)
        {
            Some(route) => route.handlers.push(handler),
            None => self.routes.push(Route {
                channel,
                policy: Policy::default(),
                consumer: String::new(),
                handlers: vec![handler],
            }),
        }
        self
    }

    pub(crate) fn settings(&self) -> Settings {
        self.settings
    }

    /// What to subscribe to, after a check that the transport can do it and that handlers can be told apart.
    pub(crate) fn into_plan(
        self,
        capabilities: impl Fn(&Channel) -> Capabilities,
    ) -> Result<Vec<Plan>> {
        let Self {
            group,
            settings,
            policy,
            routes,
        } = self;
        let plan = routes.into_iter().map(|route| {
            if let Some(what) = route.contested() {
                let reason = format!("two handlers take {what}; register one of them only");
                return Err(Error::new(ErrorKind::Invalid, "serve", reason)
                    .with("channel", &route.channel.address));
            }
            let capabilities = capabilities(&route.channel);
            let group = group
                .as_deref()
                .filter(|_| route.channel.kind == ChannelKind::PublishSubscribe);
            let spec = SubscribeSpec::new(route.channel.clone())
                .group(Group::named(group))
                .prefetch(settings.prefetch.saturating_add(HELD_BACK));
            check_channel(&capabilities, &spec)?;
            let policy = policy.clone();
            let consumer = consumer(&spec);
            Ok(Plan {
                spec,
                route: Route {
                    policy,
                    consumer,
                    ..route
                },
                capabilities,
            })
        });
        plan.collect()
    }
}

fn consumer(spec: &SubscribeSpec) -> String {
    let address = &spec.channel.address;
    match (spec.channel.kind, spec.group.name()) {
        (ChannelKind::PointToPoint, _) => address.to_string(),
        (ChannelKind::PublishSubscribe, Some(group)) => format!("{address} {group}"),
        (ChannelKind::PublishSubscribe, None) => format!("{address} {}", Uuid::now_v7()),
    }
}

/// A channel to work on.
pub(crate) struct Plan {
    pub(crate) spec: SubscribeSpec,
    pub(crate) route: Route,
    pub(crate) capabilities: Capabilities,
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let routes = self.routes.iter().map(|route| {
            let names: Vec<_> = route
                .handlers
                .iter()
                .flat_map(|handler| handler.names)
                .collect();
            (&route.channel.address, names)
        });
        f.debug_map().entries(routes).finish()
    }
}

/// Says what the transport cannot do of what a subscription needs.
pub(crate) fn check_channel(capabilities: &Capabilities, spec: &SubscribeSpec) -> Result<()> {
    let missing = match spec.channel.kind {
        _ if spec.channel.wildcard && !capabilities.wildcards => "wildcard subscriptions",
        ChannelKind::PointToPoint if !capabilities.point_to_point => "point-to-point channels",
        ChannelKind::PublishSubscribe if !capabilities.publish_subscribe => {
            "publish-subscribe channels"
        }
        ChannelKind::PublishSubscribe if spec.group.name().is_some() && !capabilities.groups => {
            "consumer groups"
        }
        _ => return Ok(()),
    };
    let reason = format!("the transport has no {missing}; choose another transport");
    Err(Error::new(ErrorKind::Unsupported, "subscribe", reason)
        .with("channel", &spec.channel.address))
}

/// The reply to a request, where anybody waits for it.
fn answer<M: TypedMessage, R: TypedMessage>(
    job: &Job,
    reply: &R,
    replies: Option<&Channel>,
) -> Result<Option<Outgoing>, HandlerError> {
    let request = &job.incoming.message;
    let Some(channel) = reply_channel::<M>(request, replies) else {
        tracing::warn!(id = %request.id, address = %job.address, "request has no reply address; reply dropped");
        return Ok(None);
    };
    let mut wire = reply.encode()?;
    wire.correlation_id = Some(correlation::<M>(request));
    R::stamp(&mut wire);
    Ok(Some(Outgoing::new(channel, wire)))
}

/// Where the request says, else the document.
fn reply_channel<M: TypedMessage>(request: &Message, replies: Option<&Channel>) -> Option<Channel> {
    let asked = M::reply_address(request).map(Channel::point_to_point);
    asked.or_else(|| replies.cloned())
}

fn refuse<M: TypedMessage>(
    request: &Message,
    replies: Option<&Channel>,
    cause: &Cause,
) -> Option<Outgoing> {
    let channel = reply_channel::<M>(request, replies)?;
    Some(refusal(channel, correlation::<M>(request), cause))
}

fn correlation<M: TypedMessage>(request: &Message) -> Str {
    M::correlation(request).unwrap_or_else(|| request.id.to_string().into())
}
