//! The facts of each kind of object.
use std::collections::BTreeMap;

use tidings_document::{
    api::{self, Action},
    masked,
};

use super::{Kind, Named, Object, YES, schema::schema};
use crate::view::{
    Ctx, channel, common,
    flat::{self, Pair},
    server,
};

pub(super) fn objects(ctx: &Ctx<'_>) -> BTreeMap<Named, Object> {
    let mut writer = Writer {
        ctx,
        objects: BTreeMap::new(),
    };
    writer.operations();
    writer.channels();
    writer.messages();
    writer.servers();
    writer.objects
}

struct Writer<'c, 'a> {
    ctx: &'c Ctx<'a>,
    objects: BTreeMap<Named, Object>,
}

impl Writer<'_, '_> {
    /// Adds an object; where several have one name and one place, as in files with one pointer, these are numbered.
    fn add(&mut self, kind: Kind, name: &str, place: &str, facts: Vec<(String, String)>) {
        let mut named = Named {
            kind,
            name: masked(name).into_owned(),
            place: masked(place).into_owned(),
        };
        let mut number = 1;
        while self.objects.contains_key(&named) {
            number += 1;
            named.place = format!("{} {number}", masked(place));
        }
        let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
        let facts =
            facts.map(|(name, value)| (masked(&name).into_owned(), masked(&value).into_owned()));
        let mut object = Object::new();
        for (name, value) in facts {
            object.entry(name).or_insert(value);
        }
        self.objects.insert(named, object);
    }

    fn operations(&mut self) {
        let (ctx, api) = (self.ctx, self.ctx.api);
        for (found, id) in api.operations.iter().zip(&ctx.plan.operations) {
            let place = |id| channel::place(ctx, &api[id]);
            let action = match found.action {
                Action::Send => "send",
                Action::Receive => "receive",
            };
            let mut facts = about(&found.about);
            facts.push(("action".to_owned(), action.to_owned()));
            facts.extend(found.channel.map(|id| ("channel".to_owned(), place(id))));
            facts.extend(self.names("message", &api.messages_of(found)));
            facts.extend(self.security(&found.security));
            if let Some(reply) = &found.reply {
                facts.push(("reply".to_owned(), YES.to_owned()));
                facts.extend(
                    reply
                        .channel
                        .map(|id| ("reply channel".to_owned(), place(id))),
                );
                let address = reply.address.as_ref();
                let address = address.map(|address| address.location.value.to_owned());
                facts.extend(address.map(|address| ("reply address".to_owned(), address)));
                facts.extend(self.names("reply message", &api.messages_of_reply(reply)));
            }
            // The id has the channel where an operation of version 2 has no name of its own.
            let name = match api.version.is_v2() && found.operation_id.is_none() {
                true => id.strip_prefix("operation-").unwrap_or(id),
                false => found.key.value,
            };
            self.add(Kind::Operation, name, "", facts);
        }
    }

    fn names(&self, label: &str, list: &[api::MessageUse<'_>]) -> Vec<(String, String)> {
        let names = list.iter().map(|used| match used.message {
            Some(id) => self.ctx.api[id].display_name(),
            None => used.key.value,
        });
        names
            .map(|name| (format!("{label} {name}"), YES.to_owned()))
            .collect()
    }

    fn security(&self, list: &[api::SecurityRequirement<'_>]) -> Vec<(String, String)> {
        let one = |found: &api::SecurityRequirement<'_>| {
            let key = found.scheme.map(|id| self.ctx.api[id].key);
            let name = found.name.or(key).map_or("nothing", |name| name.value);
            let scopes: Vec<_> = found.scopes.iter().map(|scope| scope.value).collect();
            let scopes = scopes.join(", ");
            let value = if scopes.is_empty() {
                YES.to_owned()
            } else {
                scopes
            };
            (format!("security {name}"), value)
        };
        list.iter().map(one).collect()
    }

    fn channels(&mut self) {
        let api = self.ctx.api;
        for found in &api.channels {
            let mut facts = about(&found.about);
            facts.push(("address".to_owned(), channel::address(found).to_owned()));
            let servers = found.servers.iter().filter_map(|(_, id)| *id);
            let servers: Vec<_> = servers.map(|id| server::title(&api[id])).collect();
            facts.push(("servers".to_owned(), servers.join(", ")));
            facts.extend(self.names("message", &found.uses()));
            for parameter in &found.parameters {
                let values: Vec<_> = parameter.values.iter().map(|text| text.value).collect();
                let mut value = vec![YES.to_owned()];
                if !values.is_empty() {
                    value.push(format!("one of {}", values.join(", ")));
                }
                value.extend(
                    parameter
                        .default
                        .map(|text| format!("default {}", text.value)),
                );
                value.extend(
                    parameter
                        .location
                        .map(|text| format!("from {}", text.value)),
                );
                let name = format!("parameter {}", parameter.name.value);
                facts.push((name.clone(), value.join(", ")));
                if let Some(found) = parameter.schema {
                    schema(self.ctx, found, &format!("{name} schema"), &mut facts);
                }
            }
            self.add(Kind::Channel, found.key.value, "", facts);
        }
    }

    fn messages(&mut self) {
        let api = self.ctx.api;
        for found in &api.messages {
            let mut facts = about(&found.about);
            let kind = api.content_type_of(found).unwrap_or_default();
            facts.push(("content type".to_owned(), kind.to_owned()));
            let correlation = found.correlation_id.as_ref();
            let correlation = correlation.map(|found| found.location.value.to_owned());
            facts.extend(correlation.map(|place| ("correlation".to_owned(), place)));
            if let Some(payload) = &found.payload {
                let format = payload.format_text.map(|format| format.value.to_owned());
                facts.extend(format.map(|format| ("schema format".to_owned(), format)));
                match payload.schema {
                    Some(found) => schema(self.ctx, found, "payload", &mut facts),
                    None => {
                        let node = payload.node;
                        let text = node.as_str().map(str::to_owned);
                        let text = text.unwrap_or_else(|| node.to_json().to_string());
                        facts.push(("payload schema".to_owned(), text));
                    }
                }
            }
            if let Some(headers) = found.headers {
                schema(self.ctx, headers, "headers", &mut facts);
            }
            self.add(Kind::Message, found.display_name(), &found.pointer, facts);
        }
    }

    fn servers(&mut self) {
        let api = self.ctx.api;
        for found in &api.servers {
            let mut facts = about(&found.about);
            facts.push(("address".to_owned(), server::address(found)));
            facts.push(("protocol".to_owned(), server::protocol(found)));
            facts.extend(self.security(&found.security));
            for variable in &found.variables {
                let values: Vec<_> = variable.values.iter().map(|text| text.value).collect();
                let default = variable.default.map_or("", |text| text.value);
                let name = format!("variable {}", variable.name.value);
                facts.push((
                    name,
                    format!("one of {}; default {default}", values.join(", ")),
                ));
            }
            self.add(Kind::Server, found.key.value, "", facts);
        }
        for found in &api.security_schemes {
            let texts = [
                ("type", Some(found.kind)),
                ("where", found.location),
                ("name", found.name),
                ("scheme", found.scheme),
                ("bearer format", found.bearer_format),
                ("OpenID Connect", found.open_id_connect_url),
            ];
            let texts = texts.into_iter();
            let texts = texts.filter_map(|(name, text)| Some((name.to_owned(), text?.value)));
            let mut facts: Vec<_> = texts.map(|(name, text)| (name, text.to_owned())).collect();
            let scopes = found.scopes.iter();
            facts.extend(scopes.map(|scope| (format!("scope {}", scope.value), YES.to_owned())));
            found.flows.iter().for_each(|found| flow(found, &mut facts));
            self.add(Kind::Security, found.key.value, "", facts);
        }
    }
}

/// How a token is asked for, and what for.
fn flow(found: &api::Flow<'_>, facts: &mut Vec<(String, String)>) {
    let name = format!("flow {}", found.name.value);
    let urls = [
        ("authorization", found.authorization_url),
        ("token", found.token_url),
        ("refresh", found.refresh_url),
    ];
    let urls = urls.into_iter();
    let urls = urls.filter_map(|(of, url)| Some((format!("{name} {of}"), url?.value.to_owned())));
    let scopes = found.scopes.iter().map(|(scope, _)| scope.value);
    let scopes = scopes.map(|scope| (format!("{name} scope {scope}"), YES.to_owned()));
    facts.push((name.clone(), YES.to_owned()));
    facts.extend(urls.chain(scopes));
}

/// Texts, bindings and extensions.
fn about(about: &api::About<'_>) -> Vec<(String, String)> {
    let texts = [
        ("title", about.title),
        ("summary", about.summary),
        ("description", about.description),
    ];
    let texts = texts.into_iter();
    let texts = texts.filter_map(|(name, text)| Some((name.to_owned(), text?.value.to_owned())));
    let pair = |pair: Pair| (pair.name, pair.value);
    let bindings = about.bindings.iter().flat_map(|binding| {
        let protocol = binding.protocol.value;
        let rows = flat::binding(binding).rows.into_iter();
        rows.map(move |row| (format!("{protocol} binding {}", row.name), row.value))
    });
    let extensions = common::all_extensions(&about.extensions);
    texts
        .chain(bindings)
        .chain(extensions.into_iter().map(pair))
        .collect()
}
