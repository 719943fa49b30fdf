//! Pictures, whole: where boxes, texts and arrows are.
use expect_test::expect_file;
use tidings_html::{Application, Landscape, Settings, render};

use crate::markup;

const HEAD: &str =
    "asyncapi: 3.0.0\ninfo: { title: An application with a long name, version: 1.0.0 }\n";

/// The pictures of a page, an element a line.
fn pictures(text: &str) -> String {
    let document = markup::document(&format!("{HEAD}{text}"));
    let html = render(&markup::api(&document), &Settings::default()).expect("a page");
    let pictures = html.split("<svg").skip(1);
    let pictures = pictures.filter_map(|rest| rest.split("</svg>").next());
    let pictures: String = pictures
        .map(|inner| format!("<svg{inner}</svg>\n"))
        .collect();
    lines(&pictures)
}

fn lines(svg: &str) -> String {
    let starts = ["<path", "<rect", "<text", "<a ", "</a>", "</svg>"];
    let text = starts.iter().fold(svg.to_owned(), |text, start| {
        text.replace(start, &format!("\n{start}"))
    });
    text.replace("\n\n", "\n")
}

#[test]
fn channels_on_both_sides_with_their_replies() {
    let text = "
channels:
  ask: { address: shop.orders.ask, messages: { m: { title: Ask, payload: { type: string } } } }
  run: { address: shop.orders.run }
  answer: { address: shop.orders.answer, messages: { m: { title: Answer, payload: { type: string } } } }
  tell: { address: shop.orders.tell }
  far: { address: 'shop.orders.{with}.a.very.long.address.that.has.no.room.in.its.box.at.all' }
operations:
  ask: { action: receive, channel: { $ref: '#/channels/ask' }, reply: { channel: { $ref: '#/channels/answer' } } }
  one: { action: receive, channel: { $ref: '#/channels/run' }, reply: { address: { location: '$message.header#/replyTo' } } }
  two: { action: receive, channel: { $ref: '#/channels/run' } }
  three: { action: receive, channel: { $ref: '#/channels/run' } }
  four: { action: receive, channel: { $ref: '#/channels/run' } }
  five: { action: receive, channel: { $ref: '#/channels/run' } }
  tell: { action: send, channel: { $ref: '#/channels/tell' } }
  far: { action: send, channel: { $ref: '#/channels/far' }, reply: {} }
";
    expect_file!["drawn/sides.txt"].assert_eq(&pictures(text));
}

#[test]
fn one_side_alone_has_all_the_room() {
    for (action, file) in [("receive", "drawn/in.txt"), ("send", "drawn/out.txt")] {
        let text = format!(
            "
channels: {{ c: {{ address: a.b }}, d: {{ address: null, title: Anywhere }} }}
operations:
  one: {{ action: {action}, channel: {{ $ref: '#/channels/c' }} }}
  two: {{ action: {action}, channel: {{ $ref: '#/channels/d' }}, reply: {{}} }}
"
        );
        expect_file![file].assert_eq(&pictures(&text));
    }
}

#[test]
fn many_channels_have_a_line_each() {
    let channels: String = (0..14)
        .map(|n| format!("  c{n}: {{ address: 'shop.area{}.c{n}' }}\n", n % 9))
        .collect();
    let operations: String = (0..14)
        .map(|n| format!("  o{n}: {{ action: receive, channel: {{ $ref: '#/channels/c{n}' }} }}\n"))
        .collect();
    let text = format!("channels:\n{channels}operations:\n{operations}");
    expect_file!["drawn/many.txt"].assert_eq(&pictures(&text));
}

fn application(title: &str, rest: &str) -> Application {
    let text = format!("asyncapi: 3.0.0\ninfo: {{ title: {title}, version: 1.0.0 }}\n{rest}");
    let document = markup::document(&text);
    Application::new(&markup::api(&document), None)
}

fn applications() -> Vec<Application> {
    let channels = "channels:
  orders: { address: orders, messages: { placed: { payload: { type: string } }, gone: { payload: { type: string } }, late: { payload: { type: string } }, lost: { payload: { type: string } }, found: { payload: { type: string } } } }
  bills: { address: bills, messages: { bill: { payload: { type: string } } } }
  stock: { address: 'stock/{id}', messages: { level: { payload: { type: string } } } }
operations:
";
    let operation = |name: &str, action: &str, channel: &str, more: &str| {
        format!(
            "  {name}: {{ action: {action}, channel: {{ $ref: '#/channels/{channel}' }}{more} }}\n"
        )
    };
    let reply = ", reply: { channel: { $ref: '#/channels/bills' } }";
    let made = [
        (
            "Shop",
            vec![
                operation("place", "send", "orders", ""),
                operation("look", "send", "stock", ""),
            ],
        ),
        (
            "Billing",
            vec![
                operation("bill", "receive", "orders", reply),
                operation("pay", "receive", "bills", ""),
            ],
        ),
        (
            "Warehouse",
            vec![
                operation("pick", "receive", "orders", ""),
                operation("count", "receive", "stock", ""),
                operation("move", "send", "stock", ""),
            ],
        ),
        ("Nobody", Vec::new()),
    ];
    let made = made.iter();
    made.map(|(title, own)| application(title, &format!("{channels}{}", own.concat())))
        .collect()
}

#[test]
fn a_landscape_has_every_crossing() {
    let applications = applications();
    let landscape = Landscape::new(&applications);
    let svg = landscape.svg().expect("a picture");
    expect_file!["drawn/landscape.txt"].assert_eq(&lines(&svg));
    let texts = [landscape.mermaid(), landscape.dot(), landscape.json()];
    expect_file!["drawn/languages.txt"].assert_eq(&texts.concat());
}

#[test]
fn a_picture_of_one_document_stands_alone() {
    let document = markup::document(&format!(
        "{HEAD}channels: {{ c: {{ address: a }} }}\noperations: {{ o: {{ action: send, channel: {{ $ref: '#/channels/c' }} }} }}\n"
    ));
    let svg = tidings_html::picture(&markup::api(&document)).expect("a picture");
    assert!(tidings_html::is_graph(&svg) && !svg.contains("<a "));
    expect_file!["drawn/alone.txt"].assert_eq(&lines(&svg));
    let nothing = markup::document(HEAD);
    let svg = tidings_html::picture(&markup::api(&nothing)).expect("a picture");
    assert!(svg.contains("class=\"picture landscape\""), "{svg}");
}
