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
        ("quoted.yaml", "{\"a\": ".repeat(10_000)),
        ("tagged.yaml", "[!a ".repeat(10_000)),
        ("anchored.yaml", "[&a ".repeat(10_000)),
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

#[test]
fn names_and_keys_that_could_steer_a_terminal() {
    let place = Place::new();
    let name = "\u{1b}[2J.yaml";
    let text = "asyncapi: 3.0.0\ninfo: { title: x, version: '1' }\n\"\\e[2J\\u009b2J\": 1\n";
    place.write(name, text);
    place.write("\u{1b}[2J.json", "{\"\\u001b[2J\": 1}");
    let orders = "specs/orders.asyncapi.yaml";
    for arguments in [
        &["validate", name][..],
        &["validate", "\u{1b}[2J"],
        &["explain", "\u{1b}[2J"],
        &["docs", name, "-o", "page.html"],
        &["generate", "rust", name, "-o", "\u{1b}[2J"],
        &["generate", "rust", orders, "-o", "\u{1b}[2J"],
        &[
            "message",
            "check",
            orders,
            "--message",
            "OrderPlaced",
            "\u{1b}[2J.json",
        ],
        &[
            "message",
            "check",
            orders,
            "--message",
            "\u{1b}[2J",
            "x.json",
        ],
    ] {
        let run = place.run_with_colour(arguments);
        let all = run.out + &run.err;
        assert!(!all.contains("\u{1b}[2J"), "{arguments:?}: {all:?}");
        assert!(!all.contains('\u{9b}'), "{arguments:?}: {all:?}");
    }
}

#[test]
fn a_hundred_thousand_defects_in_one_long_line() {
    let fields: String = (0..100_000).map(|at| format!(",\"k{at}\":1")).collect();
    let place = Place::new();
    place.write(
        "x.json",
        format!(
            "{{\"asyncapi\":\"3.0.0\",\"info\":{{\"title\":\"x\",\"version\":\"1\"}}{fields}}}"
        ),
    );
    let run = place.run(&["validate", "--profile", "official", "x.json"]);
    assert_eq!(run.code, 1);
    assert!(run.out.len() < 1_000_000, "{}", run.out.len());
    // The mark stands below its key, though the line was cut.
    assert!(
        run.out.contains(" --> x.json:1:4446\n"),
        "{}",
        &run.out[..2000]
    );
    assert!(run.out.contains("more findings are not shown"));
    let run = place.run(&[
        "validate",
        "--profile",
        "official",
        "--format",
        "json",
        "x.json",
    ]);
    let report = run.json();
    assert_eq!(report["diagnostics"][501]["range"]["start"]["column"], 4446);
}

#[test]
fn a_mark_behind_a_byte_order_mark() {
    let place = Place::new();
    place.write("x.yaml", "\u{feff}asyncapi: 9.0.0\n");
    let run = place.run(&["validate", "x.yaml"]);
    one_error(&run, 1, &[" --> x.yaml:1:11\n", "1 | asyncapi: 9.0.0\n"]);
}

#[test]
fn a_page_over_its_own_document() {
    let place = Place::new();
    let before = std::fs::read(place.path().join("specs/orders.asyncapi.yaml")).expect("read");
    let run = place.run(&[
        "docs",
        "specs/orders.asyncapi.yaml",
        "-o",
        "specs/../specs/orders.asyncapi.yaml",
    ]);
    one_error(&run, 2, &["is part of the document"]);
    let after = std::fs::read(place.path().join("specs/orders.asyncapi.yaml")).expect("read");
    assert_eq!(before, after);
}

#[test]
fn a_page_through_a_link_or_into_a_pipe() {
    let place = Place::new();
    let earlier = "<meta name=\"generator\" content=\"Tidings\">";
    let page = place.write("page.html", earlier);
    std::os::unix::fs::symlink(&page, place.path().join("link.html")).expect("linked");
    let piped = place.pipe("pipe");
    std::os::unix::fs::symlink("pipe", place.path().join("pipe.html")).expect("linked");
    for output in ["pipe.html", "link.html"] {
        let run = place.run(&["docs", "specs/orders.asyncapi.yaml", "-o", output]);
        assert_eq!(run.code, 0, "{}", run.err);
        let link = place.path().join(output);
        assert!(link.symlink_metadata().expect("there").is_symlink());
    }
    assert!(!place.path().join("pipe").is_file());
    let piped = piped.recv().expect("sent").expect("read");
    assert!(piped == place.read("page.html") && piped.len() > 10_000);
}

#[test]
fn a_crate_to_standard_output() {
    let place = Place::new();
    let run = place.run(&["generate", "rust", "specs/orders.asyncapi.yaml", "-o", "-"]);
    one_error(&run, 2, &["--module"]);
    assert!(!place.path().join("-").exists());
}

#[test]
fn a_crate_into_a_folder_with_a_link_to_another() {
    let place = Place::new();
    let elsewhere = place.write("elsewhere/old.rs", "//! @generated by tidings\n");
    place.write("out/lib.rs", "//! @generated by tidings\n");
    std::os::unix::fs::symlink(
        place.path().join("elsewhere"),
        place.path().join("out/link"),
    )
    .expect("linked");
    let run = place.run(&[
        "generate",
        "rust",
        "specs/orders.asyncapi.yaml",
        "-o",
        "out",
    ]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(elsewhere.exists());
    assert!(place.path().join("out/link").is_symlink());
}

#[test]
fn payloads_that_never_end() {
    let place = Place::new();
    let check = |files: &[&str]| {
        let mut arguments = vec!["message", "check", "specs/orders.asyncapi.yaml"];
        arguments.extend(["--message", "OrderPlaced"]);
        arguments.extend(files);
        place.run(&arguments)
    };
    one_error(&check(&["/dev/zero"]), 2, &["not a regular file"]);
    one_error(
        &check(&["--headers", "/dev/zero", "-"]),
        2,
        &["not a regular file"],
    );
    one_error(&check(&["-", "-"]), 2, &["`-` is given twice"]);
    one_error(
        &check(&["nowhere.json"]),
        2,
        &["`nowhere.json` does not exist"],
    );
}

#[test]
fn a_payload_with_a_byte_order_mark() {
    let place = Place::new();
    place.write("x.json", "\u{feff}{}");
    let orders = "specs/orders.asyncapi.yaml";
    let run = place.run(&[
        "message",
        "check",
        orders,
        "--message",
        "OrderPlaced",
        "x.json",
    ]);
    assert!(run.out.contains("`orderId` is missing"), "{}", run.out);
}

#[test]
fn a_root_that_is_no_folder() {
    let place = Place::new();
    let orders = "specs/orders.asyncapi.yaml";
    one_error(
        &place.run(&["validate", "--root", "nowhere", orders]),
        2,
        &["`nowhere` does not exist"],
    );
    one_error(
        &place.run(&["validate", "--root", orders, orders]),
        2,
        &["not a directory"],
    );
}

#[test]
fn a_schema_that_requires_thousands_of_properties_it_does_not_describe() {
    let required: Vec<_> = (0..20_000).map(|at| format!("\"r{at}\"")).collect();
    let properties: Vec<_> = (0..20_000).map(|at| format!("\"p{at}\":{{}}")).collect();
    let place = Place::new();
    place.write(
        "x.json",
        format!(
            "{{\"asyncapi\":\"3.0.0\",\"info\":{{\"title\":\"x\",\"version\":\"1\"}},\"components\":{{\"schemas\":{{\"a\":\
             {{\"required\":[{}],\"properties\":{{{}}}}}}}}}}}",
            required.join(","),
            properties.join(",")
        ),
    );
    let run = place.run(&["validate", "x.json"]);
    assert_eq!(run.code, 0, "{}", &run.out[run.out.len() - 300..]);
}

#[test]
fn a_crate_name_that_cargo_does_not_take() {
    let place = Place::new();
    let orders = "specs/orders.asyncapi.yaml";
    for name in ["", "../evil", "a\"b", "1st"] {
        let run = place.run(&["generate", "rust", orders, "-o", "out", "--name", name]);
        one_error(&run, 2, &["begins with a letter"]);
        assert!(!place.path().join("out").exists());
    }
}
