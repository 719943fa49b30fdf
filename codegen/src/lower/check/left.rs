//! What is left of schemas for whose values there is a type.
use super::Ctx;
use crate::{
    ir::{ANY, Check, ChecksIdx, Properties},
    lower::{
        class::Class,
        flat::{Flat, flatten, takes_all},
    },
};
use indexmap::IndexSet;
use std::collections::HashSet;
use tidings_document::api::{Items, SchemaObject};

impl<'a> Ctx<'a> {
    /// What a type of that class does not say of its values.
    pub(crate) fn checks_left(&mut self, flat: &Flat<'a>, class: &Class) -> Option<ChecksIdx> {
        if self.is_of_branches(flat, class) {
            return None;
        }
        let mut list = Vec::new();
        for (id, object) in flat.ids.iter().zip(&flat.objects) {
            match class {
                Class::Struct(_) => list.extend(self.left_of_struct(flat, object)),
                Class::Map(value) => list.extend(self.left_of_map(object, value.is_some())),
                Class::List(_) | Class::Tuple(_) => {
                    let each = matches!(
                        (&object.items, class),
                        (Some(Items::Each(_)), Class::List(_))
                    );
                    list.extend(each.then(|| self.items(object)).flatten());
                    list.extend(self.contains(object));
                }
                _ => {}
            }
            list.extend(self.conditions(*id, object));
        }
        // Else the choices are what made the type.
        let all = matches!(
            class,
            Class::Struct(_) | Class::Map(_) | Class::Scalar(_) | Class::Enum(..)
        );
        let all = all && !matches!(class, Class::Enum(..) if flat.enumeration.is_none());
        let choices = flat.choices.iter().filter(|choice| choice.union.is_none());
        let choices: Vec<_> = choices
            .filter(|choice| all || self.only_limits(choice))
            .collect();
        for choice in choices {
            let branches = choice.branches.iter();
            let branches = branches.map(|branch| self.in_place(choice.owner.id, *branch));
            let name = if choice.exclusive { "One" } else { "Any" };
            list.push(Check::Many(name, branches.collect()));
        }
        self.kept_checks(list)
    }

    /// Whether all that holds of the value is said of each branch too.
    fn is_of_branches(&self, flat: &Flat<'a>, class: &Class) -> bool {
        let covers = |key: &super::Key| {
            let members = flatten(self.api, key).members;
            flat.members.iter().all(|member| members.contains(member))
        };
        match class {
            Class::Same(key, _) => covers(key),
            Class::Union(plan) => plan.branches.iter().all(|branch| covers(&branch.key)),
            _ => false,
        }
    }

    fn left_of_struct(&mut self, flat: &Flat<'a>, object: &'a SchemaObject<'a>) -> Vec<Check> {
        let counts = [
            (
                "MinProperties",
                object.min_properties.filter(|limit| *limit > 0),
            ),
            ("MaxProperties", object.max_properties),
        ];
        let counts = counts
            .into_iter()
            .filter_map(|(name, limit)| Some(Check::Count(name, limit?)));
        let mut list: Vec<_> = counts.collect();
        let never = object.properties.iter().filter(|property| {
            let own = flat.properties.get(property.name.value);
            own.is_some_and(|key| flatten(self.api, key).never)
        });
        let never: Vec<_> = never
            .map(|property| property.name.value.to_owned())
            .collect();
        let named = never
            .into_iter()
            .map(|name| (name, self.add_checks(vec![Check::Bare("Never")])));
        let named = named.collect();
        list.extend(self.beside(flat, object, named));
        list.extend(self.names(object));
        list
    }

    /// Patterns, and the properties that one of several schemas forbids or limits though another has them.
    fn beside(
        &mut self,
        flat: &Flat<'a>,
        object: &'a SchemaObject<'a>,
        mut named: Vec<(String, ChecksIdx)>,
    ) -> Option<Check> {
        let patterned = self.patterned(object);
        let names = object.properties.iter().map(|property| property.name.value);
        let own: IndexSet<&str> = names.collect();
        let others = flat.properties.keys().any(|name| !own.contains(name));
        let told = others || !flat.patterned.is_empty();
        let rest = object.additional_properties.filter(|_| told);
        let rest = rest.map_or(ANY, |id| self.checks_of(id));
        if rest != ANY {
            let told: HashSet<&str> = named.iter().map(|(name, _)| &**name).collect();
            let free = own.into_iter().filter(|name| !told.contains(name));
            let free: Vec<_> = free.map(|name| (name.to_owned(), ANY)).collect();
            named.extend(free);
        }
        let properties = Properties {
            named,
            patterned,
            rest,
        };
        super::keyword::says_anything(&properties).then_some(Check::Properties(properties))
    }

    /// Values that have a type are checked by it; their names may still have to match.
    fn left_of_map(&mut self, object: &'a SchemaObject<'a>, is_typed: bool) -> Vec<Check> {
        let mut list = Vec::new();
        if !object.required.is_empty() {
            let names = object.required.iter().map(|name| name.value.to_owned());
            list.push(Check::Required(names.collect()));
        }
        match &object.pattern_properties[..] {
            [] if is_typed => {}
            [only] if is_typed && takes_all(only.name.value) => {}
            [only] if is_typed => list.push(Check::Properties(Properties {
                patterned: vec![(only.name.value.to_owned(), ANY)],
                rest: self.add_checks(vec![Check::Bare("Never")]),
                ..Properties::default()
            })),
            _ => list.extend(self.properties(object)),
        }
        list.extend(self.names(object));
        list
    }
}
