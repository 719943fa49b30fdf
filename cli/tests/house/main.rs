//! The sources themselves: files of a crate depend on each other in one direction only.
//!
//! A file depends on the one that defines a name it takes, wherever a module hands that name on. What a module's own file takes from
//! its children does not count: it is their table of contents, and they may use what it defines.
mod names;

use names::{Crate, Edge};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// Crates whose files are looked at.
const CRATES: [&str; 13] = [
    "document",
    "schema",
    "rules",
    "config",
    "codegen",
    "macros",
    "html",
    "cli",
    "runtime",
    "brokers/kafka",
    "brokers/socket",
    "conformance",
    "relay",
];

/// Files that may depend on each other, with the reason: what each says only makes sense with the other.
const TOGETHER: &[(&[&str], &str)] = &[
    (
        &["html/src/view/channel.rs", "html/src/view/operation.rs"],
        "an operation is shown with its channel, and a channel with its operations",
    ),
    (
        &[
            "rules/src/avro.rs",
            "rules/src/lint/avro_logical_type_misplaced.rs",
            "rules/src/lint/avro_schema_invalid.rs",
        ],
        "what is wrong with a schema is a finding of the rules that ask for it",
    ),
    (
        &[
            "rules/src/lint/protobuf_schema_invalid.rs",
            "rules/src/protobuf.rs",
        ],
        "what is wrong with a schema is a finding of the rule that asks for it",
    ),
    (
        &["runtime/src/context.rs", "runtime/src/typed.rs"],
        "a handler is given both, each by the other",
    ),
    (
        &["runtime/src/id.rs", "runtime/src/message.rs"],
        "a message has an id, which is a text as all of it",
    ),
    (
        &["runtime/src/router.rs", "runtime/src/worker.rs"],
        "a worker runs the routes, within the limits of both",
    ),
];

#[test]
fn no_file_depends_on_one_that_depends_on_it() {
    let mut found = String::new();
    let mut met = BTreeSet::new();
    for name in CRATES {
        let edges = edges(name);
        for circle in circles(&edges) {
            match TOGETHER
                .iter()
                .position(|(files, _)| circle.iter().eq(files.iter()))
            {
                Some(at) => drop(met.insert(at)),
                None => found += &shown(&circle, &edges),
            }
        }
    }
    let gone = (0..TOGETHER.len()).filter(|at| !met.contains(at));
    for at in gone {
        found += &format!(
            "no circle any more, so remove it from `TOGETHER`: {:?}\n",
            TOGETHER[at].0
        );
    }
    assert!(found.is_empty(), "\n{found}");
}

/// What each file of a crate takes from which other.
fn edges(name: &str) -> Vec<Edge> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for path in sources(&root.join(name).join("src")) {
        let is_test = path
            .iter()
            .any(|part| part == "tests" || part == "tests.rs");
        if path.extension().is_some_and(|end| end == "rs") && !is_test {
            let text = std::fs::read_to_string(&path).expect("a text");
            let inside = path.strip_prefix(&root).expect("below");
            files.push((inside.display().to_string(), text));
        }
    }
    Crate::new(&format!("{name}/src"), &files).edges()
}

/// Every file below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false => vec![path],
        })
        .collect()
}

/// Groups of files each of which depends on all others of its group, in some steps.
fn circles(edges: &[Edge]) -> Vec<Vec<&str>> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for edge in edges {
        next.entry(&edge.from).or_default().insert(&edge.to);
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> = next
        .keys()
        .map(|file| (*file, reach(file, &next)))
        .collect();
    let leads = |from: &str, to: &str| reached.get(from).is_some_and(|all| all.contains(to));
    let mut circles = Vec::new();
    let mut taken = BTreeSet::new();
    for file in reached.keys().filter(|file| leads(file, file)) {
        if !taken.contains(file) {
            let circle: Vec<_> = reached
                .keys()
                .copied()
                .filter(|other| leads(file, other) && leads(other, file))
                .collect();
            taken.extend(circle.clone());
            circles.push(circle);
        }
    }
    circles
}

fn reach<'a>(from: &str, next: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(file) = waiting.pop() {
        for to in next.get(file).into_iter().flatten() {
            if reached.insert(*to) {
                waiting.push(to);
            }
        }
    }
    reached
}

fn shown(circle: &[&str], edges: &[Edge]) -> String {
    let inside = |edge: &&Edge| circle.contains(&&*edge.from) && circle.contains(&&*edge.to);
    let mut lines: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for edge in edges.iter().filter(inside) {
        let way = format!("{} -> {}", edge.from, edge.to);
        lines.entry(way).or_default().insert(&edge.name);
    }
    let lines = lines.iter().map(|(way, names)| {
        format!(
            "  {way}: {}\n",
            names.iter().copied().collect::<Vec<_>>().join(", ")
        )
    });
    format!(
        "a circle of {} files:\n{}",
        circle.len(),
        lines.collect::<String>()
    )
}

#[test]
fn circles_are_found_through_names_that_are_handed_on() {
    let files = |list: &[(&str, &str)]| {
        let list: Vec<_> = list
            .iter()
            .map(|(path, text)| (format!("x/src/{path}"), (*text).to_owned()))
            .collect();
        let edges = Crate::new("x/src", &list).edges();
        let found = circles(&edges);
        found
            .iter()
            .map(|circle| circle.join(" "))
            .collect::<Vec<_>>()
    };
    let lib = ("lib.rs", "mod a; mod b; pub use a::A;");
    assert_eq!(
        files(&[
            lib,
            ("a.rs", "use crate::b::B; pub struct A(B);"),
            ("b.rs", "pub struct B;")
        ]),
        [""; 0]
    );
    let back = ("b.rs", "pub struct B; fn f(a: crate::A) {}");
    assert_eq!(
        files(&[lib, ("a.rs", "use crate::b::B; pub struct A(B);"), back]),
        ["x/src/a.rs x/src/b.rs"]
    );
    let module = ("a.rs", "use super::b; pub struct A(b::B);");
    assert_eq!(files(&[lib, module, back]), ["x/src/a.rs x/src/b.rs"]);
    // A module and its own parts, and what only tests use.
    let parts = [
        ("lib.rs", "mod a; mod b;"),
        (
            "a.rs",
            "mod c; pub use c::C; pub struct A; fn f() { c::g() }",
        ),
        ("a/c.rs", "use super::A; pub struct C(A); pub fn g() {}"),
        ("b.rs", "use crate::a::{C, A as Other};"),
    ];
    assert_eq!(files(&parts), [""; 0]);
    let through = [
        parts[0],
        (
            "a.rs",
            "mod c; pub use c::C; use crate::b::B; pub struct A(B);",
        ),
        parts[2],
        (
            "b.rs",
            "pub struct B; #[cfg(test)] mod tests { use crate::a::A; }",
        ),
    ];
    assert_eq!(files(&through), [""; 0]);
    let part = [
        parts[0],
        parts[1],
        ("a/c.rs", "use crate::b::B; pub struct C(B); pub fn g() {}"),
        ("b.rs", "use crate::a::C; pub struct B;"),
    ];
    assert_eq!(files(&part), ["x/src/a/c.rs x/src/b.rs"]);
}
