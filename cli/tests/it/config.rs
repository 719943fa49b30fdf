//! `tidings.toml`: where it is found, what it does, and what is said of a wrong one.
use crate::support::{Place, Run, SOUND as HEAD};

/// A repository with a document in a folder, an older one beside it, and a configuration at the root.
fn place(config: &str) -> Place {
    let place = Place::new();
    std::fs::create_dir(place.path().join(".git")).expect("made");
    let document = format!(
        "{HEAD}channels: {{ a: {{ address: a/ }} }}\ncomponents: {{ schemas: {{ A: {{}} }} }}\n"
    );
    place.write("api/a.yaml", &document);
    place.write("api/legacy/b.yaml", &document);
    place.write("tidings.toml", config);
    place
}

/// Severities and rules of a document, in one line.
fn found(run: &Run) -> String {
    let lines = run.out.lines().filter_map(|line| {
        let (_, rest) = line.split_once(": ")?;
        rest.split_once(']').map(|(found, _)| format!("{found}]"))
    });
    lines.collect::<Vec<_>>().join(" ")
}

fn validate(place: &Place, arguments: &[&str]) -> Run {
    place.run(&[&["validate", "--format", "concise"], arguments].concat())
}

#[test]
fn severities_are_those_of_the_file() {
    let place = place(
        "[rules]\nchannel-trailing-slash = 'error'\ncomponent-unused = 'off'\ninfo-license-url-missing = 'info'\n",
    );
    let run = validate(&place, &["api/a.yaml"]);
    assert_eq!(
        found(&run),
        "info[info-license-url-missing] error[channel-trailing-slash]"
    );
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    let isolated = validate(&place, &["api/a.yaml", "--isolated"]);
    assert_eq!(
        found(&isolated),
        "warning[channel-trailing-slash] info[component-unused]"
    );
    let official = validate(&place, &["api/a.yaml", "--profile", "official"]);
    assert_eq!(
        found(&official),
        "info[info-license-url-missing] error[channel-trailing-slash]"
    );
}

#[test]
fn overrides_are_for_the_files_that_they_name() {
    let place = place(
        "[rules]\ncomponent-unused = 'off'\n[[overrides]]\nfiles = ['api/legacy/**']\nrules = { channel-trailing-slash = 'off', component-unused = 'info' }\n",
    );
    assert_eq!(
        found(&validate(&place, &["api/a.yaml"])),
        "warning[channel-trailing-slash]"
    );
    assert_eq!(
        found(&validate(&place, &["api/legacy/b.yaml"])),
        "info[component-unused]"
    );
}

#[test]
fn the_nearest_file_wins_and_none_is_looked_for_above_the_repository() {
    let place = place("[rules]\ncomponent-unused = 'error'\n");
    place.write(
        "api/legacy/tidings.toml",
        "[validate]\nprofile = 'strict'\nfail-on = 'info'\n",
    );
    let near = validate(&place, &["api/legacy/b.yaml"]);
    assert!(
        found(&near).contains("warning[info-license-url-missing]"),
        "{}",
        near.out
    );
    assert_eq!(near.code, 1);
    let flags = [
        "api/legacy/b.yaml",
        "--profile",
        "recommended",
        "--fail-on",
        "error",
    ];
    let flagged = validate(&place, &flags);
    assert_eq!(
        (found(&flagged).as_str(), flagged.code),
        ("warning[channel-trailing-slash] info[component-unused]", 0)
    );
    std::fs::create_dir(place.path().join("api/.git")).expect("made");
    let inner = validate(&place, &["api/a.yaml"]);
    assert!(
        found(&inner).contains("info[component-unused]"),
        "{}",
        inner.out
    );
    let named = validate(&place, &["api/a.yaml", "--config", "tidings.toml"]);
    assert!(
        found(&named).contains("error[component-unused]"),
        "{}",
        named.out
    );
}

#[test]
fn each_document_fails_by_its_own_configuration() {
    let place = place("[validate]\nfail-on = 'warning'\n");
    place.write("api/legacy/tidings.toml", "[validate]\nfail-on = 'error'\n");
    assert_eq!(validate(&place, &["api/legacy/b.yaml"]).code, 0);
    assert_eq!(validate(&place, &["api"]).code, 1);
    let junit = place.run(&["validate", "--format", "junit", "api"]).out;
    assert_eq!(junit.matches("<failure").count(), 1, "{junit}");
}

#[test]
fn everything_that_is_wrong_is_told_with_its_place() {
    let place = place("[rules]\ncomponent-unuse = 'off'\ntag-duplicate = 'warn'\n\n[validat]\n");
    let run = validate(&place, &["api"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert_eq!(
        run.err,
        "error: tidings.toml:2:1: there is no rule `component-unuse`; did you mean `component-unused`?\n\
         error: tidings.toml:3:17: `tag-duplicate` may not be `warn`; it may be `off`, `info`, `warning`, `error`\n\
         error: tidings.toml:5:2: unknown key `validat`; did you mean `validate`?\n"
    );
    assert_eq!(validate(&place, &["api", "--no-config"]).code, 0);
    let missing = validate(&place, &["api", "--config", "nowhere.toml"]);
    assert_eq!(missing.code, 2);
    assert!(
        missing
            .err
            .starts_with("error: nowhere.toml cannot be read"),
        "{}",
        missing.err
    );
}

#[test]
fn official_codes_are_taken_without_a_word() {
    let place = place("[rules]\nasyncapi-unused-component = 'off'\n");
    let run = validate(&place, &["api"]);
    assert!(!run.out.contains("component-unused"), "{}", run.out);
    assert_eq!(run.err, "");
}

#[test]
fn roots_of_the_file_may_be_read() {
    let place = place("[read]\nroots = ['shared']\n");
    std::fs::create_dir(place.path().join("api/.git")).expect("made");
    std::fs::rename(
        place.path().join("tidings.toml"),
        place.path().join("api/tidings.toml"),
    )
    .expect("moved");
    place.write("api/tidings.toml", "[read]\nroots = ['../shared']\n");
    place.write("shared/x.yaml", "type: object\n");
    place.write(
        "api/c.yaml",
        format!("{HEAD}components: {{ messages: {{ M: {{ payload: {{ $ref: ../shared/x.yaml }} }} }} }}\n"),
    );
    assert_eq!(validate(&place, &["api/c.yaml"]).code, 0);
    let without = validate(&place, &["api/c.yaml", "--isolated"]);
    assert!(
        without.out.contains("reference-outside-root"),
        "{}",
        without.out
    );
}

#[test]
fn copies_of_remote_files_are_read_from_beside_the_file() {
    let place = place("[remote.map]\n'https://example.com/' = 'copy/'\n");
    place.write("copy/x.yaml", "type: strin\n");
    place.write(
        "api/c.yaml",
        format!("{HEAD}components: {{ messages: {{ M: {{ payload: {{ $ref: 'https://example.com/x.yaml' }} }} }} }}\n"),
    );
    let run = place.run(&["validate", "--format", "concise", "api/c.yaml"]);
    assert!(
        run.out.contains("error[enum-mismatch]"),
        "{}{}",
        run.out,
        run.err
    );
    let diff = place.run(&["validate", "--diff", "api/c.yaml"]);
    assert_eq!(
        (diff.code, diff.out.as_str()),
        (0, ""),
        "what was fetched is nobody's to mend"
    );
    let isolated = validate(&place, &["api/c.yaml", "--isolated"]);
    assert!(
        isolated.out.contains("reference-remote"),
        "{}",
        isolated.out
    );
}

#[test]
fn other_commands_read_and_judge_by_it_too() {
    let place =
        place("[rules]\nfield-unknown = 'info'\n[remote.map]\n'https://example.com/' = 'copy/'\n");
    place.write("copy/x.yaml", "type: string\n");
    place.write(
        "api/c.yaml",
        format!("{HEAD}portal: yes\ncomponents: {{ messages: {{ M: {{ payload: {{ $ref: 'https://example.com/x.yaml' }} }} }} }}\n"),
    );
    let generate = ["generate", "rust", "api/c.yaml", "-o", "made"];
    let run = place.run(&generate);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_ne!(
        place.run(&[&generate[..], &["--isolated"]].concat()).code,
        0
    );
    place.write("tidings.toml", "[rule]\n");
    let wrong = place.run(&generate);
    assert_eq!(wrong.code, 2);
    assert_eq!(
        wrong.err,
        "error: `tidings.toml` cannot be used: tidings.toml:1:2: unknown key `rule`; did you mean `rules`?\n"
    );
}

#[test]
fn what_the_file_names_and_is_not_there_is_told_once_with_the_way_out() {
    let told = |config: &str, error: &str| {
        let place = place(config);
        place.write("style.yaml", "rules: {}\n");
        let run = validate(&place, &["api"]);
        assert_eq!(
            (run.code, run.out.as_str(), run.err.as_str()),
            (2, "", error),
            "{config}"
        );
    };
    told(
        "validate.baseline = 'known.json'\n",
        "error: the baseline `known.json` does not exist; `--write-baseline known.json` writes it\n",
    );
    told(
        "validate.rulesets = ['style.yaml']\nread.roots = ['none']\n",
        "error: `none` does not exist; `roots` of `tidings.toml` names it\n",
    );
    told(
        "validate.rulesets = ['style.yaml']\nread.proto-path = ['none']\n",
        "error: `none` does not exist; `proto-path` of `tidings.toml` names it\n",
    );
    told(
        "validate.rulesets = ['style.yaml']\n[remote]\nallow = ['example.com']\nlock = 'none.lock'\n",
        "error: `none.lock` does not exist; `--update-lock` writes it\n",
    );
}
