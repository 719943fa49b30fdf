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
