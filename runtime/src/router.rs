//! Which handler takes which message: by channel and message name.
use crate::{
    Channel, ChannelKind, Error, ErrorKind, HandlerError, InvalidMessage, Layers, Message,
    Outgoing, PolicySettings, Received, Reply, Requirement, Result, Settings, Str, TypedMessage,
    dead_letter::{Cause, refusal},
    id::without_ids,
    policy::{DeadLetters, Policy},
    recognition::{Attempt, Fit, choose},
    run::{MakeRun, Request, make_run},
    transport::{Capabilities, Group, Settle, SubscribeSpec},
    typed::fit,
    worker,
};
use std::{collections::HashSet, fmt, future::Future, sync::Arc};
use uuid::Uuid;

/// One handler and the messages it takes.
#[derive(Clone)]
pub(crate) struct Handler {
    names: &'static [&'static str],
    fit: fn(&Message) -> (Fit, Result<(), InvalidMessage>),
    pub(crate) make: MakeRun,
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
    pub(crate) consumer: Str,
    /// Who shares its messages, of a channel whose messages every group has.
    pub(crate) group: Option<Str>,
    handlers: Vec<Handler>,
}

/// Why no handler takes a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unroutable {
    UnknownName,
    /// It has no name, and is what no handler takes, or more than one.
    Unrecognised(InvalidMessage),
}

impl Unroutable {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::UnknownName => "no handler knows its name".to_owned(),
            Self::Unrecognised(invalid) => format!("it {}", invalid.reasons()),
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

    /// Whether somebody waits for a reply to that message.
    pub(crate) fn is_request(&self, message: &Message) -> bool {
        let answers = |number| self.handler(number).is_some_and(|it| it.refuse.is_some());
        message.reply_to.is_some() || self.find(message).is_ok_and(answers)
    }

    /// The handler with that number.
    pub(crate) fn handler(&self, number: usize) -> Option<&Handler> {
        self.handlers.get(number)
    }

    pub(crate) fn handlers(&self) -> usize {
        self.handlers.len()
    }

    /// The number of the handler that takes a message.
    #[inline]
    pub(crate) fn find(&self, message: &Message) -> Result<usize, Unroutable> {
        // Mostly there is one, of one name.
        if let ([Handler { names: [only], .. }], Some(name)) = (&self.handlers[..], &message.name)
            && **name == **only
        {
            return Ok(0);
        }
        match self.find_named(message) {
            // Handlers without names take what is left.
            Err(why) => self
                .handlers
                .iter()
                .position(|handler| handler.names.is_empty())
                .ok_or(why),
            found => found,
        }
    }

    fn find_named(&self, message: &Message) -> Result<usize, Unroutable> {
        let handlers = self.handlers.iter().enumerate();
        let mut handlers = handlers.filter(|(_, handler)| !handler.names.is_empty());
        if let Some(name) = &message.name {
            let found = handlers.find(|(_, handler)| handler.names.contains(&&**name));
            let number = found.map(|(number, _)| number);
            return number.ok_or(Unroutable::UnknownName);
        }
        if self.handlers.len() == 1 {
            return Ok(0);
        }
        let attempts = handlers.map(|(number, handler)| {
            let (fit, read) = (handler.fit)(message);
            let read = read.map(|()| number);
            let name = handler.names[0];
            Attempt { name, fit, read }
        });
        let (_, chosen) = choose(message, attempts.collect());
        chosen.map_err(Unroutable::Unrecognised)
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
    limits: Limits,
    policies: Policies,
    layers: Layers,
    required: Vec<Requirement>,
    routes: Vec<Route>,
}

/// How hard a service works, per channel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) concurrency: usize,
    pub(crate) prefetch: usize,
    pub(crate) prefetch_bytes: usize,
}

impl Limits {
    /// How many messages the worker with that number, from 0, of so many takes; all of them together take all.
    pub(crate) fn prefetch_of(self, number: usize, workers: usize) -> usize {
        self.prefetch / workers + usize::from(number < self.prefetch % workers)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 64,
            prefetch: 256,
            prefetch_bytes: 64 << 20,
        }
    }
}

/// Where the policy of a channel comes from, the weakest first.
#[derive(Debug, Clone, Default)]
struct Policies {
    usual: Policy,
    documented: Vec<(Channel, PolicySettings)>,
    settings: Settings,
    own: Vec<(Channel, Policy)>,
}

impl Policies {
    fn of(&self, channel: &Channel) -> Policy {
        let mut own = self.own.iter();
        if let Some((_, policy)) = own.rfind(|(own, _)| own.is_at(channel)) {
            return policy.clone();
        }
        let documented = self.documented.iter();
        let documented = documented.filter(|(told, _)| told.is_at(channel));
        let documented = documented.map(|(_, settings)| settings);
        let set = self.settings.channels.get(&*channel.address);
        let changes = documented.chain([&self.settings.policy]).chain(set);
        changes.fold(self.usual.clone(), Policy::changed_by)
    }
}

impl Policies {
    /// Says which channel is told of that nothing is served on: a name that is misspelt.
    fn check(&self, routes: &[Route]) -> Result<()> {
        let is_served = |is_it: &dyn Fn(&Channel) -> bool| {
            let mut routes = routes.iter();
            routes.any(|route| is_it(&route.channel))
        };
        let set = self.settings.channels.keys().map(|address| &**address);
        let set = set.filter(|address| !is_served(&|channel| *channel.address == **address));
        let own = self.own.iter().map(|(channel, _)| channel);
        let own = own.filter(|own| !is_served(&|channel| own.is_at(channel)));
        let Some(unknown) = set.chain(own.map(|own| &*own.address)).next() else {
            return Ok(());
        };
        let mut served: Vec<_> = routes.iter().map(|route| &*route.channel.address).collect();
        let reason = if served.contains(&unknown) {
            "settings of a channel of another kind than the one that has handlers".to_owned()
        } else {
            served.sort_unstable();
            served.truncate(10);
            let served = served.join("`, `");
            format!("settings of a channel that has no handler; those that have are `{served}`")
        };
        Err(Error::new(ErrorKind::Invalid, "serve", reason).with("channel", unknown))
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
        self.limits.concurrency = limit.max(1);
        self
    }

    /// What is done about messages that could not be handled, on every channel that nothing else is told of: by the document,
    /// by [settings](Self::settings), or [for it](Self::policy_for).
    pub fn policy(&mut self, policy: Policy) -> &mut Self {
        self.policies.usual = policy;
        self
    }

    /// What is done about messages of a channel that could not be handled, whatever the document and settings say. It is known by
    /// its address and kind, whatever else is said of it; one without a handler keeps the service from starting.
    pub fn policy_for(&mut self, channel: Channel, policy: Policy) -> &mut Self {
        self.policies.own.push((channel, policy));
        self
    }

    /// What the document says of a channel; generated code calls this.
    pub fn documented(&mut self, channel: Channel, settings: PolicySettings) -> &mut Self {
        self.policies.documented.push((channel, settings));
        self
    }

    /// What whoever runs the service has set, in place of what the document says. A channel there that has no handler keeps the
    /// service from starting: its address is misspelt.
    pub fn settings(&mut self, settings: Settings) -> &mut Self {
        let Limits {
            concurrency,
            prefetch,
            prefetch_bytes,
        } = self.limits;
        self.concurrency(settings.concurrency.unwrap_or(concurrency));
        self.prefetch(settings.prefetch.unwrap_or(prefetch));
        self.prefetch_bytes(settings.prefetch_bytes.unwrap_or(prefetch_bytes));
        self.policies.settings = settings;
        self
    }

    /// What the transport has to be able to do, whatever is handled; generated code calls this. A service that is served by one
    /// that cannot does not start, and says what is missing.
    pub fn require(&mut self, requirement: Requirement) -> &mut Self {
        if !self.required.contains(&requirement) {
            self.required.push(requirement);
        }
        self
    }

    /// What is done around every message.
    pub fn layers(&mut self, layers: Layers) -> &mut Self {
        self.layers = layers;
        self
    }

    /// Most messages of one channel that are held at a time, waiting or at work; 256 unless told. Those that wait behind
    /// others of their key, or until they are tried again, do not count. Where the transport holds keys
    /// ([`Affinity::Keys`](crate::transport::Affinity::Keys)), a worker takes up to 16 messages, or 16 KiB, of a key, and the
    /// others wait there; elsewhere it holds 4,096 of them, or 65,536 where it reads shards, and takes nothing more then. See
    /// [`prefetch_bytes`](Self::prefetch_bytes).
    pub fn prefetch(&mut self, limit: usize) -> &mut Self {
        self.limits.prefetch = limit.max(1);
        self
    }

    /// Most bytes of one channel's messages that are held at a time, whatever they wait for; 64 MiB unless told. The threads that work
    /// on a channel share them; each may hold one message, however large.
    pub fn prefetch_bytes(&mut self, limit: usize) -> &mut Self {
        self.limits.prefetch_bytes = limit.max(1);
        self
    }

    /// Handles one-way messages of a channel, which is the same for all of its handlers. Messages of one key are handled one after the other, others at the same
    /// time. A handler that panics is a handler that failed: its message comes again.
    pub fn on<M, F, Fut>(&mut self, channel: Channel, handler: F) -> &mut Self
    where
        M: TypedMessage,
        F: Fn(Received<M>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        let make = make_run::<M, (), F, Fut>(handler, None);
        self.add::<M>(channel, make, None)
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
            Arc::new(move |request, cause| refuse::<M, R>(request, refused.as_ref(), cause));
        let answer = move |request: &Request<'_>, reply: R| {
            answer::<M, R>(request, &reply, replies.as_ref())
        };
        let make = make_run(handler, Some(Arc::new(answer)));
        self.add::<M>(channel, make, Some(refuse))
    }

    fn add<M: TypedMessage>(
        &mut self,
        channel: Channel,
        make: MakeRun,
        refuse: Option<Refuse>,
    ) -> &mut Self {
        let handler = Handler {
            names: M::NAMES,
            fit: fit_of::<M>,
            make,
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
                consumer: Str::default(),
                group: None,
                handlers: vec![handler],
            }),
        }
        self
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    pub(crate) fn shared_layers(&self) -> Layers {
        self.layers.clone()
    }

    /// What to subscribe to, after a check that the transport can do it and that handlers can be told apart.
    pub(crate) fn into_plan(
        self,
        capabilities: impl Fn(&Channel) -> Capabilities,
    ) -> Result<Vec<Plan>> {
        let Self {
            group,
            limits,
            policies,
            required,
            routes,
            ..
        } = self;
        check_apart(&routes, group.as_deref())?;
        policies.check(&routes)?;
        for requirement in required {
            requirement.check_with(&capabilities(&requirement.channel()))?;
        }
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
            let spec = worker::spec(&route.channel, &capabilities, limits.prefetch);
            let spec = spec.group(Group::named(group));
            check_channel(&capabilities, &spec)?;
            let policy = policies.of(&route.channel);
            check_dead_letters(&policy, &route.channel)?;
            check_transactions(&policy, &capabilities, &spec)?;
            let consumer = consumer(&spec);
            let group = spec.group.name().cloned();
            Ok(Plan {
                spec,
                route: Route {
                    policy,
                    consumer,
                    group,
                    ..route
                },
                capabilities,
            })
        });
        plan.collect()
    }
}

/// Says which channel would have two workers, each of which gives up what the other takes.
fn check_apart(routes: &[Route], group: Option<&str>) -> Result<()> {
    let is_twice = |(at, Route { channel, .. }): &(usize, &Route)| {
        let competes = channel.kind == ChannelKind::PointToPoint || group.is_some();
        let mut before = routes[..*at].iter();
        competes && before.any(|other| other.channel.is_at(channel))
    };
    match routes.iter().enumerate().find(is_twice) {
        None => Ok(()),
        Some((_, route)) => {
            let reason = "handlers of it are registered with channels that differ in keys, shards or bindings; register all with the same";
            Err(Error::new(ErrorKind::Invalid, "serve", reason)
                .with("channel", &route.channel.address))
        }
    }
}

/// How well a message fits that type; one whose reading panics does not.
fn fit_of<M: TypedMessage>(message: &Message) -> (Fit, Result<(), InvalidMessage>) {
    std::panic::catch_unwind(|| fit::<M>(message)).unwrap_or_else(|_| {
        let panicked = InvalidMessage::at(M::NAMES[0], "", "its reading panics");
        let fit = Fit::new(message, M::CONTENT_TYPE, M::OPAQUE);
        (fit, Err(panicked))
    })
}

fn consumer(spec: &SubscribeSpec) -> Str {
    let address = &spec.channel.address;
    match (spec.channel.kind, spec.group.name()) {
        (ChannelKind::PointToPoint, _) => address.clone(),
        (ChannelKind::PublishSubscribe, Some(group)) => format!("{address} {group}").into(),
        (ChannelKind::PublishSubscribe, None) => format!("{address} {}", Uuid::now_v7()).into(),
    }
}

/// A channel to work on.
#[derive(Clone)]
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

/// Says where a channel would get what it gives up again and again.
fn check_dead_letters(policy: &Policy, channel: &Channel) -> Result<()> {
    match &policy.dead_letters {
        DeadLetters::Channel(letters) if letters.is_at(channel) => {
            let reason = "its dead letters go to itself; name another queue, or `beside`";
            Err(Error::new(ErrorKind::Invalid, "serve", reason).with("channel", &channel.address))
        }
        _ => Ok(()),
    }
}

/// Says why outcomes could not be there once.
fn check_transactions(
    policy: &Policy,
    capabilities: &Capabilities,
    spec: &SubscribeSpec,
) -> Result<()> {
    let is_able = capabilities.transactions && capabilities.settle == Settle::Cumulative;
    let has_place = spec.channel.kind == ChannelKind::PointToPoint || spec.group.name().is_some();
    let (kind, reason) = match (policy.exactly_once, is_able, has_place) {
        (false, ..) | (_, true, true) => return Ok(()),
        (_, false, _) => (
            ErrorKind::Unsupported,
            "the transport has no transactions, which `exactly-once` needs; choose another transport, or turn it off",
        ),
        (_, true, false) => (
            ErrorKind::Invalid,
            "`exactly-once` needs a group, whose place is kept; name one by `Router::group`",
        ),
    };
    Err(Error::new(kind, "serve", reason).with("channel", &spec.channel.address))
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
    let reason = capabilities.lack(spec.channel.kind, missing);
    Err(Error::new(ErrorKind::Unsupported, "subscribe", reason)
        .with("channel", &spec.channel.address))
}

/// The reply to a request, where anybody waits for it.
fn answer<M: TypedMessage, R: TypedMessage>(
    request: &Request<'_>,
    reply: &R,
    replies: Option<&Channel>,
) -> Result<Option<Reply>, HandlerError> {
    let Request { address, message } = request;
    let Some(channel) = reply_channel::<M>(message, replies) else {
        tracing::warn!(id = %message.id, %address, "request has no reply address; reply dropped");
        return Ok(None);
    };
    // It is given its id by what it answers.
    let mut answer = Arc::new(without_ids(|| reply.encode())?);
    let wire = Arc::make_mut(&mut answer);
    wire.correlation_id = Some(correlation::<M>(message));
    R::stamp(wire);
    let message = answer;
    Ok(Some(Reply { channel, message }))
}

/// Where the request says, else the document.
fn reply_channel<M: TypedMessage>(request: &Message, replies: Option<&Channel>) -> Option<Channel> {
    let asked = M::reply_address(request).map(Channel::replies);
    asked.or_else(|| replies.cloned())
}

/// The answer to a request that is given up; whoever asked knows it by the document's headers, as a reply.
fn refuse<M: TypedMessage, R: TypedMessage>(
    request: &Message,
    replies: Option<&Channel>,
    cause: &Cause,
) -> Option<Outgoing> {
    let channel = reply_channel::<M>(request, replies)?;
    let mut refusal = refusal(channel, correlation::<M>(request), cause);
    R::stamp(&mut refusal.message);
    Some(refusal)
}

fn correlation<M: TypedMessage>(request: &Message) -> Str {
    M::correlation(request).unwrap_or_else(|| request.id.to_text())
}
