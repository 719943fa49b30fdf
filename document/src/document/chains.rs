//! Chains of references that come back to themselves, or lead further than is followed: one finding for each circle, and for each
//! place that is too far away.
use std::collections::HashMap;

use super::target::{HOPS, address};
use crate::{Diagnostic, Node, Text, rules};

/// A reference that leads somewhere.
pub(super) struct Followed<'a> {
    pub(super) node: &'a Node,
    pub(super) reference: Text<'a>,
    pub(super) target: &'a Node,
}

/// How the chain ends that begins with a reference.
#[derive(Clone, Copy)]
enum Ending {
    /// At a node, behind so many references; the last of them.
    At { steps: usize, last: usize },
    /// In a circle, in which it may lie itself.
    Circle,
}

/// Chains without an end and long ones. They may lead through files, so that all files must have been read before.
pub(super) fn findings(followed: &[Followed<'_>]) -> Vec<Diagnostic> {
    let chains = Chains::new(followed);
    let mut endings: Vec<Option<Ending>> = vec![None; followed.len()];
    let mut found = Vec::new();
    for start in 0..followed.len() {
        let circle = chains.end(start, &mut endings);
        found.extend(circle.map(|circle| chains.circle(&circle)));
    }
    found.extend(long(followed, &endings));
    found
}

/// One finding for each place that is too far away, at the first reference in the text from which it is.
fn long(followed: &[Followed<'_>], endings: &[Option<Ending>]) -> Vec<Diagnostic> {
    let mut too_far: HashMap<usize, (usize, usize)> = HashMap::new();
    for (index, ending) in endings.iter().enumerate() {
        if let Some(Ending::At { steps, last }) = *ending
            && steps > HOPS as usize
        {
            let end = address(followed[last].target);
            let (first, _) = too_far.entry(end).or_insert((index, last));
            if followed[index].reference.span < followed[*first].reference.span {
                *first = index;
            }
        }
    }
    let mut all: Vec<(usize, usize)> = too_far.into_values().collect();
    all.sort_unstable_by_key(|(first, _)| followed[*first].reference.span);
    let finding = |(first, last)| too_far_away(&followed[first], &followed[last]);
    all.into_iter().map(finding).collect()
}

struct Chains<'f, 'a> {
    followed: &'f [Followed<'a>],
    /// References by the address of their node.
    by_node: HashMap<usize, usize>,
}

impl<'f, 'a> Chains<'f, 'a> {
    fn new(followed: &'f [Followed<'a>]) -> Self {
        let nodes = followed.iter().enumerate();
        let by_node = nodes
            .map(|(index, one)| (address(one.node), index))
            .collect();
        Self { followed, by_node }
    }

    /// Finds out how a chain ends, and all behind its beginning; the circle, where it is a new one.
    fn end(&self, start: usize, endings: &mut [Option<Ending>]) -> Option<Vec<usize>> {
        let (mut path, mut places) = (Vec::new(), HashMap::new());
        let (mut next, mut circle) = (Some(start), None);
        let mut ending = None;
        while let Some(index) = next {
            if let Some(place) = places.get(&index) {
                circle = Some(path[*place..].to_vec());
                ending = Some(Ending::Circle);
                break;
            }
            ending = endings[index];
            if ending.is_some() {
                break;
            }
            places.insert(index, path.len());
            path.push(index);
            next = self
                .by_node
                .get(&address(self.followed[index].target))
                .copied();
        }
        for index in path.into_iter().rev() {
            let own = match ending {
                None => Ending::At {
                    steps: 1,
                    last: index,
                },
                Some(Ending::At { steps, last }) => Ending::At {
                    steps: steps + 1,
                    last,
                },
                Some(Ending::Circle) => Ending::Circle,
            };
            endings[index] = Some(own);
            ending = Some(own);
        }
        circle
    }

    /// The finding at the first place of a circle in the text.
    fn circle(&self, circle: &[usize]) -> Diagnostic {
        let span = |index: &usize| self.followed[*index].reference.span;
        let places = circle.iter().enumerate();
        let first = places.min_by_key(|(_, index)| span(index));
        let at = first.map_or(0, |(at, _)| at);
        let reference = self.followed[circle[at]].reference;
        let message = format!("`{}` leads back to itself", reference.value);
        let mut found = Diagnostic::new(&rules::REFERENCE_CYCLE, reference.span, message)
            .help("let one of them be the object itself");
        let others = circle[at + 1..].iter().chain(&circle[..at]);
        for other in others.take(HOPS as usize) {
            found = found.related(span(other), "by way of this reference");
        }
        found
    }
}

fn too_far_away(first: &Followed<'_>, last: &Followed<'_>) -> Diagnostic {
    let (reference, end) = (first.reference, last.reference);
    let message = format!(
        "`{}` leads through more than {HOPS} references",
        reference.value
    );
    let is_near = end.span.file == reference.span.file;
    let help = match is_near {
        true => format!("refer to the object itself, as in `{}`", end.value),
        false => "refer to the object itself".to_owned(),
    };
    Diagnostic::new(&rules::REFERENCE_CYCLE, reference.span, message)
        .help(help)
        .related(end.span, "here the chain ends")
}
