//! `tidings docs`: what users change of the pages.
use crate::support::{Place, Run};

const DOCUMENT: &str = "specs/orders.asyncapi.yaml";

fn docs(place: &Place, more: &[&str]) -> Run {
    place.run(&[&["docs", DOCUMENT, "-o", "-"], more].concat())
}

#[test]
fn a_style_sheet_is_added_and_may_be_applied() {
    let place = Place::new();
    place.write("own.css", ":root { --link: #b00 }\n");
    let run = docs(&place, &["--css", "own.css"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("--link: #b00 }\n</style>"), "{}", run.out);
    let policy = |page: &str| {
        let (_, rest) = page.split_once("style-src ").expect("a policy");
        let (hash, _) = rest.split_once("script-src ").expect("a hash");
        hash.to_owned()
    };
    assert_ne!(policy(&run.out), policy(&docs(&place, &[]).out));
    place.write("bad.css", "</style><script>alert(1)</script>");
    let run = docs(&place, &["--css", "bad.css"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("`bad.css` holds `</`"), "{}", run.err);
}

#[test]
fn a_logo_stands_in_the_page() {
    let place = Place::new();
    place.write("logo.png", b"\x89PNG\r\n\x1a\n");
    let run = docs(&place, &["--logo", "logo.png", "--title", "Our <shop>"]);
    assert!(
        run.out
            .contains("<img src=\"data:image/png;base64,iVBORw0KGgo&#x3D;\" alt=\"\">")
    );
    assert!(
        run.out.contains("<title>Our &lt;shop&gt; 1.2.0</title>"),
        "{}",
        run.out
    );
    place.write("logo.txt", "no picture");
    let run = docs(&place, &["--logo", "logo.txt"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("`logo.txt` is no picture"), "{}", run.err);
    place.write(
        "large.png",
        [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 300 << 10]].concat(),
    );
    assert_eq!(docs(&place, &["--logo", "large.png"]).code, 2);
}

#[test]
fn templates_that_are_written_make_the_same_page() {
    let place = Place::new();
    let run = place.run(&["docs", "--write-templates", "own"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(place.read("own/README.md").contains("- **operation**: "));
    let plain = docs(&place, &[]).out;
    assert_eq!(docs(&place, &["--template-dir", "own"]).out, plain);
    std::fs::remove_file(place.path().join("own/operation.hbs")).expect("removed");
    assert_eq!(docs(&place, &["--template-dir", "own"]).out, plain);
    place.write("own/scheme.hbs", "changed");
    let run = place.run(&["docs", "--write-templates", "own"]);
    assert_eq!(run.code, 2, "what was changed stays: {}", run.err);
    assert_eq!(place.read("own/scheme.hbs"), "changed");
}

#[test]
fn a_template_stands_in_the_place_of_ours() {
    let place = Place::new();
    place.write("own/server.hbs", "<p class=\"mine\">{{title}}</p>\n");
    let run = docs(&place, &["--template-dir", "own"]);
    assert!(
        run.out.contains("<p class=\"mine\">main</p>"),
        "{}",
        run.out
    );
    for (name, text, told) in [
        ("server", "{{{title}}}", "writes `title` without escaping"),
        ("server", "{{nothing}}", "nothing"),
        ("server", "{{#if title}}", "cannot be read"),
        ("other", "", "is no template"),
    ] {
        let place = Place::new();
        place.write(&format!("own/{name}.hbs"), text);
        let run = docs(&place, &["--template-dir", "own"]);
        assert_eq!(run.code, 2, "{text}");
        assert!(run.err.contains(told), "{}", run.err);
    }
}

#[test]
fn templates_within_each_other_are_an_error() {
    let place = Place::new();
    place.write("own/head.hbs", "{{> body this}}");
    place.write("own/body.hbs", "{{> head this}}");
    let run = docs(&place, &["--template-dir", "own"]);
    assert_eq!(run.code, 2, "{}", run.err);
    let told = run.err.matches("is within itself").count();
    assert_eq!(told, 1, "{}", run.err);
}

#[test]
fn a_configuration_says_the_same() {
    let place = Place::new();
    place.write("look/own.css", "p { color: red }");
    place.write("look/templates/server.hbs", "<p>mine</p>");
    place.write("look/logo.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>");
    let config = "[docs]\ncss = \"look/own.css\"\nlogo = \"look/logo.svg\"\ntemplate-dir = \"look/templates\"\nsite-title = \"Ours\"\n";
    place.write("tidings.toml", config);
    let page = docs(&place, &[]).out;
    for part in ["p { color: red }", "data:image/svg+xml", "<p>mine</p>"] {
        assert!(page.contains(part), "{part}");
    }
    place.write("other.css", "p { color: blue }");
    let page = docs(&place, &["--css", "other.css"]).out;
    assert!(page.contains("color: blue") && !page.contains("color: red"));
    assert_eq!(place.run(&["docs", "site", "specs", "-o", "site"]).code, 0);
    let index = place.read("site/index.html");
    assert!(index.contains("<title>Ours</title>") && index.contains("color: red"));
    place.write(
        "tidings.toml",
        "[docs]\ntitle = \"Mine\"\nfragment = true\n",
    );
    let page = docs(&place, &[]).out;
    assert!(page.starts_with("<!-- @generated by tidings -->\n<div class=\"tidings\">"));
    assert!(page.contains("<h1 id=\"top\"><bdi>Mine</bdi>"));
    assert!(
        docs(&place, &["--title", "Yours"])
            .out
            .contains("<bdi>Yours</bdi>")
    );
    let text = docs(&place, &["--format", "markdown"]).out;
    assert!(text.starts_with("# Mine\n"));
}

#[test]
fn a_fragment_is_what_lies_within_the_page() {
    let place = Place::new();
    let run = docs(&place, &["--fragment"]);
    assert!(
        run.out
            .starts_with("<!-- @generated by tidings -->\n<div class=\"tidings\">")
    );
    assert!(run.out.contains("id=\"operation-createOrder\"") && run.out.ends_with("</div>\n"));
    for part in ["<script", "<style", "<html", "<main", "</main", "<nav"] {
        assert!(!run.out.contains(part), "{part}");
    }
    assert_eq!(
        docs(&place, &["--fragment", "--format", "markdown"]).code,
        2
    );
}

#[test]
fn pictures_are_shown_from_hosts_that_are_named() {
    let place = Place::new();
    place.write(
        "api.yaml",
        "asyncapi: 3.0.0\ninfo:\n  title: A\n  version: 1.0.0\n  description: '![p](https://a.example/p.png) ![q](https://b.example/q.png)'\n",
    );
    let page = |more: &[&str]| place.run(&[&["docs", "api.yaml", "-o", "-"], more].concat());
    let plain = page(&[]).out;
    assert!(
        !plain.contains("<img") && plain.contains("img-src data:;"),
        "{plain}"
    );
    let check = |page: &str| {
        assert!(
            page.contains("<img src=\"https://a.example/p.png\" alt=\"p\""),
            "{page}"
        );
        assert!(
            page.contains("<a href=\"https://b.example/q.png\">image: q</a>"),
            "{page}"
        );
        assert!(page.contains("img-src data: https://a.example;"), "{page}");
    };
    check(&page(&["--allow-images", "a.example"]).out);
    place.write("tidings.toml", "[docs]\nallow-images = [\"a.example\"]\n");
    check(&page(&[]).out);
    let run = page(&["--allow-images", "https://a.example"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("name a host"), "{}", run.err);
}
