//! Writes whole numbers without a fraction, which says the same in JSON and is how most others write them.
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};
use std::io::{Result, Write};

/// Writes a value as JSON text.
pub(crate) fn to_writer<T: Serialize + ?Sized>(
    writer: &mut Vec<u8>,
    value: &T,
) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(writer, Whole))
}

struct Whole;

impl Formatter for Whole {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the value is whole and within the range"
    )]
    fn write_f64<W: Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> Result<()> {
        /// Up to here each whole number is a float, so that nothing is made up.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let negative_zero = value == 0.0 && value.is_sign_negative();
        if value.fract() == 0.0 && value.abs() <= EXACT && !negative_zero {
            CompactFormatter.write_i64(writer, value as i64)
        } else {
            CompactFormatter.write_f64(writer, value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_have_no_fraction_and_all_come_back() {
        let numbers = [
            5.0,
            -3.0,
            0.0,
            -0.0,
            0.5,
            1e15,
            9_007_199_254_740_992.0,
            9_007_199_254_740_994.0,
            1e300,
            5e-324,
        ];
        let mut text = Vec::new();
        to_writer(&mut text, &numbers).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.starts_with(
                "[5,-3,0,-0.0,0.5,1000000000000000,9007199254740992,9007199254740994.0,"
            ),
            "{text}"
        );
        let read: Vec<f64> = serde_json::from_str(&text).unwrap();
        let bits: Vec<u64> = read.into_iter().map(f64::to_bits).collect();
        assert_eq!(bits, numbers.map(f64::to_bits));
    }
}
