//! The ways in to generated Rust: the command line, a build script and a macro make the same of a document, with the same options.
use crate::support::{Place, Run};
use std::{
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tidings_codegen::{Build, Source};

const DOC: &str = "specs/orders.asyncapi.yaml";

/// A document of two files.
const PARTS: [(&str, &str); 2] = [
    (
        "parts/pets.asyncapi.yaml",
        "asyncapi: 3.0.0
info: { title: Pets, version: 1.0.0 }
channels:
  pets: { address: pets, messages: { fed: { payload: { $ref: 'schemas.yaml#/Pet' } } } }
  walks: { address: walks, messages: { walked: { payload: { type: object, properties: { far: { type: integer } } } } } }
operations:
  feed: { action: receive, channel: { $ref: '#/channels/pets' } }
  walk: { action: send, channel: { $ref: '#/channels/walks' } }
components:
  messages: { Bitten: { payload: { type: object, properties: { by: { type: string } } } } }
  schemas: { Flea: { type: object, properties: { legs: { type: integer } } } }
",
    ),
    (
        "parts/schemas.yaml",
        "Pet: { type: object, required: [name], properties: { name: { type: string } } }\n",
    ),
];

fn with_parts() -> Place {
    let place = Place::new();
    for (name, text) in PARTS {
        place.write(name, text);
    }
    place
}

/// What the command line makes of a document, as one module.
#[track_caller]
fn by_command(place: &Place, document: &str, options: &[&str]) -> String {
    let run = place.run(
        &[
            &["generate", "rust", document, "-o", "-", "--module"],
            options,
        ]
        .concat(),
    );
    assert_eq!(run.code, 0, "{}", run.err);
    run.out
}

fn by_build_script(place: &Place, document: &str, options: impl Fn(Build) -> Build) -> String {
    let folder = place.path().join("out");
    std::fs::create_dir_all(&folder).expect("a folder");
    let build = Build::new(place.path().join(document)).out_dir(folder);
    options(build).file_name("made.rs").run().expect("made");
    place.read("out/made.rs")
}

#[test]
fn all_ways_give_the_same_bytes() {
    let place = with_parts();
    for document in [DOC, PARTS[0].0, "specs/styles/request-reply.asyncapi.yaml"] {
        let text = by_command(&place, document, &[]);
        assert_eq!(by_build_script(&place, document, |build| build), text);
        // What the macro takes; `tidings-macros` itself tests that it makes nothing else of it.
        let made = Source::new(place.path().join(document))
            .make()
            .expect("made");
        assert_eq!(made.text, text);
    }
}

#[test]
fn options_mean_the_same_to_all_ways() {
    let place = with_parts();
    let options = [
        "--role",
        "counterpart",
        "--unknown",
        "drop",
        "--exclude",
        "w*",
        "--all-schemas",
        "--tests",
    ];
    let text = by_command(&place, PARTS[0].0, &options);
    let built = by_build_script(&place, PARTS[0].0, |build| {
        build
            .role(tidings_codegen::Role::Counterpart)
            .unknown(tidings_codegen::Unknown::Drop)
            .exclude("w*")
            .all_schemas(true)
            .tests(true)
    });
    assert_eq!(built, text);
    assert_ne!(text, by_command(&place, PARTS[0].0, &[]));
    place.write(
        "tidings.toml",
        "[generate.rust]\nrole = 'counterpart'\nunknown = 'drop'\nexclude = ['w*']\nall-schemas = true\ntests = true\n",
    );
    assert_eq!(by_command(&place, PARTS[0].0, &[]), text);
    assert_eq!(by_build_script(&place, PARTS[0].0, |build| build), text);
    // What is told wins over the file.
    let both = by_command(&place, PARTS[0].0, &["--role", "both"]);
    assert!(both.contains("PetsServer") && !text.contains("PetsServer"));
    let isolated = by_build_script(&place, PARTS[0].0, Build::isolated);
    assert_eq!(isolated, by_command(&place, PARTS[0].0, &["--isolated"]));
    assert_ne!(isolated, text);
}

#[test]
fn operations_are_included_and_left_out_with_what_only_they_use() {
    let place = with_parts();
    let has = |options: &[&str]| {
        let text = by_command(&place, PARTS[0].0, options);
        let names = [
            "struct FedPayload ",
            "struct WalkedPayload ",
            "struct BittenPayload ",
            "struct Flea ",
        ];
        names.map(|name| text.contains(name))
    };
    assert_eq!(has(&[]), [true, true, true, false]);
    assert_eq!(has(&["--include", "feed"]), [true, false, false, false]);
    assert_eq!(has(&["--exclude", "f*"]), [false, true, false, false]);
    assert_eq!(has(&["--all-schemas"]), [true; 4]);
    assert_eq!(has(&["--include", "feed", "--all-schemas"]), [true; 4]);
    let run = |option: &[&str]| {
        place.run(&[&["generate", "rust", PARTS[0].0, "-o", "api"], option].concat())
    };
    let misspelt = run(&["--include", "fed"]);
    assert_eq!(misspelt.code, 2);
    let told = "there is no operation `fed`; did you mean `feed`?";
    assert!(misspelt.err.contains(told), "{}", misspelt.err);
    let none = run(&["--exclude", "*"]);
    assert!(
        none.code == 2 && none.err.contains("no operation is left"),
        "{}",
        none.err
    );
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_the_file_is_not_written() {
    let place = with_parts();
    place.write("parts/schemas.yaml", "Pet: { type: objet }\n");
    let out = place.path().join("out");
    let document = place.path().join(PARTS[0].0);
    let failure = Build::new(&document).out_dir(&out).run().expect_err("bad");
    let text = format!("{failure:?}").replace(&format!("{}/", place.path().display()), "");
    assert!(
        text.starts_with("`parts/pets.asyncapi.yaml` has 1 error; nothing was generated\n  parts/schemas.yaml:1:14: error["),
        "{text}"
    );
    assert_eq!(failure.findings().len(), 1, "{failure}");
    place.write(
        "tidings.toml",
        "[generate.rust]\nrole = 'x'\n[validate]\nrol = 1\n",
    );
    let failure = Build::new(&document).out_dir(&out).run().expect_err("bad");
    assert!(
        failure.findings()[0].contains("tidings.toml:2:8: `role` may not be `x`"),
        "{failure}"
    );
    assert_eq!(failure.findings().len(), 1, "{failure}");
    let failure = Build::new("none.yaml")
        .out_dir(&out)
        .run()
        .expect_err("bad");
    assert_eq!(
        failure.to_string(),
        "`none.yaml` does not exist; nothing was generated"
    );
    let unknown = Build::new(&document).broker("fax").run().expect_err("bad");
    assert!(
        unknown.to_string().contains("there is no broker `fax`"),
        "{unknown}"
    );
    assert!(!out.exists());
}

#[test]
fn a_build_script_hears_of_every_file() {
    let place = with_parts();
    let config = place.write("tidings.toml", "[generate.rust]\nunknown = 'keep'\n");
    let source = Source::new(place.path().join(PARTS[0].0));
    let files = source.make().expect("made").files;
    let real = |name: &str| place.path().join(name).canonicalize().expect("there");
    let found: Vec<_> = files
        .iter()
        .map(|file| file.canonicalize().expect("there"))
        .collect();
    assert_eq!(
        found,
        [
            real(PARTS[0].0),
            real(PARTS[1].0),
            config.canonicalize().expect("there")
        ]
    );
}

#[test]
fn a_module_is_as_rustfmt_leaves_it_and_can_be_included() {
    let place = Place::new();
    let run = place.run(&["generate", "rust", DOC, "-o", "src/orders.rs", "--module"]);
    assert_eq!(run.code, 0, "{}", run.err);
    place.write("src/lib.rs", "//! Ours.\npub mod orders;\n");
    let rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--check", "src/lib.rs"])
        .current_dir(place.path())
        .output()
        .expect("rustfmt starts");
    let told = String::from_utf8_lossy(&rustfmt.stdout);
    assert!(rustfmt.status.success(), "{told}");
    let text = place.read("src/orders.rs");
    let within = text.split_once("mod generated {").expect("a module").0;
    assert!(
        !within.contains("//!") && !within.contains("#!"),
        "{within}"
    );
}

/// What a run without writing says, and that it wrote nothing.
#[track_caller]
fn without_writing(place: &Place, options: &[&str]) -> Run {
    let before = place.files();
    let run = place.run(&[&["generate", "rust", DOC], options].concat());
    assert_eq!(place.files(), before);
    run
}

#[test]
fn a_dry_run_says_what_would_be_written_and_removed() {
    let place = Place::new();
    let run = without_writing(&place, &["-o", "api", "--dry-run"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        run.out.contains("would write api/src/lib.rs\n"),
        "{}",
        run.out
    );
    assert_eq!(place.run(&["generate", "rust", DOC, "-o", "api"]).code, 0);
    let run = without_writing(&place, &["-o", "api", "--dry-run"]);
    assert_eq!(
        (run.code, &*run.out, &*run.err),
        (0, "", "api is up to date\n")
    );
    let run = without_writing(&place, &["-o", "api", "--dry-run", "--role", "counterpart"]);
    assert!(
        run.out.contains("would write api/src/client.rs\n"),
        "{}",
        run.out
    );
    assert!(
        run.out.contains("would remove api/src/service.rs\n"),
        "{}",
        run.out
    );
    place.write("api/src/lib.rs", "//! mine");
    let run = without_writing(&place, &["-o", "api", "--dry-run"]);
    assert!(
        run.code == 2 && run.err.contains("was changed since"),
        "{}",
        run.err
    );
}

#[test]
fn a_check_fails_where_the_output_is_not_up_to_date() {
    let place = Place::new();
    for output in [&["-o", "api"][..], &["-o", "src/orders.rs", "--module"]] {
        let check = [output, &["--check"]].concat();
        assert_eq!(without_writing(&place, &check).code, 1);
        let run = place.run(&[&["generate", "rust", DOC], output].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        assert_eq!(without_writing(&place, &check).code, 0);
        let stale = [&check[..], &["--unknown", "drop"]].concat();
        let run = without_writing(&place, &stale);
        assert_eq!(run.code, 1);
        assert!(
            run.err.contains("is not up to date; generate it again"),
            "{}",
            run.err
        );
    }
    let run = without_writing(&place, &["--module", "-o", "-", "--check"]);
    assert_eq!(run.code, 2, "{}", run.err);
}

#[test]
fn templates_of_ones_own_stand_in_the_place_of_ours() {
    let place = Place::new();
    place.write("own/README.md", "{{title}}, as we have it\n");
    let run =
        |options: &[&str]| place.run(&[&["generate", "rust", DOC, "-o", "api"], options].concat());
    let first = run(&["--template-dir", "own"]);
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(place.read("api/README.md").ends_with("as we have it\n"));
    assert!(
        place
            .read("api/Cargo.toml")
            .contains("[dependencies]\ntidings = ")
    );
    place.write("own/Cargo.toml", "[package]\nname = {{nam}}\n");
    let bad = run(&["--template-dir", "own"]);
    assert_eq!(bad.code, 2);
    assert!(
        bad.err
            .contains("`own/Cargo.toml` has no value for `{{nam}}`"),
        "{}",
        bad.err
    );
    place.write("tidings.toml", "[generate.rust]\ntemplate-dir = 'own'\n");
    place.write(
        "own/Cargo.toml",
        "[package]\nname = {{name}}\nlicense = \"MIT\"\n",
    );
    assert_eq!(run(&[]).code, 0);
    assert!(
        place
            .read("api/Cargo.toml")
            .ends_with("license = \"MIT\"\n")
    );
    place.write("empty/x", "");
    let none = run(&["--template-dir", "empty"]);
    assert!(
        none.code == 2 && none.err.contains("neither `Cargo.toml` nor `README.md`"),
        "{}",
        none.err
    );
}

#[test]
fn types_are_what_the_configuration_says_of_their_schemas() {
    let place = with_parts();
    place.write(
        "tidings.toml",
        "[generate.rust.types.\"schemas.yaml#/Pet\"]\nextern = 'crate::pets::Pet'\n\
         [generate.rust.types.\"#/channels/walks/messages/walked/payload\"]\nderive = ['PartialOrd', 'Debug']\nattributes = ['#[must_use]']\n",
    );
    let text = by_command(&place, PARTS[0].0, &[]);
    assert_eq!(by_build_script(&place, PARTS[0].0, |build| build), text);
    assert!(
        text.contains("pub type FedPayload = crate::pets::Pet;"),
        "{text}"
    );
    assert!(!text.contains("pub struct FedPayload"), "{text}");
    let above = "#[derive(PartialOrd)]\n    #[must_use]\n    #[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]";
    assert!(text.contains(above), "{text}");
    let told = by_build_script(&place, PARTS[0].0, |build| {
        build
            .isolated()
            .extern_type("schemas.yaml#/Pet", "crate::pets::Pet")
            .derive("#/channels/walks/messages/walked/payload", "PartialOrd")
            .attribute("#/channels/walks/messages/walked/payload", "#[must_use]")
    });
    assert_eq!(told, text);
    for (types, wrong) in [
        ("'#/Pet'.extern = 'x'", "there is no schema `#/Pet`"),
        (
            "'schemas.yaml#/Pat'.extern = 'x'",
            "did you mean `schemas.yaml#/Pet`?",
        ),
        (
            "'schemas.yaml#/Pet'.extern = 'a b'",
            "`schemas.yaml#/Pet`: `a b` is no path of a type",
        ),
        (
            "'schemas.yaml#/Pet'.derive = ['a b']",
            "`a b` is no path of a trait",
        ),
        (
            "'schemas.yaml#/Pet'.attributes = ['must_use']",
            "`must_use` is no attribute",
        ),
        (
            "'Pet'.extern = 'x'",
            "2:1: `Pet` is no reference to a schema; write it as in",
        ),
    ] {
        place.write("tidings.toml", format!("[generate.rust.types]\n{types}\n"));
        let run = place.run(&["generate", "rust", PARTS[0].0, "-o", "-", "--module"]);
        assert_eq!(run.code, 2, "{types}");
        assert!(run.err.contains(wrong), "{types}: {}", run.err);
    }
}

/// A program that is ended when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn what_is_watched_is_generated_again_when_a_part_changes() {
    let place = with_parts();
    let watch = Command::new(env!("CARGO_BIN_EXE_tidings"))
        .args([
            "generate", "rust", PARTS[0].0, "-o", "made.rs", "--module", "--watch",
        ])
        .current_dir(place.path())
        .stderr(Stdio::null())
        .spawn();
    let _watch = Running(watch.expect("started"));
    let until = |there: &str| {
        let begin = Instant::now();
        let made = || std::fs::read_to_string(place.path().join("made.rs")).unwrap_or_default();
        while !made().contains(there) {
            assert!(begin.elapsed() < Duration::from_secs(60), "no `{there}`");
            thread::sleep(Duration::from_millis(50));
        }
    };
    until("pub name: String");
    place.write("parts/schemas.yaml", PARTS[1].1.replace("name", "call"));
    until("pub call: String");
    place.write("parts/schemas.yaml", "Pet: { type: objet }\n");
    thread::sleep(Duration::from_secs(1));
    place.write("parts/schemas.yaml", PARTS[1].1.replace("name", "nick"));
    until("pub nick: String");
}
