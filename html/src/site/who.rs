//! Who sends and who receives, by channel and by message.
use std::collections::BTreeMap;

use serde::Serialize;

use crate::landscape::{Landscape, Named, Place, Use, short};

/// A channel or a message with those at its ends.
#[derive(Debug, Default, Serialize)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) servers: Vec<String>,
    pub(super) senders: Vec<End>,
    pub(super) receivers: Vec<End>,
}

/// An application at one end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct End {
    pub(super) who: String,
    pub(super) href: String,
    /// Which messages, or on which channel.
    pub(super) what: String,
    pub(super) reply: bool,
}

/// Every channel, in the order of the documents.
pub(super) fn by_channel(landscape: &Landscape<'_>, href: &dyn Fn(usize) -> String) -> Vec<Row> {
    let row = |place: &Place<'_>| {
        let mut row = Row {
            name: place.address.to_owned(),
            servers: place
                .servers
                .iter()
                .map(|server| (*server).to_owned())
                .collect(),
            ..Row::default()
        };
        for user in &place.users {
            let names = user.used.messages.iter().map(|named| named.name.as_str());
            let what = short(&names.collect::<Vec<_>>()).join(", ");
            let link = link(&href(user.application), &user.used.operation);
            let who = &landscape.applications[user.application].title;
            row.add(user.used, who, link, &what);
        }
        row
    };
    landscape.places.iter().map(row).collect()
}

/// Every message, in the order of names.
pub(super) fn by_message(landscape: &Landscape<'_>, href: &dyn Fn(usize) -> String) -> Vec<Row> {
    let mut rows: BTreeMap<(String, &str), Row> = BTreeMap::new();
    for place in &landscape.places {
        for user in &place.users {
            for message in &user.used.messages {
                let name = message.name.as_str();
                let row = rows.entry((name.to_lowercase(), name)).or_default();
                name.clone_into(&mut row.name);
                let link = link(&href(user.application), message);
                let who = &landscape.applications[user.application].title;
                row.add(user.used, who, link, place.address);
            }
        }
    }
    rows.into_values().collect()
}

fn link(page: &str, named: &Named) -> String {
    match named.id.is_empty() {
        true => page.to_owned(),
        false => format!("{page}#{}", named.id),
    }
}

impl Row {
    fn add(&mut self, used: &Use, who: &str, href: String, what: &str) {
        let ends = match used.sends {
            true => &mut self.senders,
            false => &mut self.receivers,
        };
        let end = End {
            who: who.to_owned(),
            href,
            what: what.to_owned(),
            reply: used.is_reply,
        };
        if !ends.contains(&end) {
            ends.push(end);
        }
    }
}
