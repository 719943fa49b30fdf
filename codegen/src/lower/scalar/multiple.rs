//! `multipleOf`: what is a multiple of several numbers is one of their least common multiple, and an integer is a multiple of 5/2
//! where it is one of 5.
use crate::lower::flat::Flat;
use tidings_document::Number;

/// A number by its digits, and how many of them stand behind the point.
type Digits = (i128, u32);

/// Most digits behind the point that are looked at.
const MOST: u32 = 18;

/// What integers have to be multiples of.
pub(super) fn of_integers(flat: &Flat<'_>) -> Option<i128> {
    let (digits, scale) = all(flat)?;
    let tens = 10_i128.checked_pow(scale)?;
    Some(digits / common(digits, tens))
}

/// What other numbers have to be multiples of.
pub(super) fn of_floats(flat: &Flat<'_>) -> Option<f64> {
    let stated: Vec<f64> = stated(flat).collect();
    let Some((digits, scale)) = all(flat).filter(|_| stated.len() > 1) else {
        return stated.into_iter().next();
    };
    format!("{digits}e-{scale}").parse().ok()
}

/// What numbers that are kept as they are written have to be multiples of.
pub(super) fn of_decimals(flat: &Flat<'_>) -> Option<String> {
    let objects = flat.objects.iter();
    let all_stated = objects.filter_map(|object| object.multiple_of.as_ref());
    let stated: Vec<String> = all_stated.map(text).collect();
    match &stated[..] {
        [] => None,
        [only] => Some(only.clone()),
        [first, ..] => all(flat).map_or(Some(first.clone()), |(digits, scale)| {
            Some(format!("{digits}e-{scale}"))
        }),
    }
}

fn stated(flat: &Flat<'_>) -> impl Iterator<Item = f64> {
    let all = flat.objects.iter();
    let all = all.filter_map(|object| object.multiple_of.as_ref()?.as_f64());
    all.filter(|number| number.is_finite() && *number > 0.0)
}

/// The least common multiple of all that is stated; the first alone where the digits are too many.
fn all(flat: &Flat<'_>) -> Option<Digits> {
    let mut all = flat.objects.iter().filter_map(|object| {
        let number = object.multiple_of.as_ref()?;
        let exact = number.as_u64().map(|whole| (i128::from(whole), 0));
        exact.or_else(|| digits(number.as_f64()?))
    });
    let first = all.find(|(digits, _)| *digits > 0)?;
    let rest = all.filter(|(digits, _)| *digits > 0);
    Some(rest.fold(first, |one, other| both(one, other).unwrap_or(one)))
}

/// A number as the document has it, without a fraction that says nothing.
pub(super) fn text(number: &Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

fn digits(number: f64) -> Option<Digits> {
    let text = number.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let scale = u32::try_from(fraction.len())
        .ok()
        .filter(|scale| *scale <= MOST)?;
    Some((format!("{whole}{fraction}").parse().ok()?, scale))
}

fn both((one, first): Digits, (other, second): Digits) -> Option<Digits> {
    let scale = first.max(second);
    let raised = |digits: i128, from| digits.checked_mul(10_i128.checked_pow(scale - from)?);
    let (one, other) = (raised(one, first)?, raised(other, second)?);
    Some(((one / common(one, other)).checked_mul(other)?, scale))
}

/// The greatest common divisor.
fn common(one: i128, other: i128) -> i128 {
    match other {
        0 => one,
        _ => common(other, one % other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_common_multiples_keep_their_digits() {
        let number = |number| digits(number).unwrap();
        for (one, other, expected) in [
            (4.0, 6.0, (12, 0)),
            (0.2, 0.3, (6, 1)),
            (0.01, 0.25, (25, 2)),
            (2.5, 1.0, (50, 1)),
        ] {
            assert_eq!(both(number(one), number(other)), Some(expected));
        }
        assert_eq!(digits(1e-7), Some((1, 7)));
        assert_eq!(digits(5e-324), None);
        assert_eq!(both((i128::MAX, 0), (i128::MAX - 1, 0)), None);
    }
}
