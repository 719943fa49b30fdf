//! How far a value is from a schema, which says which alternative of a union was meant.

use std::cmp::{Ordering, Reverse};

use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::json::Json;

use super::place::Place;
use super::steps::Step;
use super::{MAX_COMPARED, MAX_NESTED, Work};
use crate::Violation;

/// How little a schema has to do with a value: the less, the more its complaints are worth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// It takes the value but for something inside it, or a limit.
    #[default]
    Meant,
    /// It takes other constants.
    OtherConstant,
    /// It takes values of another type.
    OtherType,
}

/// How far a value is from a schema; of several, the least is the closest.
#[derive(Debug, Clone, Copy, Default)]
pub struct Distance {
    pub(super) fit: Fit,
    /// Other constants than the schema's, at any depth: they usually mean that another schema was meant.
    constants: usize,
    /// Parts of the value that the schema speaks of, and that keep what it says.
    matched: usize,
    /// Parts of the value that the schema speaks of.
    named: usize,
    /// Complaints in all.
    pub(super) count: usize,
}

impl Distance {
    /// What the closest of some alternatives has the least of.
    fn key(&self) -> impl Ord + use<> {
        let parts = Reverse((self.matched, self.named));
        (self.fit, self.constants, parts, self.count)
    }

    /// That of a value of which only the violations are known.
    #[must_use]
    pub fn of_violations(found: &[Violation]) -> Self {
        let is_whole = |found: &Violation| found.instance.is_empty();
        Self {
            fit: match found.iter().any(is_whole) {
                true => Fit::OtherType,
                false => Fit::Meant,
            },
            count: found.len(),
            ..Self::default()
        }
    }

    fn complaint() -> Self {
        Self {
            count: 1,
            ..Self::default()
        }
    }

    fn of_kind(kind: &Kind) -> Self {
        let (fit, constants) = match kind {
            Kind::Type { .. } | Kind::FalseSchema => (Fit::OtherType, 0),
            kind if matches!(kind.keyword(), "const" | "enum") => (Fit::OtherConstant, 1),
            _ => (Fit::Meant, 0),
        };
        Self {
            fit,
            constants,
            ..Self::complaint()
        }
    }

    /// With what another schema says of the same value.
    fn and(&mut self, other: Self) {
        self.fit = self.fit.max(other.fit);
        self.matched = self.matched.saturating_add(other.matched);
        self.named = self.named.saturating_add(other.named);
        self.constants = self.constants.saturating_add(other.constants);
        self.count = self.count.saturating_add(other.count);
    }

    /// With what a schema says of a part of the value.
    fn and_inside(&mut self, part: Self) {
        self.and(Self {
            fit: Fit::Meant,
            matched: usize::from(part.count == 0),
            named: 1,
            ..part
        });
    }
}

impl PartialEq for Distance {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Distance {}

impl PartialOrd for Distance {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Distance {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl<'e, F: Json> Work<'e, F> {
    /// Whether a value keeps a schema, as far as that can be said.
    pub(super) fn holds<'v>(&mut self, place: &Place<'v, F>) -> bool
    where
        'e: 'v,
    {
        self.distance(place).count == 0
    }

    /// Nothing where it would take too many steps to say, and within a circle.
    pub(super) fn distance<'v>(&mut self, place: &Place<'v, F>) -> Distance
    where
        'e: 'v,
    {
        let pair = place.pair();
        if let Some(known) = pair.and_then(|pair| self.distances.get(&pair)) {
            return *known;
        }
        if self.compared == MAX_COMPARED || self.nested == MAX_NESTED {
            return Distance::default();
        }
        self.compared += 1;
        if let Some(pair) = pair {
            self.distances.insert(pair, Distance::default());
        }
        self.nested += 1;
        let distance = self.measure(place);
        self.nested -= 1;
        if let Some(pair) = pair {
            self.distances.insert(pair, distance);
        }
        distance
    }

    fn measure<'v>(&mut self, place: &Place<'v, F>) -> Distance
    where
        'e: 'v,
    {
        let mut distance = Distance::default();
        for error in self.explainer.leaves.errors(place.schema, &place.value) {
            self.is_costly |= matches!(error.kind(), Kind::BacktrackLimitExceeded { .. });
            distance.and(Distance::of_kind(error.kind()));
        }
        for step in self.explainer.steps(place) {
            self.measure_step(place, step, &mut distance);
        }
        distance
    }

    fn measure_step<'v>(&mut self, place: &Place<'v, F>, step: Step<'v, F>, sum: &mut Distance)
    where
        'e: 'v,
    {
        match step {
            Step::InPlace(other) => sum.and(self.distance(&other)),
            Step::Inside(parts) => {
                for part in parts {
                    sum.and_inside(self.distance(&part));
                }
            }
            Step::Union(keyword, branches) => {
                let mut all: Vec<_> = Vec::with_capacity(branches.len());
                for branch in &branches {
                    all.push(self.distance(branch));
                }
                sum.and(of_union(keyword, &all));
            }
            Step::If(condition, branches) => {
                if let Some(branch) = self.branch(&condition, branches) {
                    sum.and(self.distance(&branch));
                }
            }
            Step::Names(names) => sum.and(Distance {
                count: self.wrong_names(&names).len(),
                ..Distance::default()
            }),
            Step::Not(_) | Step::Contains(_) | Step::Unevaluated(..) => {
                let complaints = self.complaints(place, step).len();
                (0..complaints).for_each(|_| sum.and(Distance::complaint()));
            }
        }
    }
}

/// That of the closest alternative.
fn of_union(keyword: &str, all: &[Distance]) -> Distance {
    let fitting = all.iter().filter(|distance| distance.count == 0);
    if keyword == "oneOf" && fitting.count() > 1 {
        return Distance::complaint();
    }
    let closest = all.iter().min();
    closest.copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_alternatives_the_closest_counts_and_two_that_fit_are_a_complaint() {
        let far = |count| Distance {
            count,
            ..Distance::default()
        };
        for (keyword, all, count) in [
            ("oneOf", &[3, 2, 4][..], 2),
            ("oneOf", &[0, 2], 0),
            ("oneOf", &[0, 2, 0], 1),
            ("anyOf", &[3, 2], 2),
            ("anyOf", &[0, 2, 0], 0),
            ("anyOf", &[], 0),
        ] {
            let all: Vec<_> = all.iter().copied().map(far).collect();
            assert_eq!(of_union(keyword, &all).count, count, "{keyword} {all:?}");
        }
    }
}
