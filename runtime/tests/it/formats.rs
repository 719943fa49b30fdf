//! Names of hosts are judged by generated code as by the validator of whole schemas.
use serde_json::{Value, json};
use tidings::codegen::Format;
use tidings_schema::{Dialect, Schema, Validator};

/// Parts of which names are made: letters of some alphabets, signs that stand only in places, labels in ASCII of both, and signs that
/// no name has.
const PARTS: &[&str] = &[
    "a",
    "L",
    "l",
    "-",
    "0",
    ".",
    "\u{3002}",
    "\u{b7}",
    "\u{375}",
    "α",
    "S",
    "א",
    "\u{5f3}",
    "\u{5f4}",
    "\u{30fb}",
    "丈",
    "ぁ",
    "\u{660}",
    "\u{6f0}",
    "ب",
    "क",
    "\u{94d}",
    "\u{200c}",
    "\u{200d}",
    "\u{302e}",
    "실",
    "ü",
    "ß",
    "\u{327}",
    "\u{640}",
    "♥",
    "_",
    " ",
    "xn--",
    "zca",
    "vek",
    "ll-0ea",
    "ngba1o",
    "11b2ezcs70k",
    "02b508i",
    "-9uc",
    "X",
];

/// What follows two of them.
const ENDS: &[&str] = &["", "a", "l", "א", "ぁ", "\u{6f0}", "क", "-", ".a", "α"];

#[test]
fn names_of_hosts_are_judged_alike() {
    for (format, before) in [
        (Format::Hostname, ""),
        (Format::Email, "a@"),
        (Format::IdnHostname, ""),
        (Format::IdnEmail, "ä@"),
    ] {
        let schema = Schema::new(json!({ "format": format.name() }), Dialect::AsyncApi);
        let whole = Validator::compile(&schema).unwrap();
        for name in names() {
            let name = format!("{before}{name}");
            let is_valid = whole.is_valid(&Value::from(&*name));
            assert_eq!(format.has(&name), is_valid, "{name:?} as {}", format.name());
        }
    }
}

fn names() -> impl Iterator<Item = String> {
    let pairs = PARTS
        .iter()
        .flat_map(|one| PARTS.iter().map(move |other| format!("{one}{other}")));
    pairs.flat_map(|pair| ENDS.iter().map(move |end| format!("{pair}{end}")))
}
