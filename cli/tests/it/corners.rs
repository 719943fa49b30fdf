//! What arguments and files mean that few people give: profiles in the configuration, messages that share a name, paths in the way.
use crate::support::{Place, SOUND as HEAD};

/// Two messages of one name in two channels, and one with an id.
fn twins(place: &Place) {
    let message = "{ name: Same, payload: { type: string } }";
    let document = format!(
        "{HEAD}channels:\n  a: {{ address: a, messages: {{ m: {message} }} }}\n  b: {{ address: b, messages: {{ m: {message}, own: {{ payload: {{ type: integer }} }} }} }}\n"
    );
    place.write("a.yaml", document);
}

#[test]
fn the_profile_of_the_configuration_counts() {
    let place = Place::new();
    place.write(
        "a.yaml",
        "asyncapi: 2.6.0\ninfo: { title: a, version: '1' }\nchannels: { 'a/': { publish: { message: { payload: { type: integer } } } } }\n",
    );
    let rules = |profile: &str| {
        place.write(
            "tidings.toml",
            format!("[validate]\nprofile = '{profile}'\n"),
        );
        let run = place.run(&["validate", "a.yaml", "--format", "concise"]);
        assert_eq!(run.err, "", "{profile}");
        let lines = run
            .out
            .lines()
            .filter_map(|line| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned()));
        lines.collect::<Vec<_>>().join(" ")
    };
    let [strict, recommended, official] = ["strict", "recommended", "official"].map(rules);
    assert_eq!(recommended, "channel-trailing-slash");
    assert!(official.contains("tags-missing") && strict.contains("tags-missing"));
    assert!(!official.contains("integer-unbounded"), "{official}");
    assert!(strict.contains("integer-unbounded"), "{strict}");
}

#[test]
fn messages_that_share_a_name_are_told_apart_by_their_pointers() {
    let place = Place::new();
    twins(&place);
    let run = place.run(&["message", "example", "a.yaml", "--message", "Same"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("names 2 messages; choose one by its pointer: `/channels/a/messages/m`, `/channels/b/messages/m`"), "{}", run.err);
    let run = place.run(&[
        "message",
        "example",
        "a.yaml",
        "--message",
        "/channels/b/messages/m",
    ]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let run = place.run(&["message", "example", "a.yaml", "--message", "own"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let run = place.run(&["message", "example", "a.yaml", "--message", "owm"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("did you mean `own`?"), "{}", run.err);
}

#[test]
fn a_stream_is_never_binary() {
    let place = Place::new();
    twins(&place);
    let run = place.run_with_input(
        &[
            "message",
            "check",
            "a.yaml",
            "--message",
            "own",
            "--stream",
            "--encoding",
            "binary",
            "-",
        ],
        b"1\n",
    );
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(
        run.err.contains("a stream has one JSON text a line"),
        "{}",
        run.err
    );
}

#[test]
fn what_is_no_document_has_no_messages() {
    let place = Place::new();
    place.write("a.yaml", "a: [\n");
    for command in [
        &["message", "check", "a.yaml", "--message", "m", "-"][..],
        &["message", "example", "a.yaml", "--message", "m"],
    ] {
        let run = place.run_with_input(command, b"1");
        assert_eq!(run.code, 1, "{command:?} {}", run.err);
        assert!(run.err.contains("error"), "{}", run.err);
    }
}

#[test]
fn files_and_folders_in_the_way_stay_and_are_named() {
    let generate = |place: &Place| {
        place.run(&[
            "generate",
            "rust",
            "specs/orders.asyncapi.yaml",
            "-o",
            "api",
        ])
    };
    let place = Place::new();
    place.write("api/src", "mine");
    let run = generate(&place);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("`api/src` is not a folder"), "{}", run.err);
    assert_eq!(place.read("api/src"), "mine");
    let place = Place::new();
    place.write("api/src/lib.rs/mine", "mine");
    let run = generate(&place);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("`api/src/lib.rs` is not a file"),
        "{}",
        run.err
    );
    assert_eq!(place.read("api/src/lib.rs/mine"), "mine");
}
