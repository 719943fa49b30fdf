//! `tidings docs`.
use crate::support::Place;

#[test]
fn a_page_is_written_whole() {
    let place = Place::new();
    let run = place.run(&[
        "docs",
        "specs/orders.asyncapi.yaml",
        "-o",
        "out/orders.html",
    ]);
    assert_eq!(run.code, 0, "{}", run.err);
    let page = std::fs::read_to_string(place.path().join("out/orders.html")).expect("a page");
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    let printed = place.run(&["docs", "specs/orders.asyncapi.yaml", "-o", "-"]);
    assert_eq!(printed.out, page);
}

#[test]
fn an_output_that_is_a_folder_is_refused_and_left_alone() {
    let place = Place::new();
    let before = place.files();
    let run = place.run(&["docs", "specs/orders.asyncapi.yaml", "-o", "specs"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("folder"), "{}", run.err);
    assert_eq!(place.files(), before);
}

#[test]
fn what_cannot_be_read_leaves_no_page() {
    let place = Place::new();
    place.write("x.yaml", "[");
    let before = place.files();
    assert_eq!(place.run(&["docs", "x.yaml", "-o", "x.html"]).code, 1);
    assert_eq!(place.run(&["docs", "nowhere.yaml", "-o", "x.html"]).code, 2);
    assert_eq!(place.files(), before);
}

#[test]
fn a_file_that_is_no_page_of_ours_is_replaced_by_force_only() {
    let place = Place::new();
    let docs = |more: &[&str]| {
        place.run(
            &[
                &["docs", "specs/orders.asyncapi.yaml", "-o", "x.html"],
                more,
            ]
            .concat(),
        )
    };
    place.write("x.html", "<!doctype html><title>Mine</title>");
    let run = docs(&[]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("`x.html` was not written by tidings"),
        "{}",
        run.err
    );
    assert!(place.read("x.html").contains("Mine"));
    assert_eq!(docs(&["--force"]).code, 0);
    assert_eq!(docs(&[]).code, 0, "a page of ours is replaced");
    place.write("x.html", "");
    assert_eq!(docs(&[]).code, 0, "an empty file has nothing to lose");
}

/// A document with a finding in itself and one in another file.
fn with_findings(place: &Place) {
    place.write(
        "deep/api.yaml",
        "asyncapi: 3.0.0\ninfo: { title: A, version: 1.0.0 }\nchannels:\n  c: { adress: a, messages: { m: { $ref: '../other.yaml' } } }\n  \
         d: { $ref: '../../../x.yaml' }\n",
    );
    place.write("other.yaml", "nmae: m\npayload: { type: object }\n");
}

#[test]
fn findings_stand_on_the_page_on_request_only() {
    let place = Place::new();
    with_findings(&place);
    let docs = |more: &[&str]| {
        let root = place.path().display().to_string();
        place
            .run(&[&["docs", "deep/api.yaml", "-o", "-", "--root", &root], more].concat())
            .out
    };
    assert!(!docs(&[]).contains("id=\"problems\""));
    let page = docs(&["--findings"]);
    assert!(page.contains("<code>api.yaml:4:8</code>"), "{page}");
    assert!(page.contains("<code>../other.yaml:1:1</code>"), "{page}");
}

#[test]
fn a_page_is_the_same_wherever_it_is_made() {
    let page = |name: &dyn Fn(&Place) -> String| {
        let place = Place::new();
        with_findings(&place);
        let root = place.path().display().to_string();
        let name = name(&place);
        let page = place
            .run(&["docs", &name, "-o", "-", "--findings", "--root", &root])
            .out;
        assert!(!page.contains(&root), "{page}");
        page
    };
    let relative = page(&|_| "deep/api.yaml".to_owned());
    let absolute = page(&|place| place.path().join("deep/api.yaml").display().to_string());
    assert!(relative.contains("id=\"problems\"") && relative == absolute);
}

#[test]
fn markdown_is_written_where_the_ending_says_so() {
    let place = Place::new();
    let document = "specs/orders.asyncapi.yaml";
    let run = place.run(&["docs", document, "-o", "orders.md"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let text = place.read("orders.md");
    assert!(text.starts_with("# Order Service\n"), "{text}");
    let printed = place.run(&["docs", document, "-o", "-", "--format", "markdown"]);
    assert_eq!(printed.out, text);
    assert_eq!(place.run(&["docs", document, "-o", "orders.md"]).code, 0);
    place.write("orders.md", "# Mine");
    assert_eq!(place.run(&["docs", document, "-o", "orders.md"]).code, 2);
}

#[test]
fn a_document_is_asked_for() {
    let place = Place::new();
    for arguments in [
        &["docs"][..],
        &["docs", "-o", "x.html"],
        &["docs", "specs/orders.asyncapi.yaml"],
    ] {
        let run = place.run(arguments);
        assert_eq!(run.code, 2);
        assert!(run.err.contains("required"), "{}", run.err);
    }
}

/// A document with a good and a bad example.
const EXAMPLES: &str = "asyncapi: 3.0.0\ninfo: { title: A, version: 1.0.0 }\nchannels:\n  c:\n    address: a\n    messages:\n      m:\n        \
    payload: { type: object, properties: { n: { type: integer } } }\n        examples:\n          - { name: good, payload: { n: 1 } }\n          \
    - { name: bad, payload: { n: one } }\n";

#[test]
fn an_example_that_breaks_its_schema_is_marked_where_it_stands() {
    let place = Place::new();
    place.write("api.yaml", EXAMPLES);
    let page = place.run(&["docs", "api.yaml", "-o", "-"]).out;
    let faults: Vec<&str> = page.split("<p class=\"fault\">").skip(1).collect();
    assert_eq!(faults.len(), 1, "{page}");
    assert!(
        faults[0].starts_with("payload at &#x60;/n&#x60;: "),
        "{}",
        faults[0]
    );
    let before = page.split("<p class=\"fault\">").next().expect("a page");
    assert!(
        before
            .rsplit("<summary>")
            .next()
            .expect("a summary")
            .contains("bad")
    );
}

#[test]
fn a_strict_page_has_no_reference_that_leads_nowhere() {
    let place = Place::new();
    with_findings(&place);
    let root = place.path().display().to_string();
    let docs = |more: &[&str]| {
        place.run(
            &[
                &["docs", "deep/api.yaml", "-o", "x.html", "--root", &root],
                more,
            ]
            .concat(),
        )
    };
    let run = docs(&["--strict"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.contains("reference-"), "{}", run.err);
    assert!(!place.path().join("x.html").exists());
    assert_eq!(docs(&[]).code, 0);
    place.write("fine.yaml", EXAMPLES);
    let run = place.run(&["docs", "fine.yaml", "-o", "fine.html", "--strict"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let run = place.run(&["docs", "-", "--serve", "--strict"]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("cannot be used with"), "{}", run.err);
}
