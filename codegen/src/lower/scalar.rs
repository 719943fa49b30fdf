//! Texts, numbers and truth values: their Rust type, and the limits that it does not guarantee by itself.
mod exact;
mod multiple;

use super::flat::Flat;
use crate::ir::{Format, Limit, Rules, Slot, Ty};
pub(crate) use exact::exact;
use tidings_document::{
    Node, Number, Value,
    api::{SchemaObject, Type},
};

/// The slot of a scalar type.
pub(crate) fn scalar(flat: &Flat<'_>, kind: Type) -> Box<Slot> {
    Box::new(match kind {
        Type::Boolean => boolean(flat),
        Type::Integer => integer(flat),
        Type::Number => float(flat),
        Type::String => text(flat),
        Type::Null | Type::Array | Type::Object => Slot::new(Ty::Json),
    })
}

fn boolean(flat: &Flat<'_>) -> Slot {
    let mut slot = Slot::new(Ty::Bool);
    let value = |node: &Node| match node.value {
        Value::Bool(value) => Some(value),
        _ => None,
    };
    // Of both nothing needs to be said.
    let only = || {
        let listed = flat.enumeration.iter().flatten();
        let mut listed = listed.filter_map(|node| value(node));
        let first = listed.next()?;
        listed.all(|other| other == first).then_some(first)
    };
    let constant = flat.constant.and_then(value).or_else(only);
    slot.rules = Rules {
        constant,
        ..Rules::default()
    }
    .kept();
    slot
}

fn text(flat: &Flat<'_>) -> Slot {
    let mut rules = Rules {
        min_length: flat
            .objects
            .iter()
            .filter_map(|object| object.min_length)
            .max()
            .filter(|limit| *limit > 0),
        max_length: flat
            .objects
            .iter()
            .filter_map(|object| object.max_length)
            .min(),
        ..Rules::default()
    };
    for pattern in flat.objects.iter().filter_map(|object| object.pattern) {
        if !rules.patterns.iter().any(|known| known == pattern.value) {
            rules.patterns.push(pattern.value.to_owned());
        }
    }
    // A text with limits of its own stays a text, so that they can be checked on what was written.
    let format = match flat.format() {
        _ if !rules.is_empty() => Format::Plain,
        Some("byte") => Format::Base64,
        Some("uuid") => Format::Uuid,
        Some("date-time") => Format::DateTime,
        Some("date") => Format::Day,
        Some("ipv4") => Format::Ipv4,
        Some("ipv6") => Format::Ipv6,
        _ => Format::Plain,
    };
    if format == Format::Plain {
        rules.format = flat.format().and_then(asserted);
    }
    let mut slot = Slot::new(Ty::Text(format));
    slot.rules = rules.kept();
    slot
}

/// The slot with a text in the place of the type that its format has; the format is checked as others are.
pub(crate) fn of_text(slot: Slot) -> Slot {
    let format = match slot.ty {
        Ty::Text(Format::Base64) => "byte",
        Ty::Text(Format::Uuid) => "uuid",
        Ty::Text(Format::DateTime) => "date-time",
        Ty::Text(Format::Day) => "date",
        Ty::Text(Format::Ipv4) => "ipv4",
        Ty::Text(Format::Ipv6) => "ipv6",
        _ => return slot,
    };
    let rules = Rules {
        format: asserted(format),
        ..Rules::default()
    };
    Slot {
        ty: Ty::Text(Format::Plain),
        rules: rules.kept(),
        ..slot
    }
}

/// What the runtime calls a format of texts that it checks.
pub(crate) fn asserted(format: &str) -> Option<&'static str> {
    const KNOWN: [(&str, &str); 20] = [
        ("byte", "Byte"),
        ("date", "Date"),
        ("date-time", "DateTime"),
        ("duration", "Duration"),
        ("email", "Email"),
        ("hostname", "Hostname"),
        ("idn-email", "IdnEmail"),
        ("idn-hostname", "IdnHostname"),
        ("ipv4", "Ipv4"),
        ("ipv6", "Ipv6"),
        ("iri", "Iri"),
        ("iri-reference", "IriReference"),
        ("json-pointer", "JsonPointer"),
        ("regex", "Regex"),
        ("relative-json-pointer", "RelativeJsonPointer"),
        ("time", "Time"),
        ("uri", "Uri"),
        ("uri-reference", "UriReference"),
        ("uri-template", "UriTemplate"),
        ("uuid", "Uuid"),
    ];
    let found = KNOWN.iter().find(|(name, _)| *name == format);
    found.map(|(_, name)| *name)
}

/// The ends of `u128` beyond those of `i128` are no limits that anybody states, but for the last.
const INTEGERS: [(&str, i128, i128); 10] = [
    ("u8", 0, u8::MAX as i128),
    ("u16", 0, u16::MAX as i128),
    ("u32", 0, u32::MAX as i128),
    ("u64", 0, u64::MAX as i128),
    ("i8", i8::MIN as i128, i8::MAX as i128),
    ("i16", i16::MIN as i128, i16::MAX as i128),
    ("i32", i32::MIN as i128, i32::MAX as i128),
    ("i64", i64::MIN as i128, i64::MAX as i128),
    ("u128", 0, i128::MAX),
    ("i128", i128::MIN, i128::MAX),
];

/// The smallest type for the range; without an upper end, 64 bits.
fn integer(flat: &Flat<'_>) -> Slot {
    let (format_low, format_high) = match flat.format() {
        Some("int8") => (Some(i128::from(i8::MIN)), Some(i128::from(i8::MAX))),
        Some("int16") => (Some(i128::from(i16::MIN)), Some(i128::from(i16::MAX))),
        Some("int32") => (Some(i128::from(i32::MIN)), Some(i128::from(i32::MAX))),
        Some("int64") => (Some(i128::from(i64::MIN)), Some(i128::from(i64::MAX))),
        Some("uint8") => (Some(0), Some(i128::from(u8::MAX))),
        Some("uint16") => (Some(0), Some(i128::from(u16::MAX))),
        Some("uint32") => (Some(0), Some(i128::from(u32::MAX))),
        Some("uint64") => (Some(0), None),
        _ => (None, None),
    };
    let low = integer_low(flat).max(format_low);
    let stated_high = integer_high(flat);
    let high = [stated_high, format_high].into_iter().flatten().min();
    let (name, min, max) = integer_type(low, high);
    let mut slot = Slot::new(Ty::Int(name));
    let divisors = multiple::of_integers(flat);
    let mut values: Vec<i128> = listed(flat).iter().filter_map(whole_of).collect();
    // Of a divisor that is larger than the type has, these are all multiples.
    if values.is_empty() && divisors.iter().any(|divisor| *divisor > max) {
        values = vec![min, 0];
    }
    let stated = low.unwrap_or(min).max(min)..=high.unwrap_or(max).min(max);
    let one_of: Vec<Limit> = values
        .into_iter()
        .filter(|n| stated.contains(n) && divisors.iter().all(|divisor| n % divisor == 0))
        .map(Limit::Integer)
        .collect();
    // The range of listed values chooses the type; to check it besides the list would tell one mistake twice.
    let (low, high) = if one_of.is_empty() {
        (low, high)
    } else {
        (None, None)
    };
    slot.rules = Rules {
        minimum: low
            .filter(|low| *low > min && *low <= max)
            .map(Limit::Integer),
        maximum: high
            .filter(|high| *high < max && *high >= min)
            .map(Limit::Integer),
        divisors: match one_of.is_empty() {
            true => divisors
                .into_iter()
                .filter(|n| *n <= max)
                .map(Limit::Integer)
                .collect(),
            false => Vec::new(),
        },
        one_of,
        ..Rules::default()
    }
    .kept();
    slot
}

fn integer_type(low: Option<i128>, high: Option<i128>) -> (&'static str, i128, i128) {
    let fits = |min: i128, max: i128| {
        low.unwrap_or(i128::from(i64::MIN)) >= min
            && high.unwrap_or(i128::from(i64::MAX)) <= max
            && low.is_none_or(|low| low <= max)
    };
    let wide = |max: i128| high.is_some() || max >= i128::from(i64::MAX);
    INTEGERS
        .into_iter()
        .find(|(_, min, max)| fits(*min, *max) && wide(*max))
        .unwrap_or(match low {
            Some(0..) => INTEGERS[3],
            _ => INTEGERS[7],
        })
}

fn integer_low(flat: &Flat<'_>) -> Option<i128> {
    let inclusive = flat
        .objects
        .iter()
        .filter_map(|object| object.minimum.as_ref())
        .map(ceil);
    let exclusive = flat
        .objects
        .iter()
        .filter_map(|object| object.exclusive_minimum.as_ref())
        .map(|limit| floor(limit).saturating_add(1));
    let listed = listed(flat);
    let values = listed.iter().filter_map(whole_of).min();
    inclusive
        .chain(exclusive)
        .max()
        .into_iter()
        .chain(values)
        .max()
}

fn integer_high(flat: &Flat<'_>) -> Option<i128> {
    let inclusive = flat
        .objects
        .iter()
        .filter_map(|object| object.maximum.as_ref())
        .map(floor);
    let exclusive = flat
        .objects
        .iter()
        .filter_map(|object| object.exclusive_maximum.as_ref())
        .map(|limit| ceil(limit).saturating_sub(1));
    let listed = listed(flat);
    let values = listed.iter().filter_map(whole_of).max();
    inclusive
        .chain(exclusive)
        .min()
        .into_iter()
        .chain(values)
        .min()
}

/// The numbers that `enum` or `const` allow.
fn listed(flat: &Flat<'_>) -> Vec<Number> {
    let nodes = flat
        .enumeration
        .iter()
        .flatten()
        .copied()
        .chain(flat.constant);
    nodes
        .filter_map(|node| match &node.value {
            Value::Number(number) => Some(number.clone()),
            _ => None,
        })
        .collect()
}

fn float<'a>(flat: &Flat<'a>) -> Slot {
    let limits = |keyword: for<'b> fn(&'b SchemaObject<'a>) -> Option<&'b Number>| {
        flat.objects
            .iter()
            .filter_map(move |object| keyword(object))
            .filter_map(|number| number.as_f64())
            .filter(|n| n.is_finite())
    };
    let mut slot = Slot::new(Ty::Float);
    slot.rules = Rules {
        minimum: limits(|object| object.minimum.as_ref())
            .reduce(f64::max)
            .map(Limit::Float),
        maximum: limits(|object| object.maximum.as_ref())
            .reduce(f64::min)
            .map(Limit::Float),
        exclusive_minimum: limits(|object| object.exclusive_minimum.as_ref())
            .reduce(f64::max)
            .map(Limit::Float),
        exclusive_maximum: limits(|object| object.exclusive_maximum.as_ref())
            .reduce(f64::min)
            .map(Limit::Float),
        divisors: multiple::of_floats(flat)
            .into_iter()
            .map(Limit::Float)
            .collect(),
        one_of: listed(flat)
            .iter()
            .filter_map(|number| number.as_f64())
            .map(Limit::Float)
            .collect(),
        ..Rules::default()
    }
    .kept();
    slot
}

/// Whether integers of a type are held to that limit to the last digit.
pub(crate) fn holds(slot: &Slot, keyword: &str, number: &Number) -> bool {
    let name = match slot.ty {
        Ty::Decimal => return true,
        Ty::Int(name) => name,
        _ => return false,
    };
    let digits = number.literal().unwrap_or_default();
    let is_end = name == "u128" && keyword == "maximum" && digits.parse() == Ok(u128::MAX);
    is_end || digits.parse::<i128>().is_ok()
}

fn whole_of(number: &Number) -> Option<i128> {
    whole(number)
}

/// The number as an integer, where it is one; what is beyond 128 bits as the last that they have.
fn whole(number: &Number) -> Option<i128> {
    if let Some(digits) = number.literal() {
        let is_whole = digits
            .trim_start_matches('-')
            .bytes()
            .all(|c| c.is_ascii_digit());
        let end = if digits.starts_with('-') {
            i128::MIN
        } else {
            i128::MAX
        };
        if is_whole {
            return Some(digits.parse().unwrap_or(end));
        }
    }
    let float = || number.as_f64().filter(|n| n.fract() == 0.0).map(saturate);
    number
        .as_i64()
        .map(i128::from)
        .or_else(|| number.as_u64().map(i128::from))
        .or_else(float)
}

fn ceil(number: &Number) -> i128 {
    whole(number).unwrap_or_else(|| saturate(number.as_f64().unwrap_or_default().ceil()))
}

fn floor(number: &Number) -> i128 {
    whole(number).unwrap_or_else(|| saturate(number.as_f64().unwrap_or_default().floor()))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the cast ends where the type does"
)]
fn saturate(value: f64) -> i128 {
    value as i128
}
