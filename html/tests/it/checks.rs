//! What every page is like, whatever the document.
use std::collections::BTreeSet;

use tidings_document::api::{Api, Items};

use crate::markup::{Page, fold};

/// Panics where a page is not as it should be; the first argument names the document.
pub(crate) type Check = fn(&str, &Api<'_>, &Page);

/// All of them.
pub(crate) static CHECKS: &[(&str, Check)] = &[
    ("markup_is_well_formed", markup_is_well_formed),
    (
        "ids_are_unique_and_every_link_on_the_page_leads_somewhere",
        ids_are_unique_and_every_link_on_the_page_leads_somewhere,
    ),
    (
        "headings_and_landmarks_are_in_order",
        headings_and_landmarks_are_in_order,
    ),
    (
        "the_search_leads_to_all_that_has_a_place",
        the_search_leads_to_all_that_has_a_place,
    ),
    ("nothing_is_fetched", nothing_is_fetched),
    (
        "everything_that_the_model_holds_is_on_the_page",
        everything_that_the_model_holds_is_on_the_page,
    ),
];

fn markup_is_well_formed(path: &str, _: &Api<'_>, page: &Page) {
    assert_eq!(page.errors, Vec::<String>::new(), "{path}");
    assert_eq!(page.crossed, Vec::<String>::new(), "{path}");
}

fn ids_are_unique_and_every_link_on_the_page_leads_somewhere(path: &str, _: &Api<'_>, page: &Page) {
    let ids = page.attribute("id");
    let set: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), set.len(), "{path}");
    for href in page.attribute("href") {
        if let Some(id) = href.strip_prefix('#') {
            assert!(set.contains(id), "{path}: {href}");
        }
    }
    for name in page.attribute("aria-labelledby") {
        assert!(set.contains(name), "{path}: {name}");
    }
}

/// The search reads the contents, and the rest from its index: an entry without a title there is one of the contents.
fn the_search_leads_to_all_that_has_a_place(path: &str, api: &Api<'_>, page: &Page) {
    let contents = page.html.split("</nav>").next().unwrap_or_default();
    let listed = |id: &str| contents.contains(&format!("<li><a href=\"#{id}\">"));
    let index: Vec<Vec<String>> = serde_json::from_str(&page.scripts[0]).unwrap();
    let ids: BTreeSet<&str> = page.attribute("id").into_iter().collect();
    for entry in &index {
        assert!(ids.contains(&*entry[0]), "{path}: {entry:?}");
        assert_eq!(entry.len() == 2, listed(&entry[0]), "{path}: {entry:?}");
    }
    for (kind, count) in [
        ("operation", api.operations.len()),
        ("channel", api.channels.len()),
        ("message", api.messages.len()),
        ("server", api.servers.len()),
        ("security", api.security_schemes.len()),
    ] {
        let start = format!("<li><a href=\"#{kind}-");
        assert_eq!(contents.matches(&start).count(), count, "{path}: {kind}");
    }
    let found = |id: &str| listed(id) || index.iter().any(|entry| entry[0] == id);
    let schemas = ids.iter().filter(|id| id.starts_with("schema-"));
    for id in schemas.filter(|id| !id.contains('/')) {
        assert!(found(id), "{path}: {id}");
    }
}

fn headings_and_landmarks_are_in_order(path: &str, _: &Api<'_>, page: &Page) {
    for name in ["main", "nav", "h1", "header", "footer", "search", "title"] {
        assert_eq!(page.count(name), 1, "{path}: {name}");
    }
    let headings = page.elements.iter().filter_map(|element| {
        let level = element.name.strip_prefix('h')?;
        level.parse::<u8>().ok()
    });
    let mut previous = 0;
    for level in headings {
        assert!(level <= previous + 1, "{path}: h{level} after h{previous}");
        previous = level;
    }
    let html = page.elements.iter().find(|e| e.name == "html").unwrap();
    assert_eq!(html.attributes["lang"], "en");
}

fn nothing_is_fetched(path: &str, _: &Api<'_>, page: &Page) {
    assert!(page.attribute("src").is_empty(), "{path}");
    assert!(page.attribute("style").is_empty(), "{path}");
    for element in &page.elements {
        if element.name != "a" {
            let href = element.attributes.get("href");
            assert!(href.is_none_or(|href| href == "data:,"), "{path}: {href:?}");
        }
    }
    for style in &page.styles {
        assert!(!style.contains("url(") && !style.contains("@import"));
    }
    let policy = page.attribute("content");
    assert!(
        policy
            .iter()
            .any(|text| text.starts_with("default-src 'none'"))
    );
}

fn everything_that_the_model_holds_is_on_the_page(path: &str, api: &Api<'_>, page: &Page) {
    let mut missing = Vec::new();
    let mut expect = |text: &str| {
        if !page.text.contains(&fold(text)) {
            missing.push(text.to_owned());
        }
    };
    for operation in &api.operations {
        let unnamed = api.version.is_v2() && operation.operation_id.is_none();
        if !unnamed {
            expect(operation.about.title.unwrap_or(operation.key).value);
        }
    }
    for channel in &api.channels {
        expect(channel.key.value);
        expect(channel.address.map_or("", |address| address.value));
        for parameter in &channel.parameters {
            expect(parameter.name.value);
            parameter
                .values
                .iter()
                .for_each(|value| expect(value.value));
        }
    }
    for message in &api.messages {
        expect(message.display_name());
    }
    for server in &api.servers {
        expect(server.key.value);
        expect(server.protocol.value);
    }
    for scheme in &api.security_schemes {
        expect(scheme.key.value);
        expect(scheme.kind.value);
    }
    for tag in &api.info.tags {
        expect(tag.name.value);
    }
    for object in api.schemas.iter().filter_map(|schema| schema.object()) {
        for property in object.properties.iter().chain(&object.pattern_properties) {
            expect(property.name.value);
        }
        for value in object.enumeration.unwrap_or_default() {
            expect(value.as_str().unwrap_or(&value.to_json().to_string()));
        }
        expect(object.format.map_or("", |format| format.value));
        expect(object.pattern.map_or("", |pattern| pattern.value));
        if let Some(Items::Each(items)) = &object.items {
            expect(&format!("item {}", items.len()));
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "{path}");
}
