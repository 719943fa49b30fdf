//! Prints the IR: Rust through tokens, in an order that is always the same.
mod about;
mod avro;
mod branch;
mod call;
mod channel;
mod check;
mod client;
mod code;
mod construct;
mod contract;
mod correlation;
mod custom;
mod derives;
mod files;
mod given;
mod handler;
mod headers;
mod key;
mod limits;
mod lines;
mod listed;
mod message;
mod numbers;
mod package;
mod protobuf;
mod register;
mod requirement;
mod server;
mod service;
mod set;
mod stand_in;
mod types;
mod union;
mod value;
mod whole;
mod words;

use crate::{
    DateTimes,
    custom::rust_type,
    ir::{Format, Ir, Native, Slot, Ty},
};
pub(crate) use call::call;
pub(crate) use files::files;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use tidings_document::masked_everywhere;

/// An identifier that `names` has given.
fn ident(name: &str) -> Ident {
    match name.strip_prefix("r#") {
        Some(raw) => Ident::new_raw(raw, Span::call_site()),
        None => Ident::new(name, Span::call_site()),
    }
}

/// Lines as a doc comment, without credentials.
fn docs<S: AsRef<str>>(lines: &[S]) -> TokenStream {
    let lines = lines.iter().map(|line| match line.as_ref() {
        "" => String::new(),
        line => masked_everywhere(&format!(" {line}")).into_owned(),
    });
    quote!(#(#[doc = #lines])*)
}

fn doc(line: &str) -> TokenStream {
    docs(&[line])
}

/// JSON as a literal that can be read.
fn json(value: &serde_json::Value) -> TokenStream {
    json_text(&value.to_string())
}

/// The same of its text, of plain characters only.
fn json_text(json: &str) -> TokenStream {
    let mut text = String::new();
    for c in json.chars() {
        match c {
            ' '..='~' => text.push(c),
            other => {
                let units = other.encode_utf16(&mut [0; 2]).to_vec();
                text.extend(units.into_iter().map(|unit| format!("\\u{unit:04x}")));
            }
        }
    }
    if !text.contains(['"', '\\']) {
        return quote!(#text);
    }
    let mut fence = "#".to_owned();
    while text.contains(&format!("\"{fence}")) {
        fence.push('#');
    }
    let literal = format!("r{fence}\"{text}\"{fence}").parse();
    let literal: Literal = literal.unwrap_or_else(|_| Literal::string(&text));
    quote!(#literal)
}

/// The Rust type of a slot.
fn ty(ir: &Ir, slot: &Slot) -> TokenStream {
    let plain = base_ty(ir, slot);
    let boxed = if slot.boxed {
        quote!(Box<#plain>)
    } else {
        plain
    };
    if slot.nullable {
        quote!(Option<#boxed>)
    } else {
        boxed
    }
}

fn base_ty(ir: &Ir, slot: &Slot) -> TokenStream {
    match &slot.ty {
        Ty::Bool => quote!(bool),
        Ty::Int(name) => {
            let name = ident(name);
            quote!(#name)
        }
        Ty::Float => quote!(f64),
        Ty::Decimal => quote!(codegen::Decimal),
        Ty::Text(Format::Plain) => quote!(String),
        Ty::Text(Format::Uuid) => quote!(codegen::uuid::Uuid),
        Ty::Text(Format::DateTime) => date_time(ir.date_time),
        Ty::Text(Format::Base64) => quote!(codegen::Base64),
        Ty::Text(Format::Day) => quote!(codegen::Date),
        Ty::Text(Format::Timestamp) => quote!(codegen::jiff::Timestamp),
        Ty::Text(Format::Date) => quote!(codegen::jiff::civil::Date),
        Ty::Text(Format::Ipv4) => quote!(::std::net::Ipv4Addr),
        Ty::Text(Format::Ipv6) => quote!(::std::net::Ipv6Addr),
        Ty::Json if ir.is_exact => quote!(codegen::Json),
        Ty::Json => quote!(codegen::serde_json::Value),
        Ty::Bytes => quote!(codegen::Bytes),
        Ty::Native(native) => self::native(*native),
        Ty::List(item) => {
            let item = ty(ir, item);
            quote!(Vec<#item>)
        }
        Ty::Map(value) => {
            let value = ty(ir, value);
            quote!(::std::collections::BTreeMap<String, #value>)
        }
        Ty::Keyed(key, value) => {
            let (key, value) = (ident(key), ty(ir, value));
            quote!(::std::collections::BTreeMap<#key, #value>)
        }
        Ty::Tuple(items) => {
            let items = items.iter().map(|item| ty(ir, item));
            quote!((#(#items,)*))
        }
        Ty::Def(id) => {
            let name = ident(&ir.defs[*id].ident);
            quote!(#name)
        }
        // What is no Rust was refused before.
        Ty::Foreign(path) => rust_type(path).unwrap_or_default(),
    }
}

/// What a `date-time` is in Rust, where it is no text.
fn date_time(which: DateTimes) -> TokenStream {
    match which {
        DateTimes::Tidings | DateTimes::Text => quote!(codegen::DateTime),
        DateTimes::Jiff => quote!(codegen::JiffTimestamp),
        DateTimes::Chrono => quote!(codegen::ChronoDateTime),
        DateTimes::Time => quote!(codegen::TimeOffsetDateTime),
    }
}

fn native(native: Native) -> TokenStream {
    match native {
        Native::Nothing => quote!(()),
        Native::Value => quote!(codegen::serde_json::Value),
        Native::Float => quote!(f32),
        Native::Double => quote!(f64),
        Native::Bytes => quote!(codegen::Bytes),
        Native::Fixed(size) => {
            let size = Literal::usize_unsuffixed(size);
            quote!(codegen::avro::Fixed<#size>)
        }
        Native::Decimal => quote!(codegen::avro::Decimal),
        Native::Time => quote!(codegen::jiff::civil::Time),
        Native::DateTime => quote!(codegen::jiff::civil::DateTime),
        Native::Duration => quote!(codegen::avro::Duration),
        Native::Protobuf(name) => {
            let name = ident(name);
            quote!(codegen::protobuf::#name)
        }
    }
}

/// An integer literal without a suffix, in groups of three digits where it is long.
fn integer(value: i128) -> TokenStream {
    let digits = grouped(&value.unsigned_abs().to_string());
    let literal: Literal = digits
        .parse()
        .unwrap_or_else(|_| Literal::i128_unsuffixed(0));
    if value < 0 {
        quote!(-#literal)
    } else {
        quote!(#literal)
    }
}

/// A float literal that is read as one, its digits in groups where they are many.
fn float(value: f64) -> TokenStream {
    if is_like_a_constant(value.abs()) {
        return fraction_of_integers(value);
    }
    let text = format!("{:?}", value.abs());
    let (mantissa, exponent) = text
        .split_once('e')
        .map_or((&*text, String::new()), |(mantissa, exponent)| {
            (mantissa, format!("e{exponent}"))
        });
    let (whole, rest) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let text = format!("{}.{}{exponent}", grouped(whole), fraction(rest));
    let literal: Literal = text
        .parse()
        .unwrap_or_else(|_| Literal::f64_unsuffixed(0.0));
    if value.is_sign_negative() {
        quote!(-#literal)
    } else {
        quote!(#literal)
    }
}

/// The number as a quotient, which is exactly the same where both parts are exact.
fn fraction_of_integers(value: f64) -> TokenStream {
    let text = format!("{value:?}");
    let digits = text.split_once('.').map_or(0, |(_, digits)| digits.len());
    let scale = format!("1{}", "0".repeat(digits));
    let parts = [text.replace('.', ""), scale].map(|part| part.parse().unwrap_or_default());
    let [numerator, denominator] = parts.map(float);
    quote!(#numerator / #denominator)
}

/// Whether readers, and clippy, would take the number for a constant of mathematics; a limit of a document is none.
fn is_like_a_constant(value: f64) -> bool {
    use std::f64::consts;
    const KNOWN: [f64; 19] = [
        consts::E,
        consts::FRAC_1_PI,
        consts::FRAC_1_SQRT_2,
        consts::FRAC_2_PI,
        consts::FRAC_2_SQRT_PI,
        consts::FRAC_PI_2,
        consts::FRAC_PI_3,
        consts::FRAC_PI_4,
        consts::FRAC_PI_6,
        consts::FRAC_PI_8,
        consts::LN_2,
        consts::LN_10,
        consts::LOG10_2,
        consts::LOG10_E,
        consts::LOG2_10,
        consts::LOG2_E,
        consts::PI,
        consts::SQRT_2,
        consts::TAU,
    ];
    let long = format!("{value:?}").len() > 3;
    long && KNOWN.iter().any(|known| (known - value).abs() < 0.005)
}

fn grouped(digits: &str) -> String {
    if digits.len() < 5 {
        return digits.to_owned();
    }
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}

fn fraction(digits: &str) -> String {
    if digits.len() < 5 {
        return digits.to_owned();
    }
    let groups: Vec<String> = digits
        .as_bytes()
        .chunks(3)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    groups.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_grouped() {
        let floats = [
            0.5,
            0.3,
            -12_345.678_901,
            1.844_674_407_370_955_2e19,
            1e300,
            5e-324,
            "3.1415".parse().unwrap(),
        ]
        .map(|value| float(value).to_string());
        assert_eq!(
            floats,
            [
                "0.5",
                "0.3",
                "- 12_345.678_901",
                "1.844_674_407_370_955_2e19",
                "1.0e300",
                "5.0e-324",
                "31_415.0 / 10_000.0"
            ]
        );
        let integers =
            [0, 1000, -10000, i128::from(u64::MAX)].map(|value| integer(value).to_string());
        assert_eq!(
            integers,
            ["0", "1000", "- 10_000", "18_446_744_073_709_551_615"]
        );
    }
}
