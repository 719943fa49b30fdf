//! Servers: where they are, what their addresses leave open, and what they ask for.
use super::Ctx;
use crate::{
    docs,
    ir::{Scheme, Server, ServerVariable},
};
use std::collections::BTreeSet;
use tidings_document::{
    api::{self, Place},
    credentials,
};

impl Ctx<'_> {
    pub(crate) fn servers(&mut self) {
        let servers = self.api.servers.iter();
        let servers = servers.filter(|server| server.place == Place::Root);
        let servers: Vec<_> = servers.map(|server| self.server(server)).collect();
        self.ir.servers = servers;
    }

    fn server(&self, server: &api::Server<'_>) -> Server {
        let url = url(server);
        let used =
            |variable: &&api::Variable<'_>| url.contains(&format!("{{{}}}", variable.name.value));
        let variables = server.variables.iter().filter(used).map(variable);
        Server {
            key: server.key.value.to_owned(),
            ident: String::new(),
            docs: about(server),
            protocol: server.protocol.value.to_owned(),
            variables: variables.collect(),
            schemes: self.schemes(server),
            bindings: self.bindings_of(&server.about),
            url,
        }
    }

    /// Each once; their names only, since a document has no secrets.
    fn schemes(&self, server: &api::Server<'_>) -> Vec<Scheme> {
        let mut seen = BTreeSet::new();
        let schemes = server.security.iter().filter_map(|asked| {
            let scheme = &self.api[asked.scheme?];
            let name = asked.name.unwrap_or(scheme.key).value;
            seen.insert(name.to_owned()).then(|| Scheme {
                name: name.to_owned(),
                kind: scheme.kind.value.to_owned(),
            })
        });
        schemes.collect()
    }
}

/// With the protocol as its scheme, where it has none, and without a password: who connects brings one.
fn url(server: &api::Server<'_>) -> String {
    let path = server.pathname.map_or("", |path| path.value);
    let written = match server.url {
        Some(url) => url.value.to_owned(),
        None => format!("{}{path}", server.host.value),
    };
    let mut url = match written.contains("://") {
        true => written,
        false => format!("{}://{written}", server.protocol.value),
    };
    for secret in credentials(&url).into_iter().rev() {
        url.replace_range(secret.start..=secret.end, "");
    }
    url
}

fn variable(variable: &api::Variable<'_>) -> ServerVariable {
    ServerVariable {
        wire: variable.name.value.to_owned(),
        field: String::new(),
        default: variable.default.map(|text| text.value.to_owned()),
        allowed: variable
            .values
            .iter()
            .map(|text| text.value.to_owned())
            .collect(),
    }
}

fn about(server: &api::Server<'_>) -> docs::Docs {
    let about = &server.about;
    let text = about.description.or(about.summary).or(about.title);
    let head = vec![format!("Server {}.", docs::code(server.key.value))];
    docs::join([
        head,
        text.map(|text| docs::markdown(text.value))
            .unwrap_or_default(),
    ])
}
