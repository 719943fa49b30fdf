//! What is told of single types, by the place of their schemas in the document.
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::{BTreeMap, HashMap};
use syn::parse::Parser;
use tidings_config::{Key, Kind, key};
use tidings_document::{
    FileId,
    api::{Api, Schema, SchemaId},
    nearest,
};

/// The keys under a schema in `generate.rust.types` of `tidings.toml`.
pub(crate) static CUSTOM: &[Key] = &[
    key(
        "extern",
        Kind::Text,
        "Path of a type in the place of one that is generated.",
    ),
    key("derive", Kind::Texts, "Traits to derive besides."),
    key("attributes", Kind::Texts, "Attributes to write above it."),
];

/// What is told of a type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Custom {
    /// Path of a type in its place, which reads and writes itself, can be cloned, compared and shown.
    pub by: Option<String>,
    /// Traits to derive besides, by their paths.
    pub derive: Vec<String>,
    /// Attributes to write above it.
    pub attributes: Vec<String>,
}

/// What is told of types under references to their schemas, as they would stand in the document: `#/components/schemas/Order`, or with
/// the file before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Customs(pub BTreeMap<String, Custom>);

impl Customs {
    /// Whether what is told can be done.
    ///
    /// # Errors
    /// When there is no such schema, or something is not Rust.
    pub fn check(&self, api: &Api<'_>) -> Result<(), String> {
        self.0.iter().try_for_each(|(place, custom)| {
            if find(api, place).is_none() {
                let mut told = format!("there is no schema `{place}`");
                let known: Vec<_> = api
                    .schemas
                    .iter()
                    .map(|schema| shown(api, schema))
                    .collect();
                if let Some(near) = nearest(place, known.iter().map(String::as_str)) {
                    told = told + "; did you mean `" + near + "`?";
                }
                return Err(told);
            }
            custom
                .check()
                .map_err(|wrong| format!("`{place}`: {wrong}"))
        })
    }

    /// By the schemas themselves; what has none is left out.
    pub(crate) fn of(&self, api: &Api<'_>) -> HashMap<SchemaId, Custom> {
        let found = self.0.iter();
        found
            .filter_map(|(place, custom)| Some((find(api, place)?, custom.clone())))
            .collect()
    }

    /// These, and others for schemas of which these say nothing.
    #[must_use]
    pub fn or(mut self, others: Self) -> Self {
        for (place, custom) in others.0 {
            self.0.entry(place).or_insert(custom);
        }
        self
    }
}

fn find(api: &Api<'_>, place: &str) -> Option<SchemaId> {
    let mut schemas = (0..).map(SchemaId).zip(&api.schemas);
    let found = schemas.find(|(_, schema)| shown(api, schema) == place);
    found.map(|(id, _)| id)
}

/// A reference to a schema from the document.
fn shown(api: &Api<'_>, schema: &Schema<'_>) -> String {
    let (sources, file) = (api.document.sources(), schema.node.span.file);
    let folder = sources.location(FileId(0)).parent();
    let path = sources.location(file);
    let path = folder
        .and_then(|folder| path.strip_prefix(folder).ok())
        .unwrap_or(path);
    match file {
        FileId(0) => format!("#{}", schema.pointer),
        _ => format!("{}#{}", path.display(), schema.pointer),
    }
}

impl Custom {
    fn check(&self) -> Result<(), String> {
        if let Some(path) = &self.by {
            rust_type(path)?;
        }
        self.above().map(|_| ())
    }

    /// The attributes, the derive first.
    pub(crate) fn above(&self) -> Result<TokenStream, String> {
        let paths = self.derive.iter().map(|path| {
            let parsed = syn::parse_str::<syn::Path>(path);
            parsed.map_err(|_| format!("`{path}` is no path of a trait"))
        });
        let paths = paths.collect::<Result<Vec<_>, _>>()?;
        let attributes = self.attributes.iter().map(|text| {
            let parsed = syn::Attribute::parse_outer.parse_str(text);
            parsed.map_err(|_| format!("`{text}` is no attribute, as `#[…]` is"))
        });
        let attributes = attributes.collect::<Result<Vec<_>, _>>()?;
        let attributes = attributes.iter().flatten();
        let derive = (!paths.is_empty()).then(|| quote!(#[derive(#(#paths),*)]));
        Ok(quote!(#derive #(#attributes)*))
    }
}

/// A type by its path.
pub(crate) fn rust_type(path: &str) -> Result<TokenStream, String> {
    match syn::parse_str::<syn::TypePath>(path) {
        Ok(path) => Ok(quote!(#path)),
        Err(_) => Err(format!("`{path}` is no path of a type")),
    }
}
