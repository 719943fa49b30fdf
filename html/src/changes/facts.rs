//! What a document says, as names and values that can be compared.
mod objects;
mod schema;

use std::collections::BTreeMap;

use tidings_document::{api::Api, masked};

use crate::{Settings, view::Ctx};

/// Facts about an object, by their names. None is empty.
pub(super) type Object = BTreeMap<String, String>;

/// What a document says that others may depend on. Of texts for people, only whether they are others counts.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Title of the document.
    pub title: String,
    /// Its version.
    pub version: String,
    pub(super) objects: BTreeMap<Named, Object>,
}

/// An object, in the order in which changes are told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// Where it is defined, if others may have its name.
    pub(super) place: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Operation,
    Channel,
    Message,
    Server,
    Security,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Operation => "operation",
            Self::Channel => "channel",
            Self::Message => "message",
            Self::Server => "server",
            Self::Security => "security scheme",
        }
    }
}

/// The value of what is there or not.
pub(super) const YES: &str = "yes";

/// What is added to the name of a schema for what no row of it tells, and for its texts.
pub(super) const REST: &str = " beyond its rows";
pub(super) const TEXTS: &str = " texts";

impl Facts {
    /// The facts of a document.
    #[must_use]
    pub fn new(api: &Api<'_>) -> Self {
        let settings = Settings::default();
        let objects = objects::objects(&Ctx::new(api, &settings));
        Self {
            title: masked(api.info.title.value).into_owned(),
            version: masked(api.info.version.value).into_owned(),
            objects,
        }
    }

    /// The kinds and names of all objects.
    pub(super) fn names(&self) -> impl Iterator<Item = (Kind, &str)> {
        self.objects.keys().map(|named| (named.kind, &*named.name))
    }

    /// The objects of a kind and a name, by their places.
    pub(super) fn of(&self, kind: Kind, name: &str) -> BTreeMap<&str, &Object> {
        let first = Named {
            kind,
            name: name.to_owned(),
            place: String::new(),
        };
        let own = self.objects.range(first..);
        let own = own.take_while(|(named, _)| named.kind == kind && named.name == name);
        own.map(|(named, object)| (&*named.place, object)).collect()
    }
}
