//! Where applications meet: channels of several documents that are one.
use std::collections::BTreeMap;

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
    let mut groups: Vec<Vec<usize>> = groups.collect();
    groups.sort();
    groups.iter().map(|group| place(&users, group)).collect()
}

/// Users of one address, parted by the servers that they share. One that names none is with the others where there is no choice.
fn groups(users: &[User<'_>], numbers: &[usize]) -> Vec<Vec<usize>> {
    let (named, unnamed): (Vec<usize>, Vec<usize>) = numbers
        .iter()
        .partition(|number| !users[**number].used.servers.is_empty());
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for number in named {
        let shares = |other: &usize| {
            let servers = &users[*other].used.servers;
            servers
                .iter()
                .any(|server| users[number].used.servers.contains(server))
        };
        let (joined, apart): (Vec<_>, Vec<_>) = groups
            .into_iter()
            .partition(|group| group.iter().any(shares));
        groups = apart;
        groups.push(joined.into_iter().flatten().chain([number]).collect());
    }
    match &mut groups[..] {
        _ if unnamed.is_empty() => {}
        [only] => only.extend(unnamed),
        _ => groups.push(unnamed),
    }
    groups.iter_mut().for_each(|group| group.sort_unstable());
    groups
}

fn place<'a>(users: &[User<'a>], group: &[usize]) -> Place<'a> {
    let users: Vec<User<'a>> = group.iter().map(|number| users[*number]).collect();
    let servers = users.iter().flat_map(|user| &user.used.servers);
    let mut servers: Vec<&str> = servers.map(String::as_str).collect();
    servers.sort_unstable();
    servers.dedup();
    Place {
        address: users.first().map_or("", |user| &user.used.address),
        servers,
        users,
    }
}
