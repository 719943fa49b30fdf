//! Which messages of a file no other one needs: a message is needed by those that have fields of it, but not by itself,
//! by what stands inside it, or by what it needs in turn.
use std::collections::{HashMap, HashSet};

use prost_reflect::{FileDescriptor, Kind, MessageDescriptor};

/// Full names of the messages at the top of a file that only those need which they need in turn.
pub(super) fn unused(file: &FileDescriptor) -> HashSet<String> {
    let names: Vec<String> = file
        .messages()
        .map(|top| top.full_name().to_owned())
        .collect();
    let position: HashMap<&str, usize> = names.iter().map(String::as_str).zip(0..).collect();
    let mut uses = vec![Vec::new(); names.len()];
    let mut users = vec![Vec::new(); names.len()];
    for (user, used) in edges(file) {
        let ends = (position.get(&*user), position.get(&*used));
        if let (Some(user), Some(used)) = ends
            && user != used
        {
            uses[*user].push(*used);
            users[*used].push(*user);
        }
    }
    let (mut reached, mut unused) = (vec![false; names.len()], vec![false; names.len()]);
    for first in finished_last_first(&uses) {
        if !reached[first] {
            mark(first, &uses, &mut reached);
            // What leads here is needed by this one in turn.
            mark(first, &users, &mut unused);
        }
    }
    let found = names.iter().zip(unused).filter(|(_, unused)| *unused);
    found.map(|(name, _)| name.clone()).collect()
}

/// The messages at the top that have a field, and those that it is of.
fn edges(file: &FileDescriptor) -> Vec<(String, String)> {
    let mut edges = Vec::new();
    let mut waiting: Vec<MessageDescriptor> = file.messages().collect();
    while let Some(message) = waiting.pop() {
        let fields = message.fields().map(|field| field.kind());
        let kinds = fields.chain(message.extensions().map(|field| field.kind()));
        let user = top(&message);
        edges.extend(kinds.filter_map(|kind| match kind {
            Kind::Message(used) => Some((user.clone(), top(&used))),
            _ => None,
        }));
        waiting.extend(message.child_messages());
    }
    edges
}

/// Full name of the message at the top that one stands in, or is.
fn top(message: &MessageDescriptor) -> String {
    let mut top = message.clone();
    while let Some(parent) = top.parent_message() {
        top = parent;
    }
    top.full_name().to_owned()
}

/// Every position, so that of two none of which needs the other in turn, the one that needs the other comes first.
fn finished_last_first(uses: &[Vec<usize>]) -> Vec<usize> {
    let mut seen = vec![false; uses.len()];
    let mut order = Vec::new();
    for first in 0..uses.len() {
        let mut open = vec![(first, 0)];
        while let Some((at, next)) = open.last_mut() {
            if *next == 0 && std::mem::replace(&mut seen[*at], true) {
                open.pop();
                continue;
            }
            match uses[*at].get(*next) {
                Some(used) => {
                    *next += 1;
                    let used = *used;
                    if !seen[used] {
                        open.push((used, 0));
                    }
                }
                None => {
                    order.push(*at);
                    open.pop();
                }
            }
        }
    }
    order.reverse();
    order
}

/// Marks all that can be reached.
fn mark(first: usize, edges: &[Vec<usize>], reached: &mut [bool]) {
    let mut waiting = vec![first];
    while let Some(at) = waiting.pop() {
        if !std::mem::replace(&mut reached[at], true) {
            waiting.extend(&edges[at]);
        }
    }
}
