//! Which handler takes which message: by channel and message name.
use crate::{
    Channel, ChannelKind, DynTransport, Error, ErrorKind, HandlerError, Message, Received, Result,
    Str, TypedMessage,
    client::publish_one,
    transport::{BoxFuture, Capabilities, Incoming, Settle, SubscribeSpec},
};
use std::{collections::HashSet, fmt, future::Future, sync::Arc};

/// What a handler is called with, whatever its type.
pub(crate) struct Job {
    pub(crate) transport: Arc<dyn DynTransport>,
    pub(crate) address: Str,
    pub(crate) incoming: Arc<Incoming>,
    /// Counts the attempts that the worker made itself, too.
    pub(crate) attempt: u32,
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

type Run = Arc<dyn Fn(Job) -> BoxFuture<'static, Result<(), HandlerError>> + Send + Sync>;

/// One handler and the messages it takes.
#[derive(Clone)]
pub(crate) struct Handler {
    names: &'static [&'static str],
    decodes: fn(&Message) -> bool,
    pub(crate) run: Run,
}

/// The handlers of one channel.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) channel: Channel,
    handlers: Vec<Handler>,
}

/// Why no handler takes a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unroutable {
    UnknownName,
    Ambiguous,
    NotDecodable,
}

impl Route {
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

    /// Most messages of one channel that are held at a time, waiting or at work; 256 unless told.
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
            Box::pin(async move { handler(job.decode()?).await })
        });
        self.add::<M>(channel, run)
    }

    /// Handles requests of a channel; what the handler gives goes to the request's reply address. Where the reply cannot be
    /// sent for the moment, the request is handled again.
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
        let shared = Arc::new((handler, replies));
        let run: Run = Arc::new(move |job| {
            let shared = shared.clone();
            Box::pin(async move {
                let (handler, replies) = &*shared;
                let reply = handler(job.decode()?).await?;
                answer::<M, R>(&job, &reply, replies.as_ref()).await
            })
        });
        self.add::<M>(channel, run)
    }

    fn add<M: TypedMessage>(&mut self, channel: Channel, run: Run) -> &mut Self {
        let handler = Handler {
            names: M::NAMES,
            decodes: |message| M::decode(message).is_ok(),
            run,
        };
        match self
            .routes
            .iter_mut()
            .find(|route| route.channel == channel)
        {
            Some(route) => route.handlers.push(handler),
            None => self.routes.push(Route {
                channel,
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
        capabilities: &Capabilities,
    ) -> Result<Vec<(SubscribeSpec, Route)>> {
        let Self {
            group,
            settings,
            routes,
        } = self;
        let plan = routes.into_iter().map(|route| {
            if let Some(what) = route.contested() {
                let reason = format!("two handlers take {what}; register one of them only");
                return Err(Error::new(ErrorKind::Invalid, "serve", reason)
                    .with("channel", &route.channel.address));
            }
            let group = group
                .clone()
                .filter(|_| route.channel.kind == ChannelKind::PublishSubscribe);
            let spec = SubscribeSpec {
                channel: route.channel.clone(),
                group,
                prefetch: settings.prefetch,
            };
            check_channel(capabilities, &spec)?;
            Ok((spec, route))
        });
        plan.collect()
    }
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
        _ if capabilities.settle == Settle::Cumulative => "settlement one by one",
        ChannelKind::PointToPoint if !capabilities.point_to_point => "point-to-point channels",
        ChannelKind::PublishSubscribe if !capabilities.publish_subscribe => {
            "publish-subscribe channels"
        }
        ChannelKind::PublishSubscribe if spec.group.is_some() && !capabilities.groups => {
            "consumer groups"
        }
        _ => return Ok(()),
    };
    let reason = format!("the transport has no {missing}; choose another transport");
    Err(Error::new(ErrorKind::Unsupported, "subscribe", reason)
        .with("channel", &spec.channel.address))
}

async fn answer<M: TypedMessage, R: TypedMessage>(
    job: &Job,
    reply: &R,
    replies: Option<&Channel>,
) -> Result<(), HandlerError> {
    let request = &job.incoming.message;
    let asked = M::reply_address(request).map(Channel::point_to_point);
    let Some(channel) = asked.or_else(|| replies.cloned()) else {
        tracing::warn!(id = %request.id, address = %job.address, "request has no reply address; reply dropped");
        return Ok(());
    };
    let mut wire = reply.encode()?;
    wire.correlation_id =
        Some(M::correlation(request).unwrap_or_else(|| request.id.to_string().into()));
    R::stamp(&mut wire);
    match publish_one(&*job.transport, &channel, wire).await {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            tracing::debug!(id = %request.id, address = %channel.address, "whoever asked is gone; reply dropped");
            Ok(())
        }
        outcome => Ok(outcome?),
    }
}
