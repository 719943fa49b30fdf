//! Values that checks look at: with their numbers in 64 bits, or as they are written.
use super::{Check, Listed};
use crate::{
    Decimal, Json,
    violations::{Pointer, Violations, canonical},
};
use serde_json::{Map, Number, Value};
use std::collections::{BTreeMap, HashSet};

/// A value of JSON.
pub trait Node: Sized + 'static {
    /// Its numbers.
    type Number;
    /// Its objects.
    type Entries;

    /// What it is.
    fn seen(&self) -> Seen<'_, Self>;

    /// The name of a property as a value.
    fn of_name(name: &str) -> Self;

    /// The same text for equal values.
    fn canonical(&self) -> String;

    /// Such texts of listed values.
    fn listed(listed: &Listed) -> &HashSet<String>;

    /// The properties of an object.
    fn entries(object: &Self::Entries) -> impl ExactSizeIterator<Item = (&String, &Self)>;

    /// Whether an object has a property of that name.
    fn has(object: &Self::Entries, name: &str) -> bool;

    /// Whether a number has no fraction.
    fn is_integer(number: &Self::Number) -> bool;

    /// Adds what breaks a limit of numbers.
    fn limit(found: &mut Violations, at: &Pointer<'_>, number: &Self::Number, check: &Check);
}

/// What a value is.
#[derive(Debug)]
pub enum Seen<'v, N: Node> {
    /// `null`
    Null,
    /// A truth value.
    Bool,
    /// A number.
    Number(&'v N::Number),
    /// A text.
    Text(&'v str),
    /// A list.
    List(&'v [N]),
    /// An object.
    Object(&'v N::Entries),
}

/// What both kinds have by the same names.
macro_rules! accessors {
    () => {
        fn seen(&self) -> Seen<'_, Self> {
            match self {
                Self::Null => Seen::Null,
                Self::Bool(_) => Seen::Bool,
                Self::Number(number) => Seen::Number(number),
                Self::String(text) => Seen::Text(text),
                Self::Array(items) => Seen::List(items),
                Self::Object(entries) => Seen::Object(entries),
            }
        }

        fn of_name(name: &str) -> Self {
            Self::from(name)
        }

        fn entries(object: &Self::Entries) -> impl ExactSizeIterator<Item = (&String, &Self)> {
            object.iter()
        }

        fn has(object: &Self::Entries, name: &str) -> bool {
            object.contains_key(name)
        }
    };
}

impl Node for Value {
    type Number = Number;
    type Entries = Map<String, Self>;

    accessors!();

    fn canonical(&self) -> String {
        canonical(self)
    }

    fn listed(listed: &Listed) -> &HashSet<String> {
        listed.values()
    }

    fn is_integer(number: &Number) -> bool {
        let float = || number.as_f64().is_some_and(|number| number.fract() == 0.0);
        !number.is_f64() || float()
    }

    /// Integers are compared as such, to the last digit.
    fn limit(found: &mut Violations, at: &Pointer<'_>, number: &Number, check: &Check) {
        let integer = number.as_i64().map(i128::from);
        let integer = integer.or_else(|| number.as_u64().map(i128::from));
        let float = number.as_f64().unwrap_or_default();
        let limit = |limit: f64| integer.zip(as_whole(limit));
        match check {
            Check::Minimum(least) => match limit(*least) {
                Some((integer, least)) => found.minimum(at, integer, least),
                None => found.minimum(at, float, *least),
            },
            Check::Maximum(most) => match limit(*most) {
                Some((integer, most)) => found.maximum(at, integer, most),
                None => found.maximum(at, float, *most),
            },
            Check::ExclusiveMinimum(below) => match limit(*below) {
                Some((integer, below)) => found.exclusive_minimum(at, integer, below),
                None => found.exclusive_minimum(at, float, *below),
            },
            Check::ExclusiveMaximum(above) => match limit(*above) {
                Some((integer, above)) => found.exclusive_maximum(at, integer, above),
                None => found.exclusive_maximum(at, float, *above),
            },
            Check::MultipleOf(divisor) => match limit(*divisor) {
                Some((integer, divisor)) => found.multiple_of(at, integer, divisor),
                None => found.multiple_of(at, float, *divisor),
            },
            _ => {}
        }
    }
}

impl Node for Json {
    type Number = Decimal;
    type Entries = BTreeMap<String, Self>;

    accessors!();

    fn canonical(&self) -> String {
        self.canonical()
    }

    fn listed(listed: &Listed) -> &HashSet<String> {
        listed.exact_values()
    }

    fn is_integer(number: &Decimal) -> bool {
        number.is_integer()
    }

    fn limit(found: &mut Violations, at: &Pointer<'_>, number: &Decimal, check: &Check) {
        let limit = |limit: &f64| Decimal::try_from(*limit).unwrap_or_default();
        match check {
            Check::Minimum(least) => found.minimum(at, number, &limit(least)),
            Check::Maximum(most) => found.maximum(at, number, &limit(most)),
            Check::ExclusiveMinimum(below) => found.exclusive_minimum(at, number, &limit(below)),
            Check::ExclusiveMaximum(above) => found.exclusive_maximum(at, number, &limit(above)),
            Check::MultipleOf(divisor) => found.multiple_of(at, number, &limit(divisor)),
            _ => {}
        }
    }
}

/// The limit as an integer, where it is one that floats tell from its neighbours.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the value is whole and within the range"
)]
fn as_whole(limit: f64) -> Option<i128> {
    const LARGEST: f64 = 18_446_744_073_709_551_616.0;
    (limit.fract() == 0.0 && limit.abs() <= LARGEST).then_some(limit as i128)
}
