//! From a path to the text of a module, with what the configuration says of it.
use std::{
    fs,
    path::{Path, PathBuf},
};
use tidings_codegen::{OptionValue, Source};

const DOCUMENT: &str = "
asyncapi: 3.0.0
info: { title: T, version: '1' }
channels: { c: { address: c, messages: { m: { payload: { $ref: 'types.yaml#/Order' } } } } }
operations: { o: { action: receive, channel: { $ref: '#/channels/c' } } }
";
const TYPES: &str = "Order: { type: object, required: [a], properties: { a: { type: string, format: date-time } } }\n";

/// A folder of its own with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("source")
        .join(name);
    let _ = fs::remove_dir_all(&folder);
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder.canonicalize().unwrap()
}

fn flag(flag: bool) -> OptionValue {
    OptionValue::Flag(flag)
}

fn list(texts: &[&str]) -> OptionValue {
    OptionValue::Texts(texts.iter().map(|text| (*text).to_owned()).collect())
}

#[test]
fn the_configuration_is_the_nearest_unless_another_is_told() {
    let options = "[generate.rust]\ndate-time = 'text'\n";
    let folder = folder(
        "configured",
        &[
            ("api.yaml", DOCUMENT),
            ("types.yaml", TYPES),
            ("tidings.toml", options),
            ("other.toml", "[generate.rust]\nrole = 'counterpart'\n"),
            ("broken.toml", "[generate.rust]\nrol = 'counterpart'\n"),
        ],
    );
    let document = folder.join("api.yaml");
    let mut source = Source::new(&document);
    assert_eq!(source.document(), document);
    let made = source.make().unwrap();
    let named = ["api.yaml", "types.yaml", "tidings.toml"];
    assert_eq!(made.files, named.map(|name| folder.join(name)));
    assert!(made.text.contains("pub a: String") && made.text.contains("trait TService"));
    let header = made.text.lines().next().unwrap();
    assert!(header.contains("from api.yaml (sha256:"), "{header}");

    source.config(None);
    let made = source.make().unwrap();
    assert_eq!(made.files, named.map(|name| folder.join(name))[..2]);
    assert!(made.text.contains("pub a: codegen::DateTime"));

    let text = OptionValue::Text("other.toml".to_owned());
    source.set("config", text, &folder).unwrap();
    let made = source.make().unwrap();
    assert_eq!(made.files[2], folder.join("other.toml"));
    assert!(!made.text.contains("trait TService"));

    source.set("config", flag(false), &folder).unwrap();
    assert_eq!(source.make().unwrap().files.len(), 2);

    source.config(Some(folder.join("broken.toml")));
    let failure = source.make().unwrap_err();
    assert_eq!(failure.summary(), "the configuration cannot be used");
    assert!(failure.findings()[0].contains("rol"), "{failure}");

    source.config(Some(folder.join("none.toml")));
    let failure = source.make().unwrap_err().to_string();
    assert!(failure.contains("none.toml` "), "{failure}");
}

#[test]
fn what_may_be_read_is_told_by_options_and_by_the_configuration() {
    let folder = folder(
        "elsewhere",
        &[
            ("in/.git/HEAD", ""),
            (
                "in/api.yaml",
                &DOCUMENT.replace("types.yaml", "../out/types.yaml"),
            ),
            (
                "in/hidden.yaml",
                &DOCUMENT.replace("types.yaml", ".types.yaml"),
            ),
            ("in/.types.yaml", TYPES),
            ("out/types.yaml", TYPES),
            ("roots.toml", "[read]\nroots = ['out']\n"),
            ("hidden.toml", "[read]\nhidden = true\n"),
        ],
    );
    let source = |document: &str, config: Option<&str>| {
        let mut source = Source::new(folder.join("in").join(document));
        source.config(config.map(|name| folder.join(name)));
        source
    };
    assert!(source("api.yaml", None).make().is_err());
    assert!(source("api.yaml", Some("roots.toml")).make().is_ok());
    let mut told = source("api.yaml", None);
    told.set("roots", list(&["out"]), &folder).unwrap();
    assert!(told.make().is_ok());

    assert!(source("hidden.yaml", None).make().is_err());
    assert!(source("hidden.yaml", Some("hidden.toml")).make().is_ok());
    let mut told = source("hidden.yaml", None);
    told.set("hidden", flag(true), &folder).unwrap();
    assert!(told.make().is_ok());
}

#[test]
fn values_of_another_kind_are_refused() {
    let mut source = Source::new("api.yaml");
    for (name, value, told) in [
        ("roots", flag(true), "`roots` must be a list of texts"),
        (
            "proto-path",
            flag(true),
            "`proto-path` must be a list of texts",
        ),
        ("hidden", list(&[]), "there is no option `hidden`"),
        ("tests", list(&[]), "`tests` must be `true` or `false`"),
    ] {
        let refused = source.set(name, value, Path::new("")).unwrap_err();
        assert!(refused.starts_with(told), "{refused}");
    }
}

#[test]
fn nothing_is_made_of_a_document_with_errors() {
    let folder = folder(
        "broken",
        &[
            ("api.yaml", &DOCUMENT.replace("types.yaml#", "none.yaml#")),
            ("text.yaml", "asyncapi: 4.0.0\n"),
        ],
    );
    let failure = Source::new(folder.join("api.yaml")).make().unwrap_err();
    assert!(
        failure.summary().ends_with("api.yaml` has 1 error"),
        "{failure}"
    );
    assert!(failure.findings()[0].contains("none.yaml"), "{failure}");
    assert!(Source::new(folder.join("text.yaml")).make().is_err());
    assert!(Source::new(folder.join("nowhere.yaml")).make().is_err());
}
