//! Servers, security schemes and channels.
use tidings_document::{
    Text,
    api::{self, ChannelId, Place, SecurityRequirement},
};

use super::{
    Md,
    about::{choice, codes_of, outside},
    escape::{code, inline},
};
use crate::{
    plan,
    view::{channel, message, operation, server, verb},
};

/// A variable of a server or a parameter of an address, but for its description.
struct Variable<'v, 'a> {
    name: Text<'a>,
    values: &'v [Text<'a>],
    default: Option<Text<'a>>,
    examples: &'v [Text<'a>],
    location: Option<Text<'a>>,
}

impl Variable<'_, '_> {
    fn line(&self) -> String {
        let mut line = code(self.name.value);
        if !self.values.is_empty() {
            let choice = choice(self.values.len());
            line += &format!(", {choice} {}", codes_of(self.values));
        }
        for (label, text) in [("default", self.default), ("from", self.location)] {
            if let Some(text) = text {
                line += &format!(", {label} {}", code(text.value));
            }
        }
        if !self.examples.is_empty() {
            line += &format!(", such as {}", codes_of(self.examples));
        }
        line
    }
}

impl Md<'_, '_> {
    pub(super) fn servers(&mut self) {
        let servers = &self.ctx.api.servers;
        if !servers.is_empty() {
            self.out.heading(2, "Servers");
        }
        for found in servers {
            self.out.heading(3, &inline(server::title(found)));
            let mut line = format!(
                "{}, {}",
                code(&server::address(found)),
                inline(&server::protocol(found))
            );
            if server::title(found) != found.key.value {
                line += &format!(", key {}", code(found.key.value));
            }
            if found.place != Place::Root {
                line += ", only defined in components";
            }
            self.out.paragraph(&line);
            self.security(&found.security);
            for variable in &found.variables {
                let line = Variable {
                    name: variable.name,
                    values: &variable.values,
                    default: variable.default,
                    examples: &variable.examples,
                    location: None,
                };
                self.out.described(0, &line.line(), variable.description);
            }
            self.about(&found.about);
        }
    }

    /// What a client must prove; any one suffices.
    pub(super) fn security(&mut self, list: &[SecurityRequirement<'_>]) {
        let one = |requirement: &SecurityRequirement<'_>| {
            let scheme = requirement.scheme.map(|id| &self.ctx.api[id]);
            let name = requirement.name.or(scheme.map(|scheme| scheme.key));
            let mut text = name.map_or("nothing".to_owned(), |name| inline(name.value));
            match scheme {
                Some(scheme) => text += &format!(" ({})", inline(scheme.kind.value)),
                None if requirement.name.is_some() => text += " (not resolved)",
                None => {}
            }
            if !requirement.scopes.is_empty() {
                text += &format!(" with {}", codes_of(&requirement.scopes));
            }
            text
        };
        let all: Vec<_> = list.iter().map(one).collect();
        if !all.is_empty() {
            let line = format!("Asks for {}", all.join(" or "));
            self.out.paragraph(&line);
        }
    }

    pub(super) fn schemes(&mut self) {
        let schemes = &self.ctx.api.security_schemes;
        if !schemes.is_empty() {
            self.out.heading(2, "Security");
        }
        for scheme in schemes {
            self.out.heading(3, &inline(scheme.key.value));
            self.out.paragraph(&code(scheme.kind.value));
            self.out.prose(scheme.description);
            let facts = [
                ("where", scheme.location),
                ("name", scheme.name),
                ("scheme", scheme.scheme),
                ("bearer format", scheme.bearer_format),
            ];
            for (label, text) in facts {
                if let Some(text) = text {
                    self.out.item(0, &format!("{label} {}", code(text.value)));
                }
            }
            self.addresses(0, &[("OpenID Connect", scheme.open_id_connect_url)]);
            if !scheme.scopes.is_empty() {
                let line = format!("scopes {}", codes_of(&scheme.scopes));
                self.out.item(0, &line);
            }
            scheme.flows.iter().for_each(|flow| self.flow(flow));
        }
    }

    fn flow(&mut self, flow: &api::Flow<'_>) {
        self.out.item(0, &format!("flow {}", code(flow.name.value)));
        self.addresses(
            1,
            &[
                ("authorization", flow.authorization_url),
                ("token", flow.token_url),
                ("refresh", flow.refresh_url),
            ],
        );
        for (name, description) in &flow.scopes {
            let line = format!("scope {}", code(name.value));
            self.out.described(1, &line, *description);
        }
    }

    fn addresses(&mut self, depth: usize, list: &[(&str, Option<Text<'_>>)]) {
        for (label, url) in list {
            if let Some(url) = url {
                let line = format!("{label}: {}", outside(url.value, url.value));
                self.out.item(depth, &line);
            }
        }
    }

    pub(super) fn channels(&mut self) {
        let channels = &self.ctx.api.channels;
        if !channels.is_empty() {
            self.out.heading(2, "Channels");
        }
        for (id, found) in (0..).map(ChannelId).zip(channels) {
            self.channel(id, found);
        }
    }

    fn channel(&mut self, id: ChannelId, found: &api::Channel<'_>) {
        let ctx = self.ctx;
        let title = channel::title(ctx, found);
        self.out.heading(3, &inline(title));
        let mut facts = vec![match channel::address(found) {
            "" => "address known at run time".to_owned(),
            address => format!("address {}", code(address)),
        }];
        facts.extend(
            found
                .delivery()
                .map(|delivery| delivery.as_str().to_owned()),
        );
        if found.key.value != title {
            facts.push(format!("key {}", code(found.key.value)));
        }
        if found.place == Place::Components {
            facts.push("only defined in components".to_owned());
        }
        self.out.paragraph(&facts.join(", "));
        for parameter in &found.parameters {
            let line = Variable {
                name: parameter.name,
                values: &parameter.values,
                default: parameter.default,
                examples: &parameter.examples,
                location: parameter.location,
            };
            let line = format!("parameter {}", line.line());
            self.out.described(0, &line, parameter.description);
            if let Some(schema) = parameter.schema {
                self.trees().tree(schema, 1);
            }
        }
        self.users(id);
        let names = found.messages.iter().map(|entry| &ctx.api[entry.message]);
        let names: Vec<_> = names.map(|found| inline(message::title(found))).collect();
        if !names.is_empty() {
            self.out.item(0, &format!("messages: {}", names.join(", ")));
        }
        self.only_on(found);
        self.about(&found.about);
    }

    /// Which operations use a channel, and how.
    fn users(&mut self, id: ChannelId) {
        for user in &self.ctx.users[id.0 as usize] {
            let found = &self.ctx.api[*user];
            let title = || inline(&operation::title(self.ctx, found));
            let own = found.channel == Some(id);
            let mut hows: Vec<_> = own.then(|| verb(found.action)).into_iter().collect();
            let mut others = plan::channels_of(found).skip(usize::from(own));
            hows.extend(others.any(|channel| channel == id).then_some("replies"));
            for how in hows {
                self.out.item(0, &format!("{how}: {}", title()));
            }
        }
    }

    /// The servers of a channel that is not on all of them.
    pub(super) fn only_on(&mut self, found: &api::Channel<'_>) {
        let names = found.servers.iter().map(|(_, id)| match id {
            Some(id) => inline(server::title(&self.ctx.api[*id])),
            None => "a server that is not resolved".to_owned(),
        });
        let names: Vec<_> = names.collect();
        if !names.is_empty() {
            self.out.item(0, &format!("only on {}", names.join(", ")));
        }
    }
}
