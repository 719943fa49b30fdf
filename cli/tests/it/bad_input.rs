//! Input that nobody should write: each gets one clear error with its place, and an exit code of 1 or 2.
use crate::support::{Place, Run};
use std::fmt::Write;

/// Exactly one finding, at this place, whose text has these words.
#[track_caller]
fn one_error(run: &Run, code: i32, words: &[&str]) {
    assert_eq!(run.code, code, "{}{}", run.out, run.err);
    let all = format!("{}{}", run.out, run.err);
    let findings = all.lines().filter(|line| line.starts_with("error")).count();
    assert_eq!(findings, 1, "{all}");
    for word in words {
        assert!(all.contains(word), "no `{word}` in {all}");
    }
}

#[test]
fn a_missing_file() {
    let run = Place::new().run(&["validate", "nowhere.yaml"]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("`nowhere.yaml` does not exist"),
        "{}",
        run.err
    );
}

#[test]
fn a_folder() {
    let place = Place::new();
    place.write("notes/x.txt", "asyncapi: 3.0.0");
    let run = place.run(&["validate", "notes"]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("`notes`") && run.err.contains("folder"),
        "{}",
        run.err
    );
}

#[test]
fn binary_data() {
    let place = Place::new();
    place.write("x.yaml", [0x7f, b'E', b'L', b'F', 0, 1, 2, 0xff, 0xfe]);
    one_error(&place.run(&["validate", "x.yaml"]), 1, &["x.yaml:1:"]);
}

#[test]
fn an_empty_file() {
    let place = Place::new();
    place.write("x.yaml", "");
    one_error(
        &place.run(&["validate", "x.yaml"]),
        1,
        &["x.yaml:1:1", "empty"],
    );
}

#[test]
fn invalid_utf8() {
    let place = Place::new();
    place.write("x.yaml", b"asyncapi: 3.0.0\ninfo:\n  title: \xff\n");
    one_error(
        &place.run(&["validate", "x.yaml"]),
        1,
        &["x.yaml:3:", "UTF-8"],
    );
}

#[test]
fn a_yaml_bomb() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let before = format!("*a{}", level - 1);
        let _ = writeln!(
            text,
            "a{level}: &a{level} [{}]",
            [before.as_str(); 10].join(", ")
        );
    }
    let place = Place::new();
    place.write("x.yaml", text);
    one_error(
        &place.run(&["validate", "x.yaml"]),
        1,
        &["x.yaml:", "alias"],
    );
}

#[test]
fn nesting_of_10_000_levels() {
    for (name, text) in [
        (
            "flow.yaml",
            format!("x: {}", "[".repeat(10_000) + &"]".repeat(10_000)),
        ),
        (
            "flow.json",
            "{\"x\":".repeat(10_000) + "1" + &"}".repeat(10_000),
        ),
        ("block.yaml", "- ".repeat(10_000) + "x"),
    ] {
        let place = Place::new();
        place.write(name, text);
        one_error(&place.run(&["validate", name]), 1, &[name, "deep"]);
    }
}

#[test]
fn a_reference_cycle() {
    let place = Place::new();
    place.write(
        "x.yaml",
        "asyncapi: 3.0.0\ninfo: { title: x, version: '1' }\ncomponents:\n  schemas:\n    \
         a: { $ref: '#/components/schemas/b' }\n    b: { $ref: '#/components/schemas/a' }\n",
    );
    let run = place.run(&["validate", "x.yaml"]);
    assert_eq!(run.code, 1);
    assert!(
        run.out.contains("x.yaml:5:") && run.out.contains("reference-cycle"),
        "{}",
        run.out
    );
}

#[test]
fn a_reference_out_of_the_root() {
    let place = Place::new();
    place.write(
        "x.yaml",
        "asyncapi: 3.0.0\ninfo: { title: x, version: '1' }\ncomponents:\n  schemas:\n    \
         a: { $ref: '../../../../../../../../etc/passwd' }\n",
    );
    let run = place.run(&["validate", "x.yaml"]);
    one_error(&run, 1, &["x.yaml:5:", "--root"]);
    assert!(!run.out.contains("root:x:"), "{}", run.out);
}

#[test]
fn a_symbolic_link_out_of_the_root() {
    let place = Place::new();
    let outside = Place::new();
    outside.write("secret.yaml", "type: string");
    std::os::unix::fs::symlink(
        outside.path().join("secret.yaml"),
        place.path().join("link.yaml"),
    )
    .expect("linked");
    place.write(
        "x.yaml",
        "asyncapi: 3.0.0\ninfo: { title: x, version: '1' }\ncomponents: { schemas: { a: { $ref: link.yaml } } }\n",
    );
    one_error(
        &place.run(&["validate", "x.yaml"]),
        1,
        &["x.yaml:3:", "--root"],
    );
}

#[test]
fn a_file_that_changes_while_it_is_read() {
    let place = Place::new();
    let good = std::fs::read(place.path().join("specs/orders.asyncapi.yaml")).expect("read");
    let path = place.write("x.yaml", &good);
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut length = 0;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                length = (length + 997) % good.len();
                std::fs::write(&path, &good[..length]).expect("written");
            }
        });
        for _ in 0..20 {
            let run = place.run(&["validate", "x.yaml"]);
            assert!((0..=2).contains(&run.code), "{run:?}");
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
