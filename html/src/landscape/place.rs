//! Where applications meet: channels of several documents that are one.
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::{Application, Use};

/// One channel, whoever describes it.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    /// Its address as the first document has it.
    pub(crate) address: &'a str,
    /// The servers that it is on, as far as documents name any.
    pub(crate) servers: Vec<&'a str>,
    pub(crate) users: Vec<User<'a>>,
}

/// An application at a place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct User<'a> {
    /// Its number.
    pub(crate) application: usize,
    pub(crate) used: &'a Use,
}

impl<'a> Place<'a> {
    /// Names of the messages that pass here, each once.
    pub(crate) fn messages(&self) -> Vec<&'a str> {
        let mut names = Vec::new();
        let messages = self.users.iter().flat_map(|user| &user.used.messages);
        for message in messages {
            if !names.contains(&message.name.as_str()) {
                names.push(&message.name);
            }
        }
        names
    }
}

/// All places in the order in which documents name them.
pub(super) fn places(applications: &[Application]) -> Vec<Place<'_>> {
    let users: Vec<User<'_>> = applications
        .iter()
        .enumerate()
        .flat_map(|(application, found)| {
            let uses = found.uses.iter();
            uses.map(move |used| User { application, used })
        })
        .collect();
    let mut by_key: BTreeMap<(&str, usize), Vec<usize>> = BTreeMap::new();
    for (number, user) in users.iter().enumerate() {
        let key = match &user.used.key {
            Some(key) => (key.as_str(), 0),
            None => (user.used.address.as_str(), user.application + 1),
        };
        by_key.entry(key).or_default().push(number);
    }
    let groups = by_key.values().flat_map(|numbers| groups(&users, numbers));
    let mut groups: Vec<Group<'_>> = groups.collect();
    groups.sort();
    groups
        .into_iter()
        .map(|group| place(&users, group))
        .collect()
}

/// Users, by their numbers, and the servers on which they are together.
type Group<'a> = (BTreeSet<usize>, Vec<&'a str>);

/// Users of one address, parted by servers: who is on two of them carries nothing from one to the other. A server whose users all are
/// on another one too is with that one. Who names no server is with the others where there is no choice.
fn groups<'a>(users: &[User<'a>], numbers: &[usize]) -> Vec<Group<'a>> {
    let mut by_server: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    let mut unnamed = BTreeSet::new();
    for &number in numbers {
        let servers = &users[number].used.servers;
        for server in servers {
            by_server.entry(server).or_default().insert(number);
        }
        if servers.is_empty() {
            unnamed.insert(number);
        }
    }
    let mut by_users: BTreeMap<BTreeSet<usize>, Vec<&str>> = BTreeMap::new();
    for (server, users) in by_server {
        by_users.entry(users).or_default().push(server);
    }
    let mut sets: Vec<_> = by_users.into_iter().collect();
    sets.sort_by_key(|(users, _)| Reverse(users.len()));
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (users, servers) in sets {
        match groups.iter_mut().find(|group| users.is_subset(&group.0)) {
            Some(group) => group.1.extend(servers),
            None => groups.push((users, servers)),
        }
    }
    match &mut groups[..] {
        _ if unnamed.is_empty() => {}
        [only] => only.0.extend(unnamed),
        _ => groups.push((unnamed, Vec::new())),
    }
    groups
}

fn place<'a>(users: &[User<'a>], (numbers, mut servers): Group<'a>) -> Place<'a> {
    let users: Vec<User<'a>> = numbers.iter().map(|number| users[*number]).collect();
    servers.sort_unstable();
    Place {
        address: users.first().map_or("", |user| &user.used.address),
        servers,
        users,
    }
}
