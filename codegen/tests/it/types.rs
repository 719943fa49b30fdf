//! The types that schemas become, and what is noted where they become none: `types.txt` has a line of schemas each, of which the
//! first is a payload or `v` a property of it, and below it the types without attributes and visibility.
use std::path::Path;

use expect_test::expect_file;
use syn::{File, Item};
use tidings_codegen::{Layout, Settings, Unknown, generate};

#[test]
fn schemas_become_these_types() {
    let known = include_str!("types.txt").lines();
    let made = known.filter(|line| !line.starts_with(' ')).map(|line| {
        let types = match line.strip_prefix("v: ") {
            _ if line.starts_with('#') => String::new(),
            None => types(line),
            Some(schema) => types(&format!(
                "S: {{ type: object, required: [v], properties: {{ v: {schema} }} }}"
            )),
        };
        format!("{line}\n{types}")
    });
    expect_file!["types.txt"].assert_eq(&made.collect::<String>());
}

fn types(schemas: &str) -> String {
    let first = schemas.split(':').next().unwrap();
    let text = format!(
        "
asyncapi: 3.0.0
info: {{ title: T, version: '1' }}
channels: {{ c: {{ address: c, messages: {{ m: {{ payload: {{ $ref: '#/components/schemas/{first}' }} }} }} }} }}
operations: {{ o: {{ action: receive, channel: {{ $ref: '#/channels/c' }} }} }}
components: {{ schemas: {{ {schemas} }} }}
"
    );
    let reading = tidings_document::Settings::default();
    let opened = tidings_document::open_text(Path::new("t.yaml"), text.into(), &reading);
    let (document, _) = opened.unwrap();
    let api = tidings_document::read(&document).0.unwrap();
    let settings = Settings {
        layout: Layout::Module,
        // Each struct would have one more field, which the tests of the settings are about.
        unknown: Unknown::Drop,
        ..Settings::default()
    };
    let (files, notes) = generate(&api, &settings);
    let items = syn::parse_file(&files[0].text).unwrap().items;
    let within = items.into_iter().flat_map(|item| match item {
        Item::Mod(module) => module.content.map(|(_, items)| items).unwrap_or_default(),
        _ => Vec::new(),
    });
    let types = within.filter_map(type_of_schema);
    let notes = notes.iter().map(|note| format!("// {}", note.message));
    types
        .chain(notes)
        .map(|line| format!("  {line}\n"))
        .collect()
}

fn type_of_schema(mut item: Item) -> Option<String> {
    match &mut item {
        Item::Struct(item)
            if ["CChannel", "M", "TClient", "TServer"]
                .iter()
                .any(|own| item.ident == own) =>
        {
            return None;
        }
        Item::Struct(item) => {
            item.attrs.clear();
            item.fields.iter_mut().for_each(|field| field.attrs.clear());
        }
        Item::Enum(item) => {
            item.attrs.clear();
            item.variants
                .iter_mut()
                .for_each(|variant| variant.attrs.clear());
        }
        Item::Type(item) => item.attrs.clear(),
        _ => return None,
    }
    let file = File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items: vec![item],
    };
    let text = prettyplease::unparse(&file).replace("pub ", "");
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}
