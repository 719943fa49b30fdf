//! The page about our extensions: it has all of them, and its examples are sound.
use crate::support::{Place, repository, walk};
use std::collections::BTreeSet;

fn page() -> String {
    std::fs::read_to_string(repository().join("docs/extensions.md")).expect("a page")
}

#[test]
fn the_examples_are_sound_and_mean_something() {
    let page = page();
    let place = Place::new();
    let examples: Vec<_> = page.split("```yaml\n").skip(1).collect();
    for (at, example) in examples.iter().enumerate() {
        let text = example.split("```").next().expect("an end");
        let name = format!("{at}.yaml");
        place.write(&name, text);
        let run = place.run(&["validate", &name, "--profile", "strict"]);
        assert_eq!(run.code, 0, "{text}\n{}", run.out);
        assert!(!run.out.contains("[ignore-"), "{text}\n{}", run.out);
    }
    assert_eq!(examples.len(), page.matches("\n## ").count());
}

#[test]
fn the_page_has_every_extension_that_is_read() {
    let mut names = BTreeSet::new();
    for part in ["document", "rules", "codegen", "html", "cli", "schema"] {
        walk(&repository().join(part).join("src"), &mut |path| {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            for rest in text.split("\"x-tidings-").skip(1) {
                names.insert(rest.split('"').next().unwrap_or_default().to_owned());
            }
        });
    }
    // Keywords that we put into schemas ourselves, and read from no document.
    names.remove("format");
    names.remove("literals");
    assert!(names.len() >= 3, "{names:?}");
    let page = page();
    for name in names {
        assert!(page.contains(&format!("## x-tidings-{name}\n")), "{name}");
    }
}
