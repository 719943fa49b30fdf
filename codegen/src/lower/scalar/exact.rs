//! Numbers that are kept as they are written, with limits by their texts.
use super::{
    listed,
    multiple::{self, text},
};
use crate::{
    ir::{Limit, Rules, Slot, Ty},
    lower::flat::Flat,
};
use std::cmp::Ordering;
use tidings_document::{
    Number,
    api::{SchemaObject, Type},
};

/// The slot of a `number`, and of an `integer` whose limits are beyond 128 bits; nothing of others.
pub(crate) fn exact(flat: &Flat<'_>, kind: Type) -> Option<Box<Slot>> {
    let is_wide = || {
        let listed = listed(flat);
        let limits = [minimum, maximum, exclusive_minimum, exclusive_maximum];
        let mut limits = limits.into_iter().flat_map(|keyword| stated(flat, keyword));
        limits.any(|limit| !is_held(limit)) || listed.iter().any(|number| !is_held(number))
    };
    match kind {
        Type::Number => Some(decimal(flat, false)),
        // A whole number that is listed is as a `number` is written.
        Type::Integer if flat.types() == [Type::Number] => Some(decimal(flat, false)),
        Type::Integer if is_wide() => Some(decimal(flat, true)),
        _ => None,
    }
}

fn decimal(flat: &Flat<'_>, is_integer: bool) -> Box<Slot> {
    let most = |keyword| extreme(flat, keyword, Ordering::Greater);
    let least = |keyword| extreme(flat, keyword, Ordering::Less);
    let mut divisors = multiple::of_decimals(flat);
    if is_integer {
        divisors.push("1".to_owned());
    }
    let listed = listed(flat);
    let mut slot = Slot::new(Ty::Decimal);
    slot.rules = Rules {
        minimum: most(minimum),
        maximum: least(maximum),
        exclusive_minimum: most(exclusive_minimum),
        exclusive_maximum: least(exclusive_maximum),
        divisors: divisors.into_iter().map(Limit::Decimal).collect(),
        one_of: listed.iter().map(text).map(Limit::Decimal).collect(),
        ..Rules::default()
    }
    .kept();
    Box::new(slot)
}

type Keyword = for<'o> fn(&'o SchemaObject<'_>) -> Option<&'o Number>;

fn minimum<'o>(object: &'o SchemaObject<'_>) -> Option<&'o Number> {
    object.minimum.as_ref()
}

fn maximum<'o>(object: &'o SchemaObject<'_>) -> Option<&'o Number> {
    object.maximum.as_ref()
}

fn exclusive_minimum<'o>(object: &'o SchemaObject<'_>) -> Option<&'o Number> {
    object.exclusive_minimum.as_ref()
}

fn exclusive_maximum<'o>(object: &'o SchemaObject<'_>) -> Option<&'o Number> {
    object.exclusive_maximum.as_ref()
}

fn stated<'f>(flat: &'f Flat<'_>, keyword: Keyword) -> impl Iterator<Item = &'f Number> {
    flat.objects
        .iter()
        .filter_map(move |object| keyword(object))
}

/// The limit that none of the others goes beyond.
fn extreme(flat: &Flat<'_>, keyword: Keyword, side: Ordering) -> Option<Limit> {
    let limit = stated(flat, keyword).reduce(|one, other| match compare(other, one) == side {
        true => other,
        false => one,
    });
    limit.map(text).map(Limit::Decimal)
}

/// Which of two numbers is the larger: by the nearest floats, and where those are the same, by digits.
fn compare(one: &Number, other: &Number) -> Ordering {
    let floats = one.as_f64().partial_cmp(&other.as_f64());
    let [digits, others] = [one, other].map(|number| places(&number.to_string()));
    floats
        .unwrap_or(Ordering::Equal)
        .then_with(|| match text(one).starts_with('-') {
            true => others.cmp(&digits),
            false => digits.cmp(&others),
        })
}

/// Where the first digit stands that says something, and the digits from there on.
fn places(text: &str) -> (i64, String) {
    let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let mantissa = mantissa.trim_start_matches('-');
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_start_matches('0');
    let zeros = all.len() - digits.len();
    let point = whole.len() as i64 - zeros as i64;
    let power: i64 = power.parse().unwrap_or_default();
    (
        point.saturating_add(power),
        digits.trim_end_matches('0').to_owned(),
    )
}

/// Whether an integer has at most 128 bits: those with a sign, or all that there are without one.
fn is_held(limit: &Number) -> bool {
    const FIRST_BEYOND: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0;
    match limit.literal() {
        Some(digits) if digits.contains(['.', 'e', 'E']) => true,
        Some(digits) => digits.parse::<i128>().is_ok() || digits.parse() == Ok(u128::MAX),
        None => limit
            .as_f64()
            .is_some_and(|limit| limit.abs() < FIRST_BEYOND),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Number as Nearest;

    #[test]
    fn limits_are_in_order_to_the_last_digit() {
        let texts = [
            "-12345678901234567890.6",
            "-12345678901234567890.5",
            "-1",
            "0",
            "0.1",
            "9",
            "10.5",
            "12345678901234567890.5",
            "12345678901234567890.55",
            "12345678901234567890.6",
        ];
        let read = |text: &str| {
            let path = std::path::Path::new("limits.yaml");
            let yaml = format!("[{text}]").into_bytes();
            let settings = tidings_document::Settings::default();
            let (document, _) = tidings_document::open_text(path, yaml, &settings).unwrap();
            let items = document.root().unwrap().as_array().unwrap();
            match &items[0].value {
                tidings_document::Value::Number(number) => number.clone(),
                _ => Number::from(Nearest::from(0)),
            }
        };
        let numbers = texts.map(read);
        for (at, one) in numbers.iter().enumerate() {
            for (other_at, other) in numbers.iter().enumerate() {
                assert_eq!(compare(one, other), at.cmp(&other_at), "{one} {other}");
            }
        }
    }
}
