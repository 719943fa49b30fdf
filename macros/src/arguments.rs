//! What stands in the macro: a path, and options behind it.
use syn::{
    Expr, ExprArray, Lit, LitStr, Result, Token,
    ext::IdentExt,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};
use tidings_codegen::OptionValue;

pub(crate) struct Arguments {
    pub(crate) path: LitStr,
    pub(crate) options: Vec<Argument>,
}

/// An option with its value.
pub(crate) struct Argument {
    pub(crate) name: syn::Ident,
    pub(crate) value: OptionValue,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let path = input.parse()?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        let options = Punctuated::<Argument, Token![,]>::parse_terminated(input)?;
        Ok(Self {
            path,
            options: options.into_iter().collect(),
        })
    }
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.call(syn::Ident::parse_any)?;
        input.parse::<Token![=]>()?;
        let value = value(&input.parse()?)?;
        Ok(Self { name, value })
    }
}

fn value(expression: &Expr) -> Result<OptionValue> {
    let wrong = || {
        syn::Error::new_spanned(
            expression,
            "an option is text, a list of texts, `true` or `false`",
        )
    };
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Ok(OptionValue::Text(text.value())),
            Lit::Bool(flag) => Ok(OptionValue::Flag(flag.value)),
            _ => Err(wrong()),
        },
        Expr::Array(ExprArray { elems, .. }) => {
            let texts = elems.iter().map(|item| match value(item) {
                Ok(OptionValue::Text(text)) => Ok(text),
                _ => Err(wrong()),
            });
            Ok(OptionValue::Texts(texts.collect::<Result<_>>()?))
        }
        _ => Err(wrong()),
    }
}
