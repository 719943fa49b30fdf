//! Words of code by which its parts know each other.
use proc_macro2::{Delimiter, Ident};
use std::collections::{BTreeSet, HashSet};
use syn::buffer::Cursor;

/// A token, where the tokens in a group are still to be gone through.
enum Token<'a> {
    Word(Ident),
    Group(Cursor<'a>, Delimiter),
    Mark(char),
    Other,
}

/// Tokens one after the other, none of which is copied but words.
struct Tokens<'a>(Cursor<'a>);

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let at = self.0;
        let (token, next) = if let Some((word, next)) = at.ident() {
            (Token::Word(word), next)
        } else if let Some((inner, delimiter, _, next)) = at.any_group() {
            (Token::Group(inner, delimiter), next)
        } else if let Some((mark, next)) = at.punct() {
            (Token::Mark(mark.as_char()), next)
        } else if let Some((_, next)) = at.lifetime() {
            (Token::Other, next)
        } else {
            (Token::Other, at.literal()?.1)
        };
        self.0 = next;
        Some(token)
    }
}

/// Adds the names of the types, traits, aliases and statics that the code defines, in what macros are given too.
pub(super) fn define(code: Cursor<'_>, names: &mut BTreeSet<String>) {
    let (mut after_keyword, mut is_macro) = (false, false);
    for token in Tokens(code) {
        let is_given = std::mem::replace(&mut is_macro, matches!(token, Token::Mark('!')));
        match token {
            Token::Group(inner, _) if is_given => define(inner, names),
            Token::Word(word) if after_keyword => {
                names.insert(word.to_string());
                after_keyword = false;
            }
            Token::Word(word) => {
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
pub(super) fn mention(code: Cursor<'_>, names: &mut HashSet<String>) {
    let mut stack = vec![(code, false)];
    while let Some((code, are_variants)) = stack.pop() {
        let (mut colons, mut is_type, mut is_enum) = (0, false, false);
        let mut is_module = false;
        for token in Tokens(code) {
            match token {
                Token::Word(word) => {
                    if colons < 2 && !is_type && !are_variants {
                        names.insert(word.to_string());
                    }
                    (colons, is_type) = (0, word == "type");
                    is_enum |= word == "enum";
                    is_module |= word == "mod";
                }
                Token::Group(..) if is_module => is_module = false,
                Token::Group(inner, delimiter) => {
                    let is_body = delimiter == Delimiter::Brace;
                    stack.push((inner, is_body && is_enum));
                    colons = 0;
                    is_enum &= !is_body;
                }
                Token::Mark(':') => colons += 1,
                Token::Mark(_) | Token::Other => colons = 0,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;
    use syn::buffer::TokenBuffer;

    #[test]
    fn what_macros_are_told_to_define_is_defined() {
        let tokens = quote! {
            pub struct Own { used: Used }
            codegen::channels! { Own = Kind("a"); struct Filter; }
        };
        let mut found = BTreeSet::new();
        define(TokenBuffer::new2(tokens).begin(), &mut found);
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
        let mut found = HashSet::new();
        mention(TokenBuffer::new2(tokens).begin(), &mut found);
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
