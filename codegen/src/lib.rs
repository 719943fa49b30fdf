//! Generates Rust producers and consumers from an AsyncAPI document: a crate or a single module of types, messages,
//! channels, a client and a service trait over the runtime crate `tidings`.
//!
//! [`generate`] is a pure function. Lowering decides everything, names are given in one place, emitters only print.
mod docs;
mod emit;
mod ir;
mod lower;
mod names;
mod note;
mod settings;

use tidings_document::{Diagnostic, api::Api};

pub use note::RULES;
pub use settings::{File, Layout, Role, Runtime, Settings, sha256};

/// Generates the files for a document, and tells where they say less than the document does. The same document and
/// settings always give the same bytes.
#[must_use]
pub fn generate(api: &Api<'_>, settings: &Settings) -> (Vec<File>, Vec<Diagnostic>) {
    let (mut ir, notes) = lower::lower(api, settings);
    names::assign(&mut ir);
    (emit::files(&ir, settings), notes)
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
    fn unknown_properties_are_kept_on_request_and_where_the_schema_lets_them_in() {
        let object = |more: &str| {
            format!(r#""S0":{{"type":"object","properties":{{"a":{{"type":"string"}}}}{more}}}"#)
        };
        let keep = Settings {
            keep_unknown: true,
            ..Settings::default()
        };
        let extra = "pub extra: ::std::collections::BTreeMap<String, codegen::serde_json::Value>";
        assert!(module_with(&object(""), &keep).contains(extra));
        assert!(!module(&object("")).contains("extra"));
        assert!(module(&object(r#","additionalProperties":true"#)).contains(extra));
        let closed = module_with(&object(r#","additionalProperties":false"#), &keep);
        assert!(closed.contains("deny_unknown_fields") && !closed.contains("extra"));
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
    fn choices_that_lead_in_circles_end() {
        let circle = format!(
            r#""S0":{{"anyOf":[{},{{"type":"null"}}]}},"S1":{{"oneOf":[{},{{"type":"null"}}]}}"#,
            link(1),
            link(0)
        );
        assert!(module(&circle).contains("pub struct M "));
    }
}
