//! Schemas as a graph: the subschemas of each in the order in which they are shown, and the cycles among them.
use tidings_document::api::{Items, Schema, SchemaId};

/// A subschema and what it is to its parent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Child<'a> {
    pub(crate) role: Role<'a>,
    pub(crate) schema: SchemaId,
}

/// What a subschema is to its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role<'a> {
    Property(&'a str),
    Pattern(&'a str),
    Additional,
    PropertyNames,
    Dependency(&'a str),
    Item,
    ItemAt(usize),
    AdditionalItem,
    Contains,
    AllOf,
    OneOf,
    AnyOf,
    Not,
    If,
    Then,
    Else,
}

/// The subschemas of a schema in the order in which they are shown.
pub(crate) fn children<'a>(schema: &'a Schema<'_>) -> Vec<Child<'a>> {
    let Some(object) = schema.object() else {
        return Vec::new();
    };
    let mut list = Vec::new();
    let mut add = |role, schema| list.push(Child { role, schema });
    let one = |list: &mut dyn FnMut(Role<'a>, SchemaId), role, schema: Option<SchemaId>| {
        if let Some(schema) = schema {
            list(role, schema);
        }
    };
    for schema in &object.all_of {
        add(Role::AllOf, *schema);
    }
    for property in &object.properties {
        add(Role::Property(property.name.value), property.schema);
    }
    for property in &object.pattern_properties {
        add(Role::Pattern(property.name.value), property.schema);
    }
    let others = object.additional_properties;
    let others = others.or(object.unevaluated_properties);
    one(&mut add, Role::Additional, others);
    one(&mut add, Role::PropertyNames, object.property_names);
    for property in &object.dependencies {
        add(Role::Dependency(property.name.value), property.schema);
    }
    match &object.items {
        Some(Items::All(schema)) => add(Role::Item, *schema),
        Some(Items::Each(schemas)) => {
            for (index, schema) in schemas.iter().enumerate() {
                add(Role::ItemAt(index + 1), *schema);
            }
        }
        None => {}
    }
    let others = object.additional_items.or(object.unevaluated_items);
    one(&mut add, Role::AdditionalItem, others);
    one(&mut add, Role::Contains, object.contains);
    for schema in &object.one_of {
        add(Role::OneOf, *schema);
    }
    for schema in &object.any_of {
        add(Role::AnyOf, *schema);
    }
    one(&mut add, Role::Not, object.not);
    one(&mut add, Role::If, object.if_);
    one(&mut add, Role::Then, object.then);
    one(&mut add, Role::Else, object.else_);
    list
}

/// The number of the strongly connected component of each node, and whether it closes a cycle on a walk in order.
pub(crate) fn cycles(edges: &[Vec<u32>]) -> (Vec<u32>, Vec<bool>) {
    let mut walk = Walk {
        edges,
        order: vec![0; edges.len()],
        low: vec![0; edges.len()],
        component: vec![u32::MAX; edges.len()],
        on_path: vec![false; edges.len()],
        closes: vec![false; edges.len()],
        open: Vec::new(),
        next: 0,
        components: 0,
    };
    for start in 0..edges.len() {
        if walk.order[start] == 0 {
            walk.from(start);
        }
    }
    (walk.component, walk.closes)
}

/// Tarjan's algorithm with its own stack, since documents may nest deeper than a thread's.
struct Walk<'e> {
    edges: &'e [Vec<u32>],
    /// When a node was met, from 1 on; 0 for not yet.
    order: Vec<u32>,
    low: Vec<u32>,
    component: Vec<u32>,
    on_path: Vec<bool>,
    closes: Vec<bool>,
    open: Vec<usize>,
    next: u32,
    components: u32,
}

impl Walk<'_> {
    fn from(&mut self, start: usize) {
        let mut path = vec![(start, 0)];
        self.enter(start);
        while let Some((node, edge)) = path.last_mut() {
            let node = *node;
            let Some(&child) = self.edges[node].get(*edge) else {
                path.pop();
                self.leave(node);
                if let Some((parent, _)) = path.last() {
                    self.low[*parent] = self.low[*parent].min(self.low[node]);
                }
                continue;
            };
            *edge += 1;
            let child = child as usize;
            if self.order[child] == 0 {
                self.enter(child);
                path.push((child, 0));
            } else if self.component[child] == u32::MAX {
                self.low[node] = self.low[node].min(self.order[child]);
                self.closes[child] |= self.on_path[child];
            }
        }
    }

    fn enter(&mut self, node: usize) {
        self.next += 1;
        self.order[node] = self.next;
        self.low[node] = self.next;
        self.on_path[node] = true;
        self.open.push(node);
    }

    fn leave(&mut self, node: usize) {
        self.on_path[node] = false;
        if self.low[node] != self.order[node] {
            return;
        }
        while let Some(member) = self.open.pop() {
            self.component[member] = self.components;
            if member == node {
                break;
            }
        }
        self.components += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_are_found_and_closed() {
        // 0 → 1 → 2 → 0, 2 → 3, 3 → 3, 4 → 0
        let edges = vec![vec![1], vec![2], vec![0, 3], vec![3], vec![0]];
        let (component, closes) = cycles(&edges);
        assert_eq!(component[0], component[1]);
        assert_eq!(component[0], component[2]);
        assert_ne!(component[0], component[3]);
        assert_ne!(component[0], component[4]);
        assert_eq!(closes, [true, false, false, true, false]);
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let mut edges: Vec<Vec<u32>> = (1..200_000).map(|next| vec![next]).collect();
        edges.push(vec![0]);
        let (component, closes) = cycles(&edges);
        assert!(component.iter().all(|number| *number == component[0]));
        assert_eq!(closes.iter().filter(|closes| **closes).count(), 1);
    }
}
