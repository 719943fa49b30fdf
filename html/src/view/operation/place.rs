//! Where an operation takes place, with all that a client must know to be there: channel, parameters, servers, security, bindings.
use serde::Serialize;
use tidings_document::{
    Text,
    api::{self, OperationId, ServerId},
};

use crate::{
    connect::{self, Tool},
    link::Link,
    view::{
        Ctx,
        binding::{self, Table},
        channel,
        server::{self, Requirement, Variable},
    },
};

#[derive(Serialize)]
pub(super) struct Place {
    channel: Option<Link>,
    /// Whether its address is known only at run time.
    dynamic: bool,
    /// How many receive a message, where the document says so.
    delivery: &'static str,
    description_html: String,
    parameters: Vec<Variable>,
    /// Whether the channel says more, which is too long to be said by each of its operations.
    is_cut: bool,
    servers: Vec<Reached>,
    /// Where the other servers are, of many.
    more: Option<Link>,
    security: Vec<Requirement>,
    bindings: Vec<Table>,
    tools: Vec<Tool>,
    /// The same in Rust.
    rust: String,
}

/// A server, and how it is reached.
#[derive(Serialize)]
struct Reached {
    link: Link,
    address: String,
}

/// How many operations may repeat what is long, and from how many letters on it is.
const REPEATS: usize = 4;
const LONG: usize = 600;
/// What a row of a table counts beside its texts.
const ROW: usize = 40;

/// How many servers are named in an operation.
const SERVERS: usize = 3;

pub(super) fn place(ctx: &Ctx<'_>, number: OperationId, operation: &api::Operation<'_>) -> Place {
    let id = &ctx.plan.operations[number.0 as usize];
    let channel = operation.channel.map(|id| &ctx.api[id]);
    let servers = channel
        .map(|channel| servers(ctx, channel))
        .unwrap_or_default();
    let is_cut = operation
        .channel
        .is_some_and(|id| ctx.users[id.0 as usize].len() > REPEATS && length(&ctx.api[id]) > LONG);
    let told = channel.filter(|_| !is_cut);
    let about = told.map(|channel| &channel.about);
    let own = server::requirements(ctx, &operation.security);
    Place {
        channel: super::channel_link(ctx, operation),
        dynamic: channel.is_some_and(|channel| channel::address(channel).is_empty()),
        delivery: channel
            .and_then(api::Channel::delivery)
            .map_or("", api::Delivery::as_str),
        description_html: ctx.markdown(about.and_then(|about| about.description), 3),
        is_cut,
        parameters: told
            .map(|channel| channel::parameters(ctx, channel, id))
            .unwrap_or_default(),
        more: (servers.len() > SERVERS)
            .then(|| Link::to("servers", format!("{} more", servers.len() - SERVERS))),
        security: match own.is_empty() {
            true => of_servers(ctx, &servers),
            false => own,
        },
        bindings: about
            .map(|about| binding::tables(ctx, about))
            .unwrap_or_default(),
        tools: connect::tools(ctx.api, operation, &servers),
        rust: ctx.calls.get(&number).cloned().unwrap_or_default(),
        servers: servers
            .iter()
            .take(SERVERS)
            .map(|id| reached(ctx, *id))
            .collect(),
    }
}

/// How long it would take to read what a channel says of itself, in letters.
fn length(channel: &api::Channel<'_>) -> usize {
    let of = |text: Option<Text<'_>>| text.map_or(0, |text| text.value.len());
    let about = &channel.about;
    let bindings = about.bindings.iter().map(|binding| binding.node.span);
    let bindings = bindings.map(|span| (span.end - span.start) as usize);
    let parameters = channel.parameters.iter().map(|found| {
        let listed = found.values.iter().chain(&found.examples);
        let listed: usize = listed.map(|text| text.value.len()).sum();
        ROW + of(found.description) + listed
    });
    of(about.description) + bindings.chain(parameters).sum::<usize>()
}

fn reached(ctx: &Ctx<'_>, id: ServerId) -> Reached {
    let server = &ctx.api[id];
    Reached {
        link: Link::to(&ctx.plan.servers[id.0 as usize], server::title(server)),
        address: server::address(server),
    }
}

/// The servers that a channel is on: its own, or else all of the document.
pub(crate) fn servers(ctx: &Ctx<'_>, channel: &api::Channel<'_>) -> Vec<ServerId> {
    let own: Vec<ServerId> = channel.servers.iter().filter_map(|(_, id)| *id).collect();
    match channel.servers.is_empty() {
        false => own,
        true => (0..)
            .map(ServerId)
            .zip(&ctx.api.servers)
            .filter(|(_, server)| server.place == api::Place::Root)
            .map(|(id, _)| id)
            .collect(),
    }
}

/// What servers ask for, where all ask for the same.
fn of_servers(ctx: &Ctx<'_>, servers: &[ServerId]) -> Vec<Requirement> {
    let all = servers
        .iter()
        .map(|id| server::requirements(ctx, &ctx.api[*id].security));
    let mut all = all.collect::<Vec<_>>().into_iter();
    let first = all.next().unwrap_or_default();
    match all.all(|other| other == first) {
        true => first,
        false => Vec::new(),
    }
}
