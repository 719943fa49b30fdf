//! Collects what is wrong with a value, each with the JSON pointer of its place; limits are one call each.
use crate::{Decimal, Json, format::Format, json::to_writer, key::key_at, pattern::Pattern};
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashSet},
    fmt,
};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer of the place: `/headers/tenant`, `/payload/items/0/sku`.
    pub pointer: String,
    /// What is wrong there.
    pub reason: String,
}

/// A place in a value, written out only when something is wrong there.
#[derive(Debug, Clone, Copy)]
pub struct Pointer<'a> {
    parent: Option<&'a Pointer<'a>>,
    step: Step<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl Pointer<'_> {
    /// The value itself, which prints as nothing.
    pub const ROOT: Pointer<'static> = Pointer {
        parent: None,
        step: Step::Root,
    };
    /// The payload of a message.
    pub const PAYLOAD: Pointer<'static> = Pointer::top("payload");
    /// The headers of a message.
    pub const HEADERS: Pointer<'static> = Pointer::top("headers");

    const fn top(name: &'static str) -> Pointer<'static> {
        Pointer {
            parent: None,
            step: Step::Key(name),
        }
    }

    /// The property of that name.
    #[must_use]
    pub const fn key<'a>(&'a self, name: &'a str) -> Pointer<'a> {
        Pointer {
            parent: Some(self),
            step: Step::Key(name),
        }
    }

    /// The item at that position.
    #[must_use]
    pub const fn index(&self, index: usize) -> Pointer<'_> {
        Pointer {
            parent: Some(self),
            step: Step::Index(index),
        }
    }
}

impl fmt::Display for Pointer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Key(name) => write!(f, "/{}", escape(name)),
            Step::Index(index) => write!(f, "/{index}"),
        }
    }
}

pub(crate) fn escape(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}

/// What a document sets limits to.
pub trait Validate {
    /// Adds what breaks a limit of the document, of the value at that place.
    fn check(&self, at: &Pointer<'_>, violations: &mut Violations);

    /// Whether the value keeps to every limit of the document, as it has to when it is sent.
    ///
    /// # Errors
    /// When it breaks one: all of them, each with its place in the value.
    fn validate(&self) -> Result<(), Violations> {
        let mut violations = Violations::new();
        self.check(&Pointer::ROOT, &mut violations);
        match violations.is_empty() {
            true => Ok(()),
            false => Err(violations),
        }
    }
}

impl<T: Validate + ?Sized> Validate for Box<T> {
    #[inline]
    fn check(&self, at: &Pointer<'_>, violations: &mut Violations) {
        (**self).check(at, violations);
    }
}

impl<T: Validate> Validate for Option<T> {
    #[inline]
    fn check(&self, at: &Pointer<'_>, violations: &mut Violations) {
        if let Some(value) = self {
            value.check(at, violations);
        }
    }
}

impl<T: Validate> Validate for Vec<T> {
    #[inline]
    fn check(&self, at: &Pointer<'_>, violations: &mut Violations) {
        for (index, item) in self.iter().enumerate() {
            item.check(&at.index(index), violations);
        }
    }
}

impl<T: Validate> Validate for BTreeMap<String, T> {
    #[inline]
    fn check(&self, at: &Pointer<'_>, violations: &mut Violations) {
        for (key, value) in self {
            value.check(&at.key(key), violations);
        }
    }
}

/// JSON has neither infinite numbers nor NaN.
impl Validate for f64 {
    #[inline]
    fn check(&self, at: &Pointer<'_>, violations: &mut Violations) {
        violations.finite(at, *self);
    }
}

/// A number type that limits apply to.
pub trait Number: Copy + PartialOrd + fmt::Display {
    /// Whether it is a whole multiple of the other; never of zero.
    fn divides_by(self, divisor: Self) -> bool;
}

macro_rules! integers {
    ($($type:ty)*) => {$(
        impl Number for $type {
            fn divides_by(self, divisor: Self) -> bool {
                // `checked_rem` gives none for zero, and for the least number divided by -1, which divides all.
                divisor != 0 && self.checked_rem(divisor).unwrap_or(0) == 0
            }
        }
    )*};
}
integers!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

/// Decimal fractions are not exact: 0.3 / 0.1 is 2.9999999999999996. Value, divisor and quotient are each rounded once.
macro_rules! floats {
    ($($float:ident)*) => {$(
        impl Number for $float {
            fn divides_by(self, divisor: Self) -> bool {
                let quotient = self / divisor;
                let rounding = 2.0 * $float::EPSILON * quotient.abs();
                quotient.is_finite() && (quotient - quotient.round()).abs() <= rounding
            }
        }
    )*};
}
floats!(f32 f64);

impl Number for &Decimal {
    fn divides_by(self, divisor: Self) -> bool {
        self.is_multiple_of(divisor)
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(&self.found, f)
    }
}

impl std::error::Error for Violations {}

/// One after the other, each behind its place.
pub(crate) fn list(violations: &[Violation], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if violations.is_empty() {
        return f.write_str("nothing is wrong");
    }
    for (index, Violation { pointer, reason }) in violations.iter().enumerate() {
        let separator = if index == 0 { "" } else { "; " };
        let colon = if pointer.is_empty() { "" } else { ": " };
        write!(f, "{separator}{pointer}{colon}{reason}")?;
    }
    Ok(())
}

/// What is wrong with a value, place by place. Each limit is a method that adds a violation where it is broken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violations {
    found: Vec<Violation>,
    of_event: bool,
    /// Whether only that there are some is asked for.
    asked: bool,
}

impl Violations {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            found: Vec::new(),
            of_event: false,
            asked: false,
        }
    }

    /// None yet, of an event that is read: whoever tells of something may know more values by now than its listeners.
    #[must_use]
    pub const fn of_event() -> Self {
        Self {
            found: Vec::new(),
            of_event: true,
            asked: false,
        }
    }

    /// None yet, where it is only asked whether there are some.
    pub(crate) const fn asked() -> Self {
        Self {
            found: Vec::new(),
            of_event: false,
            asked: true,
        }
    }

    pub(crate) const fn is_asked(&self) -> bool {
        self.asked
    }

    /// Whether nothing more has to be found.
    pub(crate) const fn is_settled(&self) -> bool {
        self.asked && !self.found.is_empty()
    }

    /// Adds one.
    pub fn push(&mut self, at: &Pointer<'_>, reason: impl Into<String>) {
        self.found.push(Violation {
            pointer: at.to_string(),
            reason: reason.into(),
        });
    }

    pub(crate) const fn is_of_event(&self) -> bool {
        self.of_event
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them, in the order they were found.
    #[must_use]
    pub fn list(&self) -> &[Violation] {
        &self.found
    }

    /// The same, owned.
    #[must_use]
    pub fn into_vec(self) -> Vec<Violation> {
        self.found
    }

    /// What breaks a limit of a property's value.
    #[inline]
    pub fn within<T: Validate + ?Sized>(&mut self, at: &Pointer<'_>, property: &str, value: &T) {
        value.check(&at.key(property), self);
    }

    /// `enum`, of a text that none of the type's values is.
    pub fn unlisted<'t>(
        &mut self,
        at: &Pointer<'_>,
        text: &str,
        listed: impl Iterator<Item = &'t str>,
    ) {
        let listed: Vec<_> = listed.collect();
        if !self.of_event && !listed.contains(&text) {
            let listed = listed.join("`, `");
            self.push(at, format!("`{text}` is none of `{listed}`"));
        }
    }

    /// The property that says which branch of a union it is, which is none of that branch's.
    pub fn tag(&mut self, at: &Pointer<'_>, tag: &str, of_branch: &[&str]) {
        if !of_branch.contains(&tag) {
            let own = of_branch.join("` or `");
            self.push(at, format!("is `{tag}`, and not `{own}`"));
        }
    }

    /// The tag of a union's branch that no field of its own holds as a text: as it is written.
    pub fn tag_of<T: Serialize + ?Sized>(
        &mut self,
        at: &Pointer<'_>,
        branch: &T,
        name: &str,
        of_branch: &[&str],
    ) {
        let tag = key_at(branch, &format!("/{}", escape(name))).unwrap_or_default();
        self.tag(&at.key(name), &String::from_utf8_lossy(&tag), of_branch);
    }

    /// Further properties, of which none has the name of a field: it would be written twice.
    pub fn further<'n>(
        &mut self,
        at: &Pointer<'_>,
        names: impl Iterator<Item = &'n String>,
        fields: &[&str],
    ) {
        for name in names.filter(|name| fields.contains(&name.as_str())) {
            self.push(
                &at.key(name),
                "is there as a field and as a further property",
            );
        }
    }

    /// `minLength`, in characters.
    pub fn min_length(&mut self, at: &Pointer<'_>, text: &str, limit: usize) {
        if text.chars().take(limit).count() < limit {
            self.push(at, format!("shorter than {limit} characters"));
        }
    }

    /// `maxLength`, in characters.
    pub fn max_length(&mut self, at: &Pointer<'_>, text: &str, limit: usize) {
        if text.chars().nth(limit).is_some() {
            self.push(at, format!("longer than {limit} characters"));
        }
    }

    /// `pattern`.
    pub fn pattern(&mut self, at: &Pointer<'_>, text: &str, pattern: &Pattern) {
        if !pattern.is_match(text) {
            self.push(at, format!("does not match `{}`", pattern.source()));
        }
    }

    /// `format`.
    pub fn format(&mut self, at: &Pointer<'_>, text: &str, format: Format) {
        if !format.has(text) {
            self.push(at, format!("is not a valid `{}`", format.name()));
        }
    }

    /// A number that JSON has: neither infinite nor NaN, which would be written as null.
    pub fn finite(&mut self, at: &Pointer<'_>, value: f64) {
        if !value.is_finite() {
            self.push(at, format!("{value} is no number of JSON"));
        }
    }

    /// `minimum`.
    pub fn minimum<N: Number>(&mut self, at: &Pointer<'_>, value: N, limit: N) {
        if value < limit {
            self.push(at, format!("{value} is less than {limit}"));
        }
    }

    /// `maximum`.
    pub fn maximum<N: Number>(&mut self, at: &Pointer<'_>, value: N, limit: N) {
        if value > limit {
            self.push(at, format!("{value} is more than {limit}"));
        }
    }

    /// `exclusiveMinimum`.
    pub fn exclusive_minimum<N: Number>(&mut self, at: &Pointer<'_>, value: N, limit: N) {
        if value <= limit {
            self.push(at, format!("{value} is not more than {limit}"));
        }
    }

    /// `exclusiveMaximum`.
    pub fn exclusive_maximum<N: Number>(&mut self, at: &Pointer<'_>, value: N, limit: N) {
        if value >= limit {
            self.push(at, format!("{value} is not less than {limit}"));
        }
    }

    /// `multipleOf`.
    pub fn multiple_of<N: Number>(&mut self, at: &Pointer<'_>, value: N, divisor: N) {
        if !value.divides_by(divisor) {
            self.push(at, format!("{value} is not a multiple of {divisor}"));
        }
    }

    /// `minItems`.
    pub fn min_items(&mut self, at: &Pointer<'_>, count: usize, limit: usize) {
        if count < limit {
            self.push(at, format!("{count} items are fewer than {limit}"));
        }
    }

    /// `maxItems`.
    pub fn max_items(&mut self, at: &Pointer<'_>, count: usize, limit: usize) {
        if count > limit {
            self.push(at, format!("{count} items are more than {limit}"));
        }
    }

    /// `uniqueItems`: names the first item that was there before.
    pub fn unique_items<T: Serialize>(&mut self, at: &Pointer<'_>, items: &[T]) {
        self.unique(at, items.iter().map(canonical));
    }

    /// The same of items whose numbers count to the last digit.
    pub fn exact_unique_items<T: Serialize>(&mut self, at: &Pointer<'_>, items: &[T]) {
        let canonical =
            |item: &T| Json::of(item).map_or_else(|_| String::new(), |it| it.canonical());
        self.unique(at, items.iter().map(canonical));
    }

    /// The same of items by texts that are the same for equal ones.
    pub(crate) fn unique(
        &mut self,
        at: &Pointer<'_>,
        mut items: impl ExactSizeIterator<Item = String>,
    ) {
        let mut seen = HashSet::with_capacity(items.len());
        if let Some(index) = items.position(|item| !seen.insert(item)) {
            self.push(&at.index(index), "is there more than once");
        }
    }

    /// `minProperties`.
    pub fn min_properties(&mut self, at: &Pointer<'_>, count: usize, limit: usize) {
        if count < limit {
            self.push(at, format!("{count} properties are fewer than {limit}"));
        }
    }

    /// `maxProperties`.
    pub fn max_properties(&mut self, at: &Pointer<'_>, count: usize, limit: usize) {
        if count > limit {
            self.push(at, format!("{count} properties are more than {limit}"));
        }
    }
}

/// The same text for equal JSON values, whatever the order of their properties.
pub(crate) fn canonical(item: &impl Serialize) -> String {
    // A value has no integers of 128 bits, text has.
    let Ok(mut value) = serde_json::to_value(item) else {
        return serde_json::to_string(item).unwrap_or_default();
    };
    value.sort_all_objects();
    let mut text = Vec::new();
    // Whole numbers are written the same, whether they are floats or not.
    match to_writer(&mut text, &value) {
        Ok(()) => String::from_utf8(text).unwrap_or_default(),
        Err(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn broken(check: impl Fn(&mut Violations, &Pointer<'_>)) -> Option<String> {
        let mut violations = Violations::new();
        check(&mut violations, &Pointer::PAYLOAD);
        violations
            .into_vec()
            .pop()
            .map(|violation| violation.reason)
    }

    #[test]
    fn pointers_escape_and_nest() {
        let items = Pointer::PAYLOAD.key("a/b~c");
        assert_eq!(items.index(3).key("x").to_string(), "/payload/a~1b~0c/3/x");
        assert_eq!(Pointer::ROOT.to_string(), "");
        assert_eq!(Pointer::ROOT.index(0).to_string(), "/0");
    }

    #[test]
    fn texts_that_are_not_listed_are_refused_unless_an_event_has_them() {
        let unlisted = |mut violations: Violations, text: &str| {
            violations.unlisted(&Pointer::PAYLOAD, text, ["red", "green"].into_iter());
            let reasons = violations.into_vec().into_iter().map(|it| it.reason);
            reasons.collect::<Vec<_>>()
        };
        let reason = "`blue` is none of `red`, `green`".to_owned();
        assert_eq!(unlisted(Violations::new(), "blue"), [reason]);
        assert!(unlisted(Violations::new(), "green").is_empty());
        assert!(unlisted(Violations::of_event(), "blue").is_empty());
    }

    #[test]
    fn tags_are_those_of_the_branch() {
        let tag = |tag| broken(|violations, at| violations.tag(at, tag, &["Cat", "Lion"]));
        assert_eq!(tag("Lion"), None);
        assert_eq!(tag("Dog"), Some("is `Dog`, and not `Cat` or `Lion`".into()));
    }

    #[test]
    fn tags_that_no_field_holds_are_those_that_are_written() {
        let tag = |branch: serde_json::Value| {
            broken(|violations, at| violations.tag_of(at, &branch, "a/b", &["1", "Cat"]))
        };
        assert_eq!(tag(serde_json::json!({ "a/b": "Cat" })), None);
        assert_eq!(tag(serde_json::json!({ "a/b": 1, "c": [] })), None);
        let others = [
            (
                serde_json::json!({ "a/b": 2 }),
                "is `2`, and not `1` or `Cat`",
            ),
            (
                serde_json::json!({ "a": {} }),
                "is ``, and not `1` or `Cat`",
            ),
            (serde_json::json!([]), "is ``, and not `1` or `Cat`"),
        ];
        for (branch, reason) in others {
            assert_eq!(tag(branch).as_deref(), Some(reason));
        }
    }

    #[test]
    fn lengths_count_characters() {
        assert_eq!(broken(|v, at| v.min_length(at, "äö", 2)), None);
        assert_eq!(
            broken(|v, at| v.min_length(at, "äö", 3)),
            Some("shorter than 3 characters".into())
        );
        assert_eq!(broken(|v, at| v.max_length(at, "äö", 2)), None);
        assert_eq!(
            broken(|v, at| v.max_length(at, "äö", 1)),
            Some("longer than 1 characters".into())
        );
    }

    #[test]
    fn patterns_are_found_anywhere_unless_anchored() {
        static DIGIT: Pattern = Pattern::new(r"\d");
        static ONLY: Pattern = Pattern::new(r"^\p{L}+$");
        static BAD: Pattern = Pattern::new("(");
        assert!(DIGIT.is_match("a1b"));
        assert!(ONLY.is_match("Ärger") && !ONLY.is_match("a1"));
        assert!(!BAD.is_match("("));
        assert_eq!(
            broken(|v, at| v.pattern(at, "x", &DIGIT)),
            Some(r"does not match `\d`".into())
        );
    }

    #[test]
    fn limits_on_numbers() {
        assert_eq!(broken(|v, at| v.minimum(at, 1, 1)), None);
        assert_eq!(
            broken(|v, at| v.minimum(at, 0, 1)),
            Some("0 is less than 1".into())
        );
        assert_eq!(
            broken(|v, at| v.exclusive_minimum(at, 1, 1)),
            Some("1 is not more than 1".into())
        );
        assert_eq!(
            broken(|v, at| v.exclusive_maximum(at, 1.5, 1.5)),
            Some("1.5 is not less than 1.5".into())
        );
        assert_eq!(
            broken(|v, at| v.maximum(at, 2, 1)),
            Some("2 is more than 1".into())
        );
    }

    #[test]
    fn numbers_are_those_of_json() {
        assert_eq!(broken(|v, at| v.finite(at, f64::MAX)), None);
        for (value, reason) in [
            (f64::NAN, "NaN is no number of JSON"),
            (f64::NEG_INFINITY, "-inf is no number of JSON"),
        ] {
            assert_eq!(broken(|v, at| v.finite(at, value)), Some(reason.into()));
        }
    }

    #[test]
    fn limits_on_counts() {
        type Limit = fn(&mut Violations, &Pointer<'_>, usize, usize);
        let all: [(Limit, [bool; 3], &str); 4] = [
            (
                Violations::min_items,
                [true, false, false],
                "items are fewer than",
            ),
            (
                Violations::max_items,
                [false, false, true],
                "items are more than",
            ),
            (
                Violations::min_properties,
                [true, false, false],
                "properties are fewer than",
            ),
            (
                Violations::max_properties,
                [false, false, true],
                "properties are more than",
            ),
        ];
        for (limit, breaks, words) in all {
            for (count, breaks) in [2, 3, 4].into_iter().zip(breaks) {
                let expected = breaks.then(|| format!("{count} {words} 3"));
                assert_eq!(broken(|v, at| limit(v, at, count, 3)), expected);
            }
        }
    }

    #[test]
    fn multiples_of_decimals_zero_and_extremes() {
        assert_eq!(broken(|v, at| v.multiple_of(at, 0.3, 0.1)), None);
        assert_eq!(
            broken(|v, at| v.multiple_of(at, 0.35, 0.1)),
            Some("0.35 is not a multiple of 0.1".into())
        );
        assert_eq!(
            broken(|v, at| v.multiple_of(at, 5, 0)),
            Some("5 is not a multiple of 0".into())
        );
        assert_eq!(broken(|v, at| v.multiple_of(at, i64::MIN, -1)), None);
        // However large the number is, its last digits count, as far as there are some.
        for (large, divides) in [(1e9 + 0.1, true), (1e6 + 0.15, false)] {
            assert_eq!(
                broken(|v, at| v.multiple_of(at, large, 0.1)).is_none(),
                divides
            );
        }
    }

    #[test]
    fn repeated_items_are_found_whatever_their_order_of_properties() {
        let items = [json!({"a": 1, "b": 2}), json!(1), json!({"b": 2, "a": 1})];
        let mut violations = Violations::new();
        violations.unique_items(&Pointer::PAYLOAD, &items);
        assert_eq!(violations.into_vec()[0].pointer, "/payload/2");
    }
}
