//! Generates Rust producers and consumers from an AsyncAPI document: a crate or a single module of types, messages,
//! channels, a client and a service trait over the runtime crate `tidings`.
//!
//! [`generate`] is a pure function. Lowering decides everything, names are given in one place, emitters only print.
//! [`Source`] is a document by its path, with the options that all ways in have, and [`build`] is it in a build script:
//!
//! ```no_run
//! fn main() -> Result<(), tidings_codegen::Failure> {
//!     tidings_codegen::build("orders.asyncapi.yaml")
//! }
//! ```
mod broker;
mod build;
mod custom;
mod date_times;
mod docs;
mod emit;
mod failure;
mod ir;
mod lower;
mod names;
mod note;
mod options;
mod selection;
mod settings;
mod source;
mod templates;
mod validate;

use tidings_document::{
    Diagnostic,
    api::{Api, OperationId},
};

pub use broker::{BROKERS, Broker};
pub use build::{Build, build};
pub use custom::{Custom, Customs};
pub use date_times::DateTimes;
pub use failure::Failure;
pub use note::RULES;
pub use options::{OPTIONS, OptionValue, Options};
pub use selection::Selection;
pub use settings::{File, Layout, Numbers, Role, Runtime, Settings, Unknown, fingerprint, sha256};
pub use source::{Made, Source};
pub use templates::Templates;
pub use validate::Validate;

/// Generates the files for a document, and tells where they say less than the document does. The same document and
/// settings always give the same bytes.
#[must_use]
pub fn generate(api: &Api<'_>, settings: &Settings) -> (Vec<File>, Vec<Diagnostic>) {
    let (plan, notes) = plan(api, settings);
    (plan.files(settings), notes)
}

/// All that the files for a document will say. It needs the document no more, which is large beside it.
#[derive(Debug)]
pub struct Plan(ir::Ir);

/// The first half of [`generate`].
#[must_use]
pub fn plan(api: &Api<'_>, settings: &Settings) -> (Plan, Vec<Diagnostic>) {
    let (mut ir, notes) = lower::lower(api, settings);
    names::assign(&mut ir);
    (Plan(ir), notes)
}

impl Plan {
    /// The files, with the settings that it was made with.
    #[must_use]
    pub fn files(&self, settings: &Settings) -> Vec<File> {
        emit::files(&self.0, settings)
    }

    /// What those on the other side of each operation do for their part of it, as Rust that compiles with the generated crate.
    #[must_use]
    pub fn calls(&self, settings: &Settings) -> Vec<(OperationId, String)> {
        let package = settings.package(&self.0.title);
        let operations = self.0.operations.iter();
        let calls = operations.filter_map(|operation| {
            let call = emit::call(&self.0, operation, &package)?;
            Some((operation.source, call))
        });
        calls.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Generates from a document whose only message has the schema `S0`, and gives the code.
    fn module(schemas: &str) -> String {
        module_with(schemas, &Settings::default())
    }

    fn module_with(schemas: &str, settings: &Settings) -> String {
        let text = format!(
            r##"{{"asyncapi":"3.0.0","info":{{"title":"T","version":"1.0.0"}},
            "channels":{{"c":{{"address":"c","messages":{{"m":{{"payload":{{"$ref":"#/components/schemas/S0"}}}}}}}}}},
            "operations":{{"o":{{"action":"receive","channel":{{"$ref":"#/channels/c"}}}}}},
            "components":{{"schemas":{{{schemas}}}}}}}"##
        );
        let reading = tidings_document::Settings::default();
        let (document, _) =
            tidings_document::open_text(Path::new("t.json"), text.into_bytes(), &reading).unwrap();
        let (api, _) = tidings_document::read(&document);
        let settings = Settings {
            layout: Layout::Module,
            ..settings.clone()
        };
        let mut files = generate(&api.unwrap(), &settings).0;
        files.remove(0).text
    }

    fn link(number: usize) -> String {
        format!(r##"{{"$ref":"#/components/schemas/S{number}"}}"##)
    }

    /// Schemas `S0`, `S1` … of which each is made from the next; the last is an object.
    fn chain(length: usize, of_next: impl Fn(String) -> String) -> String {
        let each =
            (0..length).map(|number| format!(r#""S{number}":{},"#, of_next(link(number + 1))));
        each.collect::<String>() + &format!(r#""S{length}":{{"type":"object"}}"#)
    }

    #[test]
    fn unknown_properties_are_kept_unless_the_schema_or_the_settings_do_not_let_them_in() {
        let object = |more: &str| {
            format!(r#""S0":{{"type":"object","properties":{{"a":{{"type":"string"}}}}{more}}}"#)
        };
        let extra = "pub extra: ::std::collections::BTreeMap<String, codegen::serde_json::Value>";
        for (unknown, kept) in [
            (Unknown::Keep, [true, true, false]),
            (Unknown::Drop, [false, true, false]),
            (Unknown::Refuse, [false, true, false]),
        ] {
            let settings = Settings {
                unknown,
                ..Settings::default()
            };
            let more = [
                "",
                r#","additionalProperties":true"#,
                r#","additionalProperties":false"#,
            ];
            for (more, kept) in more.into_iter().zip(kept) {
                let text = module_with(&object(more), &settings);
                let refuses = more.contains("false") || (unknown == Unknown::Refuse && !kept);
                assert_eq!(text.contains(extra), kept, "{unknown:?} {more}");
                assert_eq!(
                    text.contains("deny_unknown_fields"),
                    refuses,
                    "{unknown:?} {more}"
                );
            }
        }
    }

    #[test]
    fn the_name_of_the_document_cannot_turn_the_header_around() {
        let settings = Settings {
            source: "a\u{202e}\nb.yaml".to_owned(),
            ..Settings::default()
        };
        let text = module_with(r#""S0":{}"#, &settings);
        assert!(text.starts_with("// @generated by tidings") && text.contains(" from ab.yaml ("));
    }

    #[test]
    fn schemas_that_multiply_are_sized_once() {
        let schemas = chain(80, |next| {
            format!(r#"{{"required":["a","b"],"properties":{{"a":{next},"b":{next},"c":{next}}}}}"#)
        });
        assert!(module(&schemas).contains("pub struct S79 "));
    }

    #[test]
    fn long_chains_of_references_overflow_nothing() {
        let objects = chain(3000, |next| {
            format!(r#"{{"required":["n"],"properties":{{"n":{next}}}}}"#)
        });
        assert!(module(&objects).contains("pub struct S2999 "));
        let lists = chain(3000, |next| format!(r#"{{"type":"array","items":{next}}}"#));
        assert!(module(&lists).contains("pub type S2999 "));
        let merged = chain(1000, |next| {
            format!(r#"{{"allOf":[{next}],"properties":{{"a":{{}}}}}}"#)
        });
        assert!(module(&merged).contains("pub struct S0 "));
        let choices = chain(1000, |next| {
            format!(r#"{{"anyOf":[{next},{{"type":"null"}}]}}"#)
        });
        assert!(module(&choices).contains("pub struct M "));
    }

    #[test]
    fn lists_of_lists_end_before_the_compiler_gives_up() {
        let schema = (0..60).fold(r#"{"type":"string"}"#.to_owned(), |item, _| {
            format!(r#"{{"type":"array","items":{item}}}"#)
        });
        let text = module(&format!(r#""S0":{schema}"#));
        assert_eq!(text.matches("Vec<").count(), 26);
    }

    #[test]
    fn choices_that_lead_in_circles_end() {
        let circle = format!(
            r#""S0":{{"anyOf":[{},{{"type":"null"}}]}},"S1":{{"oneOf":[{},{{"type":"null"}}]}}"#,
            link(1),
            link(0)
        );
        assert!(module(&circle).contains("pub struct M "));
    }
}
