//! What the macro becomes: the tokens of the module, and constants by which the compiler knows the files that it was made of.
use crate::arguments::Arguments;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use std::path::Path;
use tidings_codegen::{Failure, Made, Source};

/// The code for what stands in the macro, within a package.
pub(crate) fn expand(input: TokenStream, package: &Path) -> TokenStream {
    let arguments = match syn::parse2::<Arguments>(input) {
        Ok(arguments) => arguments,
        Err(error) => return error.to_compile_error(),
    };
    let mut source = Source::new(package.join(arguments.path.value()));
    for option in arguments.options {
        let name = option.name.to_string().replace('_', "-");
        if let Err(wrong) = source.set(&name, option.value, package) {
            return error(option.name.span(), &wrong);
        }
    }
    match source.make() {
        Ok(made) => code(&made),
        Err(failure) => errors(arguments.path.span(), &failure, package),
    }
}

/// The module, and its files as bytes of nothing: the compiler looks at what is included.
fn code(made: &Made) -> TokenStream {
    let files = made.files.iter().filter_map(|file| file.to_str());
    let module = made.text.parse::<TokenStream>();
    let module = module.unwrap_or_else(|wrong| error(Span::call_site(), &wrong.to_string()));
    quote! {
        #(const _: &[u8] = ::core::include_bytes!(#files);)*
        #module
    }
}

/// An error for everything that is wrong, its file named from the package.
fn errors(place: Span, failure: &Failure, package: &Path) -> TokenStream {
    let package = format!("{}{}", package.display(), std::path::MAIN_SEPARATOR);
    let summary = [failure.summary().to_owned()];
    let told = match failure.findings() {
        [] => &summary,
        findings => findings,
    };
    told.iter()
        .map(|line| error(place, &line.replace(&package, "")))
        .collect()
}

fn error(place: Span, message: &str) -> TokenStream {
    quote_spanned!(place=> ::core::compile_error!(#message);)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    /// What the macro becomes with this in it.
    fn expanded(input: &str) -> String {
        let input = input.parse().expect("tokens");
        expand(input, package()).to_string()
    }

    #[test]
    fn the_module_is_that_of_every_other_way() {
        let made = Source::new(package().join("../specs/orders.asyncapi.yaml")).make();
        let text = made.expect("made").text;
        let module = text.parse::<TokenStream>().expect("Rust").to_string();
        let expanded = expanded("\"../specs/orders.asyncapi.yaml\"");
        assert!(expanded.ends_with(&module));
        let before = &expanded[..expanded.len() - module.len()];
        assert_eq!(before.matches("include_bytes").count(), 1, "{before}");
        assert!(before.contains("specs/orders.asyncapi.yaml"), "{before}");
    }

    #[test]
    fn options_have_the_names_of_the_configuration() {
        let client =
            expanded("\"../specs/orders.asyncapi.yaml\", role = \"counterpart\", config = false,");
        let all = expanded("\"../specs/orders.asyncapi.yaml\", all_schemas = true");
        assert!(
            client.len() < all.len() && !client.contains("compile_error"),
            "{client}"
        );
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (input, told) in [
            ("", "expected string literal"),
            (
                "\"a.yaml\", role = both",
                "an option is text, a list of texts, `true` or `false`",
            ),
            (
                "\"a.yaml\", rol = \"both\"",
                "there is no option `rol`; did you mean `role`?",
            ),
            ("\"a.yaml\", role = true", "`role` must be text"),
            (
                "\"a.yaml\", roots = \"a\"",
                "`roots` must be a list of texts",
            ),
            ("\"no/such.yaml\"", "`no/such.yaml` does not exist"),
        ] {
            let expanded = expanded(input);
            assert!(
                expanded.contains("compile_error") && expanded.contains(told),
                "{expanded}"
            );
        }
    }
}
