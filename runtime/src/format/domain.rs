//! Names of hosts: in ASCII, with labels that stand for other alphabets (RFC 5891), and in these alphabets themselves.
use super::punycode;
use crate::pattern::Pattern;

static HOSTNAME: Pattern = Pattern::new(
    r"^(?=.{1,253}$)(?!(.*\.)?(?![xX][nN])..--)[0-9A-Za-z]([0-9A-Za-z-]{0,61}[0-9A-Za-z])?(\.[0-9A-Za-z]([0-9A-Za-z-]{0,61}[0-9A-Za-z])?)*$",
);

/// Signs that a letter is joined to the next after: of the canonical combining class 9.
macro_rules! virama {
    () => {
        concat!(
            r"[\u{94D}\u{9CD}\u{A4D}\u{ACD}\u{B4D}\u{BCD}\u{C4D}\u{CCD}\u{D3B}\u{D3C}\u{D4D}\u{DCA}\u{E3A}\u{EBA}\u{F84}\u{1039}\u{103A}",
            r"\u{1714}\u{1715}\u{1734}\u{17D2}\u{1A60}\u{1B44}\u{1BAA}\u{1BAB}\u{1BF2}\u{1BF3}\u{2D7F}\u{A806}\u{A82C}\u{A8C4}\u{A953}",
            r"\u{A9C0}\u{AAF6}\u{ABED}\u{10A3F}\u{11046}\u{11070}\u{1107F}\u{110B9}\u{11133}\u{11134}\u{111C0}\u{11235}\u{112EA}\u{1134D}",
            r"\u{11442}\u{114C2}\u{115BF}\u{1163F}\u{116B6}\u{1172B}\u{11839}\u{1193D}\u{1193E}\u{119E0}\u{11A34}\u{11A47}\u{11A99}",
            r"\u{11C3F}\u{11D44}\u{11D45}\u{11D97}]",
        )
    };
}

/// What a label may have (RFC 5891, 5892): letters, digits, marks but at its beginning, hyphens but for two in the place of the sign, and
/// the signs of appendix A in their places.
static LABEL: Pattern = Pattern::new(concat!(
    r"^(?!\p{M}|..--)",
    // Digits of Arabic are of one kind.
    r"(?!.*[\u{660}-\u{669}].*[\u{6F0}-\u{6F9}])(?!.*[\u{6F0}-\u{6F9}].*[\u{660}-\u{669}])",
    // The middle dot of Katakana stands beside letters of Japanese.
    r"(?=[^\u{30FB}]*$|.*[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}])",
    "(",
    r"(?![\u{640}\u{7FA}\u{302E}\u{302F}\u{3031}-\u{3035}\u{303B}])",
    r"[0-9A-Za-z\-\p{L}\p{Mn}\p{Mc}\p{Nd}\u{6FD}\u{6FE}\u{F0B}\u{3007}\u{30FB}\u{200C}]",
    "|(?<=",
    virama!(),
    r")\u{200D}",
    r"|(?<=l)\u{B7}(?=l)",
    r"|\u{375}(?=\p{Script=Greek})",
    r"|(?<=\p{Script=Hebrew})[\u{5F3}\u{5F4}]",
    ")*$",
));

/// Whether it is a name in ASCII, whose labels of other alphabets are such.
pub(super) fn is_ascii(name: &str) -> bool {
    HOSTNAME.is_match(name) && name.split('.').filter_map(encoded).all(is_label)
}

/// Whether it is a name in any alphabet.
#[cfg(feature = "idn")]
pub(super) fn is_any(name: &str) -> bool {
    use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
    let ascii = Uts46::new().to_ascii(
        name.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::Check,
        DnsLength::Verify,
    );
    ascii.is_ok_and(|name| is_ascii(&name))
}

/// What follows the sign of a label in another alphabet.
fn encoded(label: &str) -> Option<&str> {
    let sign = label.get(..4)?;
    sign.eq_ignore_ascii_case("xn--").then(|| &label[4..])
}

fn is_label(encoded: &str) -> bool {
    punycode::decode(encoded).is_some_and(|label| LABEL.is_match(&label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(is_name: fn(&str) -> bool, valid: &[&str], invalid: &[&str]) {
        for name in valid {
            assert!(is_name(name), "{name:?}");
        }
        for name in invalid {
            assert!(!is_name(name), "{name:?}");
        }
    }

    #[test]
    fn labels_in_ascii_stand_for_legal_ones() {
        check(
            is_ascii,
            &[
                "xn--zca.org",
                "Xn--lGbBAT1AD8J",
                "xn--9n2bp8q.xn--9t4b11yi5a",
                // Signs that stand in their places.
                "xn--ll-0ea",
                "xn--wva3je",
                "xn--4dbc5h",
                "xn--vek778f",
                "xn--ngba1o",
                "xn--11b2ezcw70k",
            ],
            &[
                "xn--X",
                "xn--",
                "a.xn--hello-txk",
                "xn--07jceefgh4c",
                "xn--al-0ea",
                "xn--wva3j",
                "xn--5db1e",
                "xn--vek",
                "xn--ngb6iyr",
                "xn--02b508i",
                "XN--aa---o47jg78q",
                // A heart.
                "xn--a-n3p",
            ],
        );
    }

    #[test]
    fn names_are_of_any_alphabet() {
        check(
            is_any,
            &[
                "example.org",
                "München.de",
                "실례.테스트",
                "a\u{3002}b",
                "l\u{b7}l",
                "ßς\u{f0b}\u{3007}",
                "\u{30fb}ぁ",
                "بي\u{200c}بي",
                "क\u{94d}\u{200d}ष",
            ],
            &[
                "",
                ".",
                "example.",
                "\u{3002}example",
                "-hello",
                "a b",
                "\u{302e}실례.테스트",
                "a\u{b7}l",
                "α\u{375}S",
                "A\u{5f3}ב",
                "def\u{30fb}abc",
                "ب\u{660}\u{6f0}",
                "क\u{200d}ष",
                "x\u{200c}y",
                // Right to left and left to right.
                "a\u{5d0}",
                "xn--X",
                "♥",
            ],
        );
        let long = "ü".repeat(60);
        check(is_any, &[&long[..100]], &[&long]);
    }
}
