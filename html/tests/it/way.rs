//! One finds one's way: contents, the table of operations, the search.
use crate::markup::{Page, page};

fn contents(page: &Page) -> Page {
    let nav = page.html.split("<nav").nth(1).unwrap();
    Page::parse(&format!(
        "<nav{}</nav>",
        nav.split("</nav>").next().unwrap()
    ))
}

fn with(operations: usize) -> Page {
    let list: String = (0..operations)
        .map(|n| format!("  op{n}: {{ title: Reply, action: send, channel: {{ $ref: '#/channels/c{n}' }} }}\n"))
        .collect();
    let channels: String = (0..operations)
        .map(|n| format!("  c{n}: {{ address: 'x/y_{n}', messages: {{ m{n}: {{ payload: {{ type: string }} }} }} }}\n"))
        .collect();
    page(&format!(
        "asyncapi: 3.0.0\ninfo: {{title: App, version: 1.0.0}}\nchannels:\n{channels}operations:\n{list}"
    ))
}

#[test]
fn messages_stand_in_the_contents_and_equal_titles_are_told_apart() {
    let contents = contents(&with(2));
    contents.has("sends: Reply x/y_0");
    contents.has("sends: Reply x/y_1");
    contents.has("Messages m0 m1");
    assert!(contents.html.contains("x/<wbr>y_<wbr>0"));
}

#[test]
fn a_long_table_scrolls() {
    let is_long = |page: Page| page.html.contains("<div class=\"long\">");
    assert_eq!([12, 13].map(|count| is_long(with(count))), [false, true]);
}

#[test]
fn long_names_break_behind_separators_in_the_table() {
    let cell = |address: &str| {
        let page = page(&format!(
            "asyncapi: 3.0.0\ninfo: {{title: App, version: 1.0.0}}\nchannels: {{ c: {{ address: {address} }} }}\n\
             operations: {{ op: {{ action: send, channel: {{ $ref: '#/channels/c' }} }} }}\n"
        ));
        let cell = page.html.split("data-label=\"Channel\">").nth(1).unwrap();
        cell.split("</td>").next().unwrap().to_owned()
    };
    let (fits, long) = ("receive/get_evseStat", "receive/get_evseState");
    assert!(cell(fits).contains(&format!("<code>{fits}</code>")));
    assert!(cell(long).contains("<code>receive/<wbr>get_<wbr>evse<wbr>State</code>"));
}

#[test]
fn a_row_names_few_messages_and_leads_to_the_rest() {
    let of = |count: usize| {
        let list: String = (0..count)
            .map(|n| format!("m{n}: {{ payload: {{ type: string }} }}, "))
            .collect();
        page(&format!(
            "asyncapi: 3.0.0\ninfo: {{title: App, version: 1.0.0}}\nchannels: {{ c: {{ address: a, messages: {{ {list} }} }} }}\n\
             operations: {{ op: {{ action: send, channel: {{ $ref: '#/channels/c' }} }} }}\n"
        ))
    };
    of(4).has("sends op a m0, m1, m2, m3");
    of(5).has("sends op a m0, m1, m2, and 2 more");
}

#[test]
fn long_lists_are_folded() {
    assert!(!contents(&with(12)).html.contains("entries</summary>"));
    assert!(
        contents(&with(13))
            .html
            .contains("<summary>13 entries</summary>")
    );
}

#[test]
fn each_side_has_a_sentence_of_its_own() {
    let page = with(1);
    page.has("App sends m0 on x/y_0. To use it, you receive it from there.");
    let sentence = page.html.split("<p class=\"sentence\">").nth(1).unwrap();
    let sentence = sentence.split("</p>").next().unwrap();
    assert!(sentence.contains("x/y_0</code>.</span> <span>To use it"));
    assert!(page.html.contains("id=\"side\""));
}

#[test]
fn headings_are_there_for_both_sides() {
    let page = with(1);
    let heading = "<span class=\"own\">Events it publishes</span><span class=\"other\" hidden>Events you listen to</span>";
    assert!(page.html.contains(&format!("<section aria-labelledby=\"publishes\" data-side=\"out\">\n<h2 id=\"publishes\">{heading}</h2>")));
    assert!(contents(&page).html.contains(&format!(
        "<li data-side=\"out\"><a href=\"#publishes\">{heading}</a>"
    )));
    assert!(page.html.contains("<h2 id=\"channels\">Channels</h2>"));
}

#[test]
fn operations_come_before_servers() {
    let page = with(1);
    let at = |id: &str| page.html.find(id).unwrap();
    assert!(at("id=\"operation-op0\"") < at("id=\"channels\""));
}

#[test]
fn parameters_security_and_tags_are_found() {
    let page = page(
        "asyncapi: 3.0.0
info: {title: App, version: 1.0.0, tags: [{ name: everywhere }]}
channels: { c: { address: 'a.{region}', parameters: { region: { enum: [eu] } }, tags: [{ name: hot }] } }
components: { securitySchemes: { login: { type: userPassword } } }
",
    );
    let index: Vec<Vec<String>> = serde_json::from_str(&page.scripts[0]).unwrap();
    let of = |start: &str| {
        let mut found = index.iter().filter(|entry| entry[0].starts_with(start));
        found.next().unwrap()[1..].join(" ")
    };
    assert_eq!(of("channel-"), "hot region eu");
    assert_eq!(of("security-"), "userPassword");
    assert_eq!(of("top"), " everywhere");
}

#[test]
fn what_all_addresses_begin_with_is_told_once() {
    let names = ["on", "off", "dim", "lost"];
    let channels: String = names
        .iter()
        .map(|name| format!("  {name}: {{ address: smart.city.1.{name} }}\n"))
        .collect();
    let operations: String = names
        .iter()
        .map(|name| {
            format!("  op-{name}: {{ action: send, channel: {{ $ref: '#/channels/{name}' }} }}\n")
        })
        .collect();
    let page = page(&format!(
        "asyncapi: 3.0.0\ninfo: {{title: App, version: 1.0.0}}\nchannels:\n{channels}operations:\n{operations}"
    ));
    page.has("All addresses begin with smart.city.1., which is left out here.");
    let table = page.html.split("<tbody>").nth(1).unwrap();
    let table = table.split("</tbody>").next().unwrap();
    assert!(table.contains("<code>dim</code>") && !table.contains("smart.city"));
    assert!(page.html.contains(">dim</text>"));
}

#[test]
fn the_search_has_operations_first() {
    let page = with(2);
    let list = contents(&page);
    let ids = list.attribute("href").into_iter();
    let kinds: Vec<_> = ids.filter_map(|id| id[1..].split_once('-')).collect();
    let mut kinds: Vec<_> = kinds.into_iter().map(|(kind, _)| kind).collect();
    kinds.dedup();
    assert_eq!(kinds, ["operation", "channel", "message"]);
}
