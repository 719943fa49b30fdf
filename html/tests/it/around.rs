//! What lies around pages: the index of a site as Markdown, what changed, marks, parts, shapes.
use expect_test::{expect, expect_file};
use tidings_html::{
    Application, COMMENT, Changes, DocumentChanges, Facts, Period, Settings, Shape, Site, SitePage,
    Slugs, fragment, is_graph, is_page, notice, render, templates_readme,
};

use crate::{markup, outline::outline};

fn pages() -> Vec<SitePage> {
    let mut slugs = Slugs::default();
    let texts = [
        "asyncapi: 3.0.0
info: { title: Shop, version: 1.0.0, description: 'What *sells*.' }
servers: { main: { host: broker.example, protocol: amqp } }
channels: { orders: { address: orders, messages: { placed: { title: Placed, payload: { type: string } } } }, none: { address: null, title: None } }
operations:
  place: { action: send, channel: { $ref: '#/channels/orders' }, reply: { channel: { $ref: '#/channels/none' } } }
  wait: { action: receive, channel: { $ref: '#/channels/none' } }
",
        "asyncapi: 2.6.0
info: { title: Stock, version: 2.0.0 }
servers: { main: { url: 'amqps://broker.example/', protocol: amqps } }
channels: { orders: { publish: { message: { name: placed, payload: { type: string } } } } }
",
    ];
    let page = |(number, text): (usize, &str)| {
        let document = markup::document(text);
        let api = markup::api(&document);
        SitePage {
            slug: slugs.claim(api.info.title.value, ""),
            application: Application::new(&api, None),
            problems: ["", "2 warnings"][number].to_owned(),
        }
    };
    texts.into_iter().enumerate().map(page).collect()
}

#[test]
fn a_site_leads_to_all_that_there_is() {
    let (pages, shape) = (pages(), Shape::default());
    for (has_changes, file) in [(true, "around/changed.txt"), (false, "around/site.txt")] {
        let site = Site {
            title: "All of it",
            pages: &pages,
            shape: &shape,
            has_changes,
        };
        let html = site.index().expect("a page");
        let search = markup::Page::parse(&html).scripts[0].clone();
        let texts = [
            outline(&html),
            search + "\n",
            site.index_markdown(),
            site.llms(),
        ];
        expect_file![file].assert_eq(&texts.join("---\n"));
    }
    let nothing = Site {
        title: "None",
        pages: &[],
        shape: &shape,
        has_changes: false,
    };
    assert_eq!(
        nothing.index_markdown(),
        format!("# None\n\n{COMMENT}\n\n## Documents\n\n")
    );
}

#[test]
fn what_is_live_asks_its_server_for_changes() {
    let (pages, document) = (
        pages(),
        markup::document("asyncapi: 3.0.0\ninfo: { title: A, version: '1' }\n"),
    );
    for live in [true, false] {
        let shape = Shape {
            live,
            ..Shape::default()
        };
        let site = Site {
            title: "All",
            pages: &pages,
            shape: &shape,
            has_changes: false,
        };
        let changes = Changes {
            title: "All",
            periods: Vec::new(),
        };
        let settings = Settings {
            shape: shape.clone(),
            ..Settings::default()
        };
        let page = render(&markup::api(&document), &settings).expect("a page");
        for html in [
            site.index().expect("a page"),
            changes.page(&shape).expect("a page"),
            page,
        ] {
            let page = markup::Page::parse(&html.replace(&format!("{COMMENT}\n"), ""));
            let asks = page
                .scripts
                .iter()
                .any(|script| script.contains("/~changes"));
            let policy = page.attribute("content");
            let may = policy
                .iter()
                .any(|text| text.contains("; connect-src 'self'; base-uri"));
            assert_eq!((asks, may), (live, live));
            assert_eq!(page.errors, Vec::<String>::new());
        }
    }
}

#[test]
fn large_pages_are_laid_out_as_they_are_read() {
    let of = |channels: usize| {
        let list: String = (0..channels)
            .map(|n| format!("  c{n}: {{ address: a{n} }}\n"))
            .collect();
        markup::page(&format!(
            "asyncapi: 3.0.0\ninfo: {{ title: A, version: '1' }}\nchannels:\n{list}"
        ))
    };
    let is_large = |page: &markup::Page| page.html.contains("<body class=\"large\">");
    assert!(!is_large(&of(120)) && is_large(&of(121)));
    // Operations and schemas count too.
    let mixed = |channels: usize| {
        let list: String = (0..channels)
            .map(|n| format!("  c{n}: {{ address: a{n} }}\n"))
            .collect();
        markup::page(&format!(
            "asyncapi: 3.0.0\ninfo: {{ title: A, version: '1' }}\nchannels:\n{list}operations: {{ op: {{ action: send, channel: {{ $ref: '#/channels/c0' }} }} }}\n\
             components: {{ schemas: {{ A: {{ type: string }} }} }}\n"
        ))
    };
    assert!(!is_large(&mixed(118)) && is_large(&mixed(119)));
}

#[test]
fn a_large_index_is_laid_out_as_it_is_read() {
    let of = |channels: usize| {
        let list: String = (0..channels)
            .map(|n| format!("  c{n}: {{ address: a{n} }}\n"))
            .collect();
        let operations: String = (0..channels)
            .map(|n| {
                format!("  o{n}: {{ action: send, channel: {{ $ref: '#/channels/c{n}' }} }}\n")
            })
            .collect();
        let document = markup::document(&format!(
            "asyncapi: 3.0.0\ninfo: {{ title: A, version: '1' }}\nchannels:\n{list}operations:\n{operations}"
        ));
        let pages = [SitePage {
            slug: "a".to_owned(),
            application: Application::new(&markup::api(&document), None),
            problems: String::new(),
        }];
        let shape = Shape::default();
        let site = Site {
            title: "All",
            pages: &pages,
            shape: &shape,
            has_changes: false,
        };
        site.index()
            .expect("a page")
            .contains("<body class=\"large\">")
    };
    assert_eq!([of(200), of(201)], [false, true]);
}

#[test]
fn pictures_come_from_hosts_that_are_named() {
    let document = markup::document(
        "asyncapi: 3.0.0\ninfo: { title: A, version: '1', description: '![x](https://pictures.example/a.png) ![y](https://other.example/b.png)' }\n",
    );
    let shape = Shape {
        images: vec!["pictures.example".parse().expect("a host")],
        logo: "data:image/png;base64,".to_owned(),
        home: Some(("index.html".to_owned(), "All".to_owned())),
        ..Shape::default()
    };
    let settings = Settings {
        shape,
        ..Settings::default()
    };
    let html = render(&markup::api(&document), &settings).expect("a page");
    let page = markup::Page::parse(&html);
    assert_eq!(
        page.attribute("src"),
        ["data:image/png;base64,", "https://pictures.example/a.png"]
    );
    assert!(
        page.attribute("content")
            .iter()
            .any(|text| text.contains("img-src data: https://pictures.example;"))
    );
    assert!(html.contains("<a href=\"index.html\">All</a> / <a href=\"#top\">A</a>"));
    assert!(html.contains("<a href=\"https://other.example/b.png\">image: y</a>"));
}

#[test]
fn files_are_known_by_how_they_begin() {
    let page = "<!doctype html>\n<meta name=\"generator\" content=\"Tidings\">";
    for (text, expected) in [
        (page.to_owned(), true),
        (format!("\n {page}"), true),
        (format!("// {page}"), false),
        (format!("# A\n\n{COMMENT}\n"), true),
        (format!("# A\n\nx {COMMENT}\n"), false),
        ("<!doctype html>".to_owned(), false),
        (String::new(), false),
    ] {
        assert_eq!(is_page(&text), expected, "{text}");
    }
    for (text, expected) in [
        ("// @generated by tidings\ndigraph landscape {", true),
        ("// @generated by tidings\nfn main() {}", false),
        ("// other\ndigraph landscape {", false),
        ("%% @generated by tidings\nflowchart LR", true),
        ("%% @generated by tidings\ngraph LR", false),
        ("%% other\nflowchart LR", false),
        ("{\n  \"generator\": \"@generated by tidings\",", true),
        ("[\n  \"generator\": \"@generated by tidings\",", false),
        ("{\n  \"generator\": \"other\",", false),
        ("<svg><!-- @generated by tidings -->", true),
        ("<svg>", false),
        ("<p><!-- @generated by tidings -->", false),
        ("", false),
    ] {
        assert_eq!(is_graph(text), expected, "{text}");
    }
}

#[test]
fn a_fragment_is_what_lies_within() {
    let page = "<head></head><main id=\"main\" class=\"x\">\n<p>a</p></main><footer></footer>";
    let expected = format!("{COMMENT}\n<div class=\"tidings\">\n<p>a</p></div>\n");
    assert_eq!(fragment(page), expected);
}

#[test]
fn a_notice_says_its_lines() {
    let html = notice(
        "A <b>",
        &["one & two".to_owned(), "three\u{202e}".to_owned()],
    );
    expect![[r#"
        A <b>
        [>data:,]
        [#main]
        h1 A <b>
        one & two
        three⟦U+202E⟧
    "#]]
    .assert_eq(&outline(&html));
    assert!(html.contains("connect-src 'self'") && html.contains("/~changes"));
}

#[test]
fn templates_are_listed_with_their_fields() {
    let text = templates_readme();
    for line in [
        "- **schema**: `id`, `name`, `tree`; within it `tree`\n",
        "- **requirements**: `href`, `kind`, `link`, `scopes`, `security`, `text`\n",
        "- **section**: `heading`, `id`, `note`, `other`, `side`\n",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(text.starts_with("# Templates of the pages\n"));
}

#[test]
fn what_changed_is_told_of_every_kind() {
    let before = include_str!("around/before.yaml");
    let facts = |text: &str| {
        let document = markup::document(text);
        Facts::new(&markup::api(&document))
    };
    let after = include_str!("around/after.yaml");
    let change = DocumentChanges::new(Some(&facts(before)), Some((&facts(after), "shop")));
    let changes = Changes {
        title: "All",
        periods: vec![Period {
            since: "v1",
            until: None,
            documents: change.into_iter().collect(),
        }],
    };
    expect_file!["around/changes.txt"].assert_eq(&changes.markdown());
    let html = changes.page(&Shape::default()).expect("a page");
    expect_file!["around/changes.page.txt"].assert_eq(&outline(&html));
}
