//! The way back from ASCII to a label in another alphabet (RFC 3492).

const BASE: u32 = 36;
const LEAST: u32 = 1;
const MOST: u32 = 26;

/// The label; nothing where no label is written so.
pub(super) fn decode(text: &str) -> Option<String> {
    let (plain, mut rest) = match text.rsplit_once('-') {
        Some((plain, rest)) if !plain.is_empty() => (plain, rest.bytes()),
        _ => ("", text.bytes()),
    };
    let mut label: Vec<char> = plain.chars().collect();
    let (mut next, mut at, mut bias) = (128_u32, 0_u32, 72);
    while rest.len() > 0 {
        let step = number(&mut rest, bias)?;
        let length = u32::try_from(label.len()).ok()? + 1;
        bias = adapted(step, length, label.len() == plain.len());
        at = at.checked_add(step)?;
        next = next.checked_add(at / length)?;
        at %= length;
        label.insert(at as usize, char::from_u32(next)?);
        at += 1;
    }
    Some(label.into_iter().collect())
}

/// How far it is to the next sign: a number whose digits say themselves which is the last.
fn number(digits: &mut impl Iterator<Item = u8>, bias: u32) -> Option<u32> {
    let (mut sum, mut weight) = (0_u32, 1_u32);
    for place in (BASE..).step_by(BASE as usize) {
        let digit = digit(digits.next()?)?;
        sum = sum.checked_add(digit.checked_mul(weight)?)?;
        let threshold = place.saturating_sub(bias).clamp(LEAST, MOST);
        if digit < threshold {
            return Some(sum);
        }
        weight = weight.checked_mul(BASE - threshold)?;
    }
    None
}

fn digit(byte: u8) -> Option<u32> {
    match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 26),
        _ if byte.is_ascii_alphabetic() => Some(u32::from(byte.to_ascii_lowercase() - b'a')),
        _ => None,
    }
}

/// The bias of the number after one.
fn adapted(step: u32, length: u32, first: bool) -> u32 {
    let mut step = if first { step / 700 } else { step / 2 };
    step += step / length;
    let mut places = 0;
    while step > (BASE - LEAST) * MOST / 2 {
        step /= BASE - LEAST;
        places += BASE;
    }
    places + (BASE - LEAST + 1) * step / (step + 38)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn labels_come_back() {
        for (text, label) in [
            ("zca", Some("ß")),
            ("mnchen-3ya", Some("münchen")),
            ("MNCHEN-3YA", Some("MüNCHEN")),
            ("ihqwcrb4cv8a8dqg056pqjye", Some("他们为什么不说中文")),
            ("wgv71a119e", Some("日本語")),
            ("-vek", None),
            ("X", None),
            ("99999999999", None),
            ("a\u{e4}", None),
        ] {
            assert_eq!(decode(text).as_deref(), label, "{text}");
        }
    }
}
