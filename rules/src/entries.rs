//! Which references lead to an entry of a map, such as the `channels` of the root: by where they go, not by how they are written.

use std::collections::HashMap;

use tidings_document::api::Api;
use tidings_document::{End, Node, Text};

use crate::places::reference;

/// The entries of a map.
pub(crate) struct Entries<'a> {
    api: &'a Api<'a>,
    /// Where their values stand, and where references in the place of values end.
    ends: HashMap<*const Node, (Text<'a>, bool)>,
}

/// Where a reference goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way<'a> {
    /// To an entry, or to what an entry is in another file.
    Entry,
    /// To the component that an entry refers to, and so past the entry with this key.
    Past(Text<'a>),
    /// To something else.
    Elsewhere,
    /// Nowhere, or no reference at all: reading tells of these.
    Unknown,
}

impl<'a> Entries<'a> {
    /// Those of a map, which may itself be a reference; none where there is no map.
    pub(crate) fn of(api: &'a Api<'a>, map: Option<&'a Node>) -> Self {
        let map = map.and_then(|map| api.document.resolve(map).node.as_object());
        let mut ends = HashMap::new();
        for entry in map.into_iter().flatten() {
            ends.insert(std::ptr::from_ref(&entry.value), (entry.name(), true));
            let end = api.document.resolve(&entry.value).node;
            ends.entry(std::ptr::from_ref(end))
                .or_insert((entry.name(), false));
        }
        Self { api, ends }
    }

    /// Where the reference in a node goes, chains followed.
    pub(crate) fn way(&self, node: &'a Node) -> Way<'a> {
        let document = self.api.document;
        let is_reference = reference(node).is_some();
        if !is_reference || document.resolve(node).end != End::Found {
            return Way::Unknown;
        }
        let (mut node, mut is_component) = (node, false);
        while let Some(next) = document.named_by(node) {
            let place = document.place_of(node);
            is_component |= place.is_some_and(|(_, pointer)| pointer.starts_with("/components/"));
            node = next;
            match self.ends.get(&std::ptr::from_ref(node)) {
                Some((_, true)) => return Way::Entry,
                Some((key, false)) if is_component => return Way::Past(*key),
                Some(_) => return Way::Entry,
                None => {}
            }
        }
        Way::Elsewhere
    }
}
