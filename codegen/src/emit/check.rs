//! What types do not say of values, as statics that the runtime goes through.
use super::{float, ident, integer, json_text};
use crate::ir::{Check, Checks, ChecksIdx, Ir, Properties};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeMap;

/// The statics of all checks that have a name.
pub(super) fn statics(ir: &Ir) -> impl Iterator<Item = TokenStream> {
    let texts = Texts::of(ir);
    let named = ir.checks.iter().filter(|checks| checks.number.is_some());
    let named = named.map(|checks| {
        let name = own_name(checks);
        let list = list(ir, &texts, checks);
        quote!(pub(crate) static #name: codegen::Checks = #list;)
    });
    let named: Vec<_> = named.collect();
    named.into_iter().chain(texts.statics())
}

/// The static of checks that code asks for.
pub(super) fn name(ir: &Ir, index: ChecksIdx) -> TokenStream {
    let name = own_name(&ir.checks[index]);
    quote!(#name)
}

fn own_name(checks: &Checks) -> Ident {
    format_ident!("CHECKS_{}", checks.number.unwrap_or_default())
}

/// Patterns and lists of values, which the runtime reads once.
struct Texts {
    patterns: BTreeMap<String, Ident>,
    listed: BTreeMap<String, (Ident, TokenStream)>,
}

impl Texts {
    /// Those of all checks that are written.
    fn of(ir: &Ir) -> Self {
        let (mut patterns, mut listed) = (BTreeMap::new(), BTreeMap::new());
        for check in written(ir) {
            let properties = match check {
                Check::Properties(properties) => &properties.patterned[..],
                _ => &[],
            };
            let own = match check {
                Check::Pattern(pattern) => Some(pattern),
                _ => None,
            };
            for pattern in properties.iter().map(|(pattern, _)| pattern).chain(own) {
                let name = format_ident!("PATTERN_{}", patterns.len() + 1);
                patterns.entry(pattern.clone()).or_insert(name);
            }
            if let Check::Listed(values) = check {
                let name = format_ident!("LISTED_{}", listed.len() + 1);
                let text = json_text(values);
                listed.entry(values.clone()).or_insert((name, text));
            }
        }
        Self { patterns, listed }
    }

    fn pattern(&self, pattern: &str) -> TokenStream {
        let name = self.patterns.get(pattern);
        quote!(&#name)
    }

    fn statics(self) -> impl Iterator<Item = TokenStream> {
        let patterns = self.patterns.into_iter().map(
            |(text, name)| quote!(static #name: codegen::Pattern = codegen::Pattern::new(#text);),
        );
        let listed = self.listed.into_values().map(
            |(name, text)| quote!(static #name: codegen::Listed = codegen::Listed::new(#text);),
        );
        patterns.chain(listed)
    }
}

/// All checks that statics have inside.
fn written(ir: &Ir) -> Vec<&Check> {
    let mut todo: Vec<&Checks> = ir
        .checks
        .iter()
        .filter(|checks| checks.number.is_some())
        .collect();
    let mut found = Vec::new();
    while let Some(checks) = todo.pop() {
        for check in &checks.list {
            found.push(check);
            let inner = check.inner().into_iter().map(|index| &ir.checks[index]);
            todo.extend(inner.filter(|checks| checks.number.is_none()));
        }
    }
    found
}

/// Checks within others.
fn inner(ir: &Ir, texts: &Texts, index: ChecksIdx) -> TokenStream {
    let checks = &ir.checks[index];
    if checks.number.is_none() {
        return list(ir, texts, checks);
    }
    let name = own_name(checks);
    quote!(&[codegen::Check::Same(&#name)])
}

fn list(ir: &Ir, texts: &Texts, checks: &Checks) -> TokenStream {
    let list = checks.list.iter().map(|check| {
        let check = one(ir, texts, check);
        quote!(codegen::Check::#check)
    });
    quote!(&[#(#list),*])
}

/// A check without its path.
fn one(ir: &Ir, texts: &Texts, check: &Check) -> TokenStream {
    let inner = |index: &ChecksIdx| inner(ir, texts, *index);
    let all = |indices: &[ChecksIdx]| {
        let all = indices.iter().map(inner);
        quote!(&[#(#all),*])
    };
    match check {
        Check::Bare(name) => {
            let name = ident(name);
            quote!(#name)
        }
        Check::Types(kinds) => {
            let kinds = kinds.iter().map(|kind| ident(kind));
            quote!(Types(&[#(codegen::Kind::#kinds),*]))
        }
        Check::Listed(values) => {
            let name = texts.listed.get(values).map(|(name, _)| name);
            quote!(Listed(&#name))
        }
        Check::Number(name, limit) => {
            let (name, limit) = (ident(name), float(*limit));
            quote!(#name(#limit))
        }
        Check::Count(name, count) => {
            let (name, count) = (ident(name), size(*count));
            quote!(#name(#count))
        }
        Check::Pattern(pattern) => {
            let pattern = texts.pattern(pattern);
            quote!(Pattern(#pattern))
        }
        Check::Format(format) => {
            let format = ident(format);
            quote!(Format(codegen::Format::#format))
        }
        Check::Items(first, rest) => {
            let (first, rest) = (all(first), inner(rest));
            quote!(Items(#first, #rest))
        }
        Check::Contains(checks, least, most) => {
            let (checks, least, most) = (inner(checks), size(*least), size(*most));
            quote!(Contains(#checks, #least, #most))
        }
        Check::Required(names) => quote!(Required(&[#(#names),*])),
        Check::Properties(properties) => self::properties(properties, texts, inner),
        Check::Dependent(name, checks) => {
            let checks = inner(checks);
            quote!(Dependent(#name, #checks))
        }
        Check::One(name, checks) => {
            let (name, checks) = (ident(name), inner(checks));
            quote!(#name(#checks))
        }
        Check::Many(name, checks) => {
            let (name, checks) = (ident(name), all(checks));
            quote!(#name(#checks))
        }
        Check::If(parts) => {
            let parts = parts.iter().map(inner);
            quote!(If(#(#parts),*))
        }
    }
}

fn properties(
    properties: &Properties,
    texts: &Texts,
    inner: impl Fn(&ChecksIdx) -> TokenStream,
) -> TokenStream {
    let named = properties.named.iter().map(|(name, checks)| {
        let checks = inner(checks);
        quote!((#name, #checks))
    });
    let patterned = properties.patterned.iter().map(|(pattern, checks)| {
        let (pattern, checks) = (texts.pattern(pattern), inner(checks));
        quote!((#pattern, #checks))
    });
    let rest = inner(&properties.rest);
    quote!(Properties(&[#(#named),*], &[#(#patterned),*], #rest))
}

/// A count that every machine has.
fn size(count: u64) -> TokenStream {
    integer(i128::from(count.min(u64::from(u32::MAX))))
}
