//! What the caller decides: which operations, and what is told of single types.
use std::{collections::BTreeMap, path::Path};
use tidings_codegen::{Custom, Customs, Layout, Selection, Settings, generate};
use tidings_document::api::Api;

const DOCUMENT: &str = "
asyncapi: 3.0.0
info: { title: T, version: '1' }
channels: { c: { address: c, messages: { m: { payload: { $ref: '#/components/schemas/Order' } } } } }
operations:
  placeOrder: { action: receive, channel: { $ref: '#/channels/c' } }
  cancelOrder: { action: receive, channel: { $ref: '#/channels/c' } }
components:
  schemas:
    Order:
      type: object
      description: What is ordered.
      additionalProperties: false
      required: [line]
      properties: { line: { $ref: 'lines.yaml#/Line' } }
    Unused: { type: string, maxLength: 3 }
";

/// What a function says of the document, which has a second file.
fn with_document<T>(act: impl FnOnce(&Api<'_>) -> T) -> T {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("settings");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(
        folder.join("lines.yaml"),
        "Line: { type: object, additionalProperties: false, properties: { sku: { type: string } } }\n",
    )
    .unwrap();
    let reading = tidings_document::Settings::default();
    let path = folder.join("api.yaml");
    let (document, _) =
        tidings_document::open_text(&path, DOCUMENT.as_bytes().to_vec(), &reading).unwrap();
    act(&tidings_document::read(&document).0.unwrap())
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[track_caller]
fn selected(include: &[&str], exclude: &[&str], refused: Option<&str>) {
    let selection = Selection {
        include: texts(include),
        exclude: texts(exclude),
    };
    let settings = Settings {
        selection,
        ..Settings::default()
    };
    let checked = with_document(|api| settings.check(api));
    assert_eq!(checked.err().as_deref(), refused);
}

#[test]
fn a_selection_speaks_of_operations_and_leaves_one() {
    selected(&[], &[], None);
    selected(&["*Order"], &["placeOrder"], None);
    selected(&[], &["*"], Some("no operation is left"));
    selected(&["placeOrder"], &["p*"], Some("no operation is left"));
    selected(
        &[],
        &["plceOrder"],
        Some("there is no operation `plceOrder`; did you mean `placeOrder`?"),
    );
    selected(
        &["x"],
        &[],
        Some("there is no operation `x`; there are: placeOrder, cancelOrder"),
    );
}

#[test]
fn what_no_selected_operation_uses_has_no_type() {
    for (include, has_it) in [(&[][..], true), (&["placeOrder"], false)] {
        let settings = Settings {
            layout: Layout::Module,
            all_schemas: has_it,
            selection: Selection {
                include: texts(include),
                exclude: Vec::new(),
            },
            ..Settings::default()
        };
        let text = with_document(|api| generate(api, &settings).0.remove(0).text);
        assert_eq!(text.contains("pub struct Unused("), has_it);
        assert_eq!(text.contains("fn cancel_order"), include.is_empty());
    }
}

fn told(place: &str, custom: Custom) -> Settings {
    Settings {
        layout: Layout::Module,
        customs: Customs(BTreeMap::from([(place.to_owned(), custom)])),
        ..Settings::default()
    }
}

#[track_caller]
fn refused(place: &str, custom: Custom, reason: &str) {
    let checked = with_document(|api| told(place, custom).check(api));
    assert_eq!(checked.err().as_deref(), Some(reason));
}

#[test]
fn what_is_told_of_a_type_is_refused_where_it_cannot_be() {
    let with = |by: &str| Custom {
        by: Some(by.to_owned()),
        ..Custom::default()
    };
    let deriving = |path: &str| Custom {
        derive: texts(&[path]),
        ..Custom::default()
    };
    let attributed = |text: &str| Custom {
        attributes: texts(&[text]),
        ..Custom::default()
    };
    let order = "#/components/schemas/Order";
    refused(
        "#/components/schemas/Ordr",
        Custom::default(),
        "there is no schema `#/components/schemas/Ordr`; did you mean `#/components/schemas/Order`?",
    );
    refused(
        "nothing like it",
        Custom::default(),
        "there is no schema `nothing like it`",
    );
    refused(
        order,
        with("my type"),
        "`#/components/schemas/Order`: `my type` is no path of a type",
    );
    refused(
        order,
        deriving("1"),
        "`#/components/schemas/Order`: `1` is no path of a trait",
    );
    refused(
        order,
        attributed("serde"),
        "`#/components/schemas/Order`: `serde` is no attribute, as `#[…]` is",
    );
    refused(
        "lines.yaml#/Line",
        with("my type"),
        "`lines.yaml#/Line`: `my type` is no path of a type",
    );
}

#[test]
fn what_is_told_of_a_type_stands_between_its_words_and_what_it_derives() {
    let custom = Custom {
        derive: texts(&["my::Trait", "Debug", "Eq"]),
        attributes: texts(&["#[my(1)]"]),
        ..Custom::default()
    };
    for (place, about) in [
        ("#/components/schemas/Order", "/// What is ordered."),
        ("lines.yaml#/Line", ""),
    ] {
        let settings = told(place, custom.clone());
        assert_eq!(with_document(|api| settings.check(api)), Ok(()));
        let text = with_document(|api| generate(api, &settings).0.remove(0).text);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let own = format!("{about} #[derive(my::Trait)] #[my(1)] #[derive(");
        assert!(text.contains(own.trim()), "{text}");
    }
}
