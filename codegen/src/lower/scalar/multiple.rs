//! `multipleOf`: each number that a schema states, since no type has all common multiples of them. An integer is a multiple of 5/2 where it
//! is one of 5.
use crate::lower::flat::Flat;
use tidings_document::Number;

/// What integers have to be multiples of; one that is beyond 128 bits as the last that these have.
pub(super) fn of_integers(flat: &Flat<'_>) -> Vec<i128> {
    let all = stated(flat).filter_map(|number| whole(&text(number)));
    once(all.filter(|divisor| *divisor > 1))
}

/// What other numbers have to be multiples of.
pub(super) fn of_floats(flat: &Flat<'_>) -> Vec<f64> {
    let all = stated(flat).filter_map(|number| number.as_f64());
    once(all.filter(|divisor| divisor.is_finite() && *divisor > 0.0))
}

/// What numbers that are kept as they are written have to be multiples of.
pub(super) fn of_decimals(flat: &Flat<'_>) -> Vec<String> {
    once(stated(flat).map(text))
}

fn stated<'f>(flat: &'f Flat<'_>) -> impl Iterator<Item = &'f Number> {
    let all = flat.objects.iter();
    all.filter_map(|object| object.multiple_of.as_ref())
}

/// Each of them once.
fn once<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    all.fold(Vec::new(), |mut kept, one| {
        if !kept.contains(&one) {
            kept.push(one);
        }
        kept
    })
}

/// A number as the document has it, without a fraction that says nothing.
pub(super) fn text(number: &Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// The integer whose multiples are the integers among those of a number; nothing where it has more digits than 128 bits.
fn whole(text: &str) -> Option<i128> {
    let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (before, behind) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: i128 = format!("{before}{behind}").parse().ok()?;
    let power = power.parse::<i64>().ok()? - i64::try_from(behind.len()).ok()?;
    let places = u32::try_from(power.unsigned_abs()).ok()?;
    if power >= 0 {
        let tens = 10_i128.checked_pow(places);
        return Some(
            tens.and_then(|tens| digits.checked_mul(tens))
                .unwrap_or(i128::MAX),
        );
    }
    Some(
        [2, 5]
            .into_iter()
            .fold(digits, |left, factor| without(left, factor, places)),
    )
}

/// The number without so many of a factor, as far as it has them.
fn without(number: i128, factor: i128, most: u32) -> i128 {
    let mut left = number;
    let mut count = 0;
    while count < most && left != 0 && left % factor == 0 {
        left /= factor;
        count += 1;
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_multiples_of_a_whole_number() {
        for (text, expected) in [
            ("4", Some(4)),
            ("0.1", Some(1)),
            ("2.5", Some(5)),
            ("0.75", Some(3)),
            ("1e-400", Some(1)),
            ("3e-20", Some(3)),
            ("1e+20", Some(100_000_000_000_000_000_000)),
            ("12.50e1", Some(125)),
            ("1e40", Some(i128::MAX)),
            ("0", Some(0)),
            ("0.1234567890123456789012345678901234567890", None),
        ] {
            assert_eq!(whole(text), expected, "{text}");
        }
    }
}
