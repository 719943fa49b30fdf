//! Words of code by which its parts know each other.
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeSet;

/// Adds the names of the types, traits, aliases and statics that the code defines, in what macros are given too.
pub(super) fn define(tokens: &TokenStream, names: &mut BTreeSet<String>) {
    let (mut after_keyword, mut is_macro) = (false, false);
    for token in tokens.clone() {
        let is_given = std::mem::replace(
            &mut is_macro,
            matches!(&token, TokenTree::Punct(mark) if mark.as_char() == '!'),
        );
        match token {
            TokenTree::Group(group) if is_given => define(&group.stream(), names),
            TokenTree::Ident(word) if after_keyword => {
                names.insert(word.to_string());
                after_keyword = false;
            }
            TokenTree::Ident(word) => {
                after_keyword = ["struct", "enum", "trait", "type", "static"]
                    .iter()
                    .any(|keyword| word == keyword)
            }
            _ => after_keyword = false,
        }
    }
}

/// Adds all words of the code that may stand for what another part defines: what follows `::` belongs to what stands before, and
/// variants and associated types are names of their own, and modules take for themselves what they name.
pub(super) fn mention(tokens: TokenStream, names: &mut BTreeSet<String>) {
    let mut stack = vec![(tokens, false)];
    while let Some((tokens, are_variants)) = stack.pop() {
        let (mut colons, mut is_type, mut is_enum) = (0, false, false);
        let mut is_module = false;
        for token in tokens {
            match token {
                TokenTree::Ident(word) => {
                    if colons < 2 && !is_type && !are_variants {
                        names.insert(word.to_string());
                    }
                    (colons, is_type) = (0, word == "type");
                    is_enum |= word == "enum";
                    is_module |= word == "mod";
                }
                TokenTree::Group(_) if is_module => is_module = false,
                TokenTree::Group(group) => {
                    let is_body = group.delimiter() == Delimiter::Brace;
                    stack.push((group.stream(), is_body && is_enum));
                    colons = 0;
                    is_enum &= !is_body;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                TokenTree::Punct(_) | TokenTree::Literal(_) => colons = 0,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[test]
    fn what_macros_are_told_to_define_is_defined() {
        let tokens = quote! {
            pub struct Own { used: Used }
            codegen::channels! { Own = Kind("a"); struct Filter; }
        };
        let mut found = BTreeSet::new();
        define(&tokens, &mut found);
        let defined = ["Filter", "Own"].map(str::to_owned);
        assert_eq!(found, BTreeSet::from(defined));
    }

    #[test]
    fn words_that_name_other_things_are_no_mentions() {
        let tokens = quote! {
            pub enum Set { Deref(Order), #[serde(rename = "x")] Error { at: Place }, Other }
            impl codegen::TypedMessage for Set {
                type Result = Vec<Item>;
                fn read(it: ::core::ops::Sync) -> Self { Self::Received(make::<Kept>(it)) }
            }
            mod tests { fn read(_: Used) {} }
        };
        let mut found = BTreeSet::new();
        mention(tokens, &mut found);
        for name in ["Order", "Place", "Item", "Kept", "codegen"] {
            assert!(found.contains(name), "{name}");
        }
        for name in [
            "Deref",
            "Error",
            "Other",
            "TypedMessage",
            "Result",
            "Sync",
            "Received",
            "Used",
        ] {
            assert!(!found.contains(name), "{name}");
        }
    }
}
