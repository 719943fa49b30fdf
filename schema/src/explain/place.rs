//! A schema, the value that it is applied to, and where both are. Places are many: only those that are told get their pointers.

use std::borrow::Cow;
use std::rc::Rc;

use jsonschema::json::{Json, Node, NodeIdentity, SerdeJson};
use serde_json::Value;

use crate::pointer::join;
use crate::{Part, Violation, wording};

/// A way from the whole to a part.
#[derive(Clone)]
pub(super) enum Way<'v> {
    /// As it is written in a reference; empty for the whole.
    Written(&'v str),
    Below(Rc<(Way<'v>, Step<'v>)>),
}

#[derive(Clone)]
pub(super) enum Step<'v> {
    Name(Cow<'v, str>),
    Index(usize),
}

impl<'v> Way<'v> {
    pub(super) fn name(&self, name: impl Into<Cow<'v, str>>) -> Self {
        Self::Below(Rc::new((self.clone(), Step::Name(name.into()))))
    }

    pub(super) fn index(&self, index: usize) -> Self {
        Self::Below(Rc::new((self.clone(), Step::Index(index))))
    }

    pub(super) fn pointer(&self) -> String {
        let (mut steps, mut way) = (Vec::new(), self);
        let start = loop {
            match way {
                Self::Written(text) => break *text,
                Self::Below(below) => {
                    steps.push(&below.1);
                    way = &below.0;
                }
            }
        };
        steps
            .iter()
            .rev()
            .fold(start.to_owned(), |pointer, step| match step {
                Step::Name(name) => join(&pointer, name),
                Step::Index(index) => format!("{pointer}/{index}"),
            })
    }
}

/// What keeps a value and a schema apart from others while a value is explained.
pub(super) type Pair = (usize, NodeIdentity);

pub(super) struct Place<'v, F: Json> {
    pub(super) schema: &'v Value,
    pub(super) schema_way: Way<'v>,
    pub(super) value: F::Node<'v>,
    pub(super) value_way: Way<'v>,
    /// Of how many alternatives this is the closest.
    pub(super) alternatives: usize,
}

impl<F: Json> Clone for Place<'_, F> {
    fn clone(&self) -> Self {
        self.in_place(self.schema, self.schema_way.clone())
    }
}

impl<'v, F: Json> Place<'v, F> {
    pub(super) fn root(schema: &'v Value, value: F::Node<'v>) -> Self {
        Self {
            schema,
            schema_way: Way::Written(""),
            value,
            value_way: Way::Written(""),
            alternatives: 1,
        }
    }

    /// Another schema for the same value.
    pub(super) fn in_place(&self, schema: &'v Value, schema_way: Way<'v>) -> Self {
        let value = self.value.clone();
        self.inside(schema, schema_way, value, self.value_way.clone())
    }

    /// Another schema for a part of the value.
    pub(super) fn inside(
        &self,
        schema: &'v Value,
        schema_way: Way<'v>,
        value: F::Node<'v>,
        value_way: Way<'v>,
    ) -> Self {
        Self {
            schema,
            schema_way,
            value,
            value_way,
            alternatives: self.alternatives,
        }
    }

    /// The schema for one name of the value's properties.
    pub(super) fn of_name<'n>(&self, name: &'n Value) -> Place<'n, SerdeJson>
    where
        'v: 'n,
    {
        Place {
            schema: self.schema,
            schema_way: self.schema_way.clone(),
            value: name,
            value_way: self.value_way.clone(),
            alternatives: self.alternatives,
        }
    }

    /// Scalars have none: what is said of them is worked out faster than looked up.
    pub(super) fn pair(&self) -> Option<Pair> {
        let identity = self.value.container_identity()?;
        Some((std::ptr::from_ref(self.schema) as usize, identity))
    }

    /// A violation of a keyword by the value.
    pub(super) fn violation(
        &self,
        part: Part,
        keyword: &'static str,
        message: String,
    ) -> Violation {
        Violation {
            part,
            instance: self.value_way.pointer(),
            schema: self.schema_way.name(keyword).pointer(),
            keyword: keyword.to_owned(),
            message: self.noted(message),
        }
    }

    /// A message that says that other alternatives are further off.
    pub(super) fn noted(&self, message: String) -> String {
        match self.alternatives {
            0 | 1 => message,
            count => wording::of_alternatives(&message, count),
        }
    }
}
