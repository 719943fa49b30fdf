//! What `tidings validate` takes: files, folders and patterns; and what makes it fail.
use crate::support::{Place, Run};

const GOOD: &str =
    "asyncapi: 3.1.0\ninfo: { title: x, version: '1', description: x }\nchannels: {}\n";

/// The documents of a run in their order, and its exit code.
fn documents(run: &Run) -> (i32, Vec<String>) {
    let list = run.json()["documents"].clone();
    let list = list.as_array().expect("a list");
    let paths = list
        .iter()
        .map(|document| document["path"].as_str().expect("a path").to_owned())
        .collect();
    (run.code, paths)
}

fn place() -> Place {
    let place = Place::new();
    for name in ["a/z.yaml", "a/b/y.yml", "a/b/.hidden.yaml", "a/.git/x.yaml"] {
        place.write(name, GOOD);
    }
    place.write("a/node_modules/m/x.yaml", GOOD);
    place.write(
        "a/c.JSON",
        "{\"info\":{\"title\":\"x\",\"version\":\"1\"},\"channels\":{},\"asyncapi\":\"3.1.0\"}",
    );
    place.write("a/common.yaml", "Order: { type: object }\n");
    place.write("a/package.json", "{\"scripts\":{\"asyncapi\":\"x\"}}");
    place
}

fn validate(place: &Place, arguments: &[&str]) -> Run {
    place.run(&[&["validate", "--format", "json"], arguments].concat())
}

#[test]
fn a_folder_stands_for_the_documents_in_it() {
    let run = validate(&place(), &["a"]);
    let expected = ["a/b/.hidden.yaml", "a/b/y.yml", "a/c.JSON", "a/z.yaml"];
    assert_eq!(documents(&run), (0, expected.map(str::to_owned).to_vec()));
}

#[test]
fn a_pattern_stands_for_the_files_that_match() {
    let run = validate(&place(), &["a/**/*.y*ml", "a/?.[jJ]*", "./a/z.yaml"]);
    let expected = [
        "a/b/y.yml",
        "a/common.yaml",
        "a/node_modules/m/x.yaml",
        "a/z.yaml",
        "a/c.JSON",
    ];
    assert_eq!(documents(&run), (1, expected.map(str::to_owned).to_vec()));
}

#[test]
fn what_leads_to_no_document_is_said_and_hides_nothing() {
    let place = place();
    place.write("empty/notes.md", "");
    let run = validate(&place, &["*.nope", "empty", "a[", "a/z.yaml"]);
    let expected = ["*.nope", "empty", "a[", "a/z.yaml"];
    assert_eq!(documents(&run), (2, expected.map(str::to_owned).to_vec()));
    for words in [
        "error: `*.nope` matches no file",
        "error: `empty` is a folder without AsyncAPI documents",
        "error: `a[` is not a pattern",
    ] {
        assert!(run.err.contains(words), "{}", run.err);
    }
}

#[test]
fn a_file_whose_name_looks_like_a_pattern_is_itself() {
    let place = place();
    place.write("[x].yaml", GOOD);
    let run = validate(&place, &["[x].yaml"]);
    assert_eq!(documents(&run), (0, vec!["[x].yaml".to_owned()]));
}

#[test]
fn links_to_folders_are_not_followed() {
    let place = place();
    std::os::unix::fs::symlink("..", place.path().join("a/b/up")).expect("linked");
    assert_eq!(documents(&validate(&place, &["a"])).1.len(), 4);
}

#[test]
fn the_least_severity_that_fails_is_chosen() {
    let place = Place::new();
    let code = |arguments: &[&str]| {
        let file = ["specs/orders.asyncapi.yaml"];
        validate(&place, &[arguments, &file].concat()).code
    };
    assert_eq!(code(&[]), 0);
    assert_eq!(code(&["--fail-on", "warning"]), 0);
    assert_eq!(code(&["--fail-on", "info", "--profile", "strict"]), 1);
}

#[test]
fn the_version_tells_what_it_was_built_from_and_for() {
    let run = Place::new().run(&["--version"]);
    let version = env!("CARGO_PKG_VERSION");
    let built = run.out.strip_prefix(&format!("tidings {version} ("));
    let built = built
        .and_then(|rest| rest.strip_suffix(")\n"))
        .expect(&run.out);
    let target = built.rsplit(", ").next().expect("a target");
    assert!(target.split('-').count() >= 3, "{}", run.out);
    // An archive of the sources knows no commit.
    if let Some((commit, _)) = built.split_once(", ") {
        let [word, hash, of, date] = commit.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{}", run.out);
        };
        assert_eq!((word, hash.len(), of, date.len()), ("commit", 12, "of", 10));
    }
}
