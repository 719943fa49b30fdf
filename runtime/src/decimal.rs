//! Numbers of JSON as they are written: compared by what they stand for, and written again digit by digit.
mod digits;

use crate::json::Text;
use digits::Digits;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, IgnoredAny, MapAccess, Visitor},
    ser::SerializeStruct,
};
use std::{
    borrow::Cow,
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

/// What `serde_json` calls a value that is asked for, and told, as its text: its `RawValue`.
pub(crate) const RAW: &str = "$serde_json::private::RawValue";

/// A number of JSON, of any size, with the digits, the zeros at its end and the exponent that it is written with.
///
/// Two that stand for the same number are equal however they are written. It is read from and written to JSON by `serde_json`; other
/// formats have no such numbers. Computing is up to libraries, which read [its text](Self::as_str).
///
/// ```
/// use tidings::Decimal;
///
/// let price: Decimal = serde_json::from_str("1.10")?;
/// assert_eq!(price, "1.1".parse()?);
/// assert_eq!(price.to_string(), "1.10");
/// assert!(price > Decimal::from(1) && price.is_multiple_of(&"0.01".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Decimal(Cow<'static, str>);

/// A text that is no number of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no number of JSON")]
#[non_exhaustive]
pub struct NotNumber;

impl Decimal {
    /// One that generated code writes out.
    pub(crate) const fn literal(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has no fraction: `1.0` and `1e2` have none.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        self.digits().is_integer()
    }

    /// Whether it is a whole multiple of the other, to the last digit; never of zero.
    #[must_use]
    pub fn is_multiple_of(&self, divisor: &Self) -> bool {
        self.digits().is_multiple_of(divisor.digits())
    }

    /// The same as an integer, where it is one of up to 128 bits.
    #[must_use]
    pub fn to_i128(&self) -> Option<i128> {
        self.digits().to_i128()
    }

    /// The same as an integer without a sign, where it is one of up to 128 bits.
    #[must_use]
    pub fn to_u128(&self) -> Option<u128> {
        self.digits().to_u128()
    }

    /// The nearest float, which is infinite where floats do not reach.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        self.0.parse().unwrap_or_default()
    }

    /// The same text for equal numbers.
    pub(crate) fn canonical(&self) -> String {
        self.digits().to_string()
    }

    fn digits(&self) -> Digits<'_> {
        Digits::of(&self.0)
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.digits().cmp(&other.digits())
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digits().hash(state);
    }
}

impl Default for Decimal {
    fn default() -> Self {
        Self::literal("0")
    }
}

impl fmt::Display for Decimal {
    /// With all of its digits, whatever precision is asked for: it is not rounded.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.strip_prefix('-');
        f.pad_integral(digits.is_none(), "", digits.unwrap_or(&self.0))
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Decimal {
    type Err = NotNumber;

    fn from_str(text: &str) -> Result<Self, NotNumber> {
        match digits::is_number(text.as_bytes()) {
            true => Ok(Self(Cow::Owned(text.to_owned()))),
            false => Err(NotNumber),
        }
    }
}

macro_rules! integers {
    ($($type:ty)*) => {$(
        impl From<$type> for Decimal {
            fn from(whole: $type) -> Self {
                Self(Cow::Owned(whole.to_string()))
            }
        }
    )*};
}
integers!(i8 i16 i32 i64 i128 u8 u16 u32 u64 u128);

impl TryFrom<f64> for Decimal {
    type Error = NotNumber;

    /// With as few digits as tell it from other floats.
    fn try_from(float: f64) -> Result<Self, NotNumber> {
        let text = format!("{float:?}");
        let text = text.strip_suffix(".0").map(str::to_owned).unwrap_or(text);
        match float.is_finite() {
            true => Ok(Self(Cow::Owned(text))),
            false => Err(NotNumber),
        }
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        let mut raw = writer.serialize_struct(RAW, 1)?;
        raw.serialize_field(RAW, self.as_str())?;
        raw.end()
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_newtype_struct(RAW, Written)
    }
}

/// Of a number by its text, where the reader has that.
struct Written;

impl<'de> Visitor<'de> for Written {
    type Value = Decimal;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number")
    }

    fn visit_map<A: MapAccess<'de>>(self, raw: A) -> Result<Decimal, A::Error> {
        let text = text(raw)?;
        match digits::is_number(text.as_bytes()) {
            true => Ok(Decimal(Cow::Owned(text.into_owned()))),
            false => Err(de::Error::invalid_type(digits::found(&text), &self)),
        }
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, reader: D) -> Result<Decimal, D::Error> {
        reader.deserialize_any(Nearest)
    }
}

/// The text of a raw value.
pub(crate) fn text<'de, A: MapAccess<'de>>(mut raw: A) -> Result<Cow<'de, str>, A::Error> {
    raw.next_key::<IgnoredAny>()?;
    raw.next_value().map(|Text(text)| text)
}

/// Of a number that the reader has in 64 or 128 bits.
pub(crate) struct Nearest;

macro_rules! visits {
    ($($method:ident: $type:ty),* $(,)?) => {$(
        fn $method<E: de::Error>(self, value: $type) -> Result<Decimal, E> {
            Ok(value.into())
        }
    )*};
}

impl Visitor<'_> for Nearest {
    type Value = Decimal;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number")
    }

    visits! {
        visit_i64: i64, visit_i128: i128, visit_u64: u64, visit_u128: u128,
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Decimal, E> {
        Decimal::try_from(value).map_err(|error| E::custom(format_args!("{value} {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_width_fills_and_a_precision_cuts_nothing() {
        let price = number("-123.45");
        assert_eq!(format!("{price:.2}|{price:.0}"), "-123.45|-123.45");
        assert_eq!(format!("{price:>9}|{price:<9}|"), "  -123.45|-123.45  |");
        assert_eq!(format!("{price:09}|{:+}", number("1e3")), "-00123.45|+1e3");
    }

    #[test]
    fn what_is_read_is_written_again() {
        for text in [
            "0",
            "-0",
            "0.1",
            "1.10",
            "1E+2",
            "1e400",
            "1e1000000000",
            "-0.0e-00",
            "123456789012345678901234567890.5",
        ] {
            let read: Decimal = serde_json::from_str(text).unwrap();
            assert_eq!(read.to_string(), text);
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
            assert_eq!(number(text), read);
        }
        let nested: Vec<Option<Decimal>> = serde_json::from_str("[1.0, null, 2]").unwrap();
        assert_eq!(serde_json::to_string(&nested).unwrap(), "[1.0,null,2]");
    }

    #[test]
    fn other_values_and_other_texts_are_none() {
        for text in ["\"1\"", "true", "null", "[1]", "{}", "", "1.", "NaN"] {
            assert!(serde_json::from_str::<Decimal>(text).is_err(), "{text}");
        }
        let texts = [
            "", "-", "01", "1.", ".5", "1e", "1e+", "+1", "1 ", " 1", "1,5", "0x1", "NaN", "-e1",
            "1e1.5",
        ];
        for text in texts {
            assert_eq!(text.parse::<Decimal>(), Err(NotNumber), "{text}");
        }
        let why = serde_json::from_str::<Decimal>("\"1\"").unwrap_err();
        assert_eq!(why.to_string(), "invalid type: string, expected a number");
    }

    #[test]
    fn values_in_memory_are_read_by_their_nearest_number() {
        for (value, text) in [
            (serde_json::json!(0.1), "0.1"),
            (serde_json::json!(-5), "-5"),
            (serde_json::json!(u64::MAX), "18446744073709551615"),
        ] {
            let read: Decimal = serde_json::from_value(value).unwrap();
            assert_eq!(read.as_str(), text);
        }
        assert_eq!(Decimal::try_from(1e300).unwrap().as_str(), "1e300");
        assert_eq!(Decimal::try_from(5.0).unwrap().as_str(), "5");
        assert_eq!(Decimal::try_from(f64::NAN), Err(NotNumber));
        assert_eq!(Decimal::from(u128::MAX).to_u128(), Some(u128::MAX));
        assert_eq!(Decimal::default(), Decimal::from(0));
    }

    #[test]
    fn equal_numbers_are_equal_however_they_are_written() {
        let zeros = ["0", "-0", "0.00", "0e99", "-0.0E-7"];
        let ones = ["1", "1.0", "0.1e1", "100e-2", "1E0", "0.00001e5"];
        let all = zeros.iter().chain(&ones).map(|text| number(text));
        assert_eq!(all.collect::<HashSet<_>>().len(), 2);
        assert_ne!(number("1"), number("-1"));
        assert_ne!(number("12"), number("120"));
    }

    #[test]
    fn numbers_become_floats_and_integers_where_they_are_some() {
        assert_eq!(number("1e400").to_f64(), f64::INFINITY);
        assert_eq!(number("0.10").to_f64().to_bits(), 0.1_f64.to_bits());
        assert_eq!(number("-1.50e1").to_i128(), Some(-15));
        assert_eq!(number("1.5").to_i128(), None);
        assert_eq!(number("-1").to_u128(), None);
        assert_eq!(number("-0.0").to_u128(), Some(0));
        assert_eq!(number(&i128::MIN.to_string()).to_i128(), Some(i128::MIN));
        let beyond = number("170141183460469231731687303715884105728");
        assert_eq!((beyond.to_i128(), beyond.to_u128()), (None, Some(1 << 127)));
        assert_eq!(number("1e1000000000").to_u128(), None);
        assert!(number("1e1000000000").is_integer() && !number("1e-1").is_integer());
    }
}
