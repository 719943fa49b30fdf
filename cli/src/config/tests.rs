//! The parser and the JSON Schema of the configuration say the same; both are made of one list of keys.
use super::{
    Config, Problem,
    keys::{ROOT, SEVERITIES},
    levels, read,
};
use expect_test::expect_file;
use serde_json::{Map, Value, json};
use std::path::Path;
use tidings_config::{Key, Kind};

/// The schema of a table.
fn table(keys: &[Key]) -> Value {
    let properties: Map<_, _> = keys
        .iter()
        .map(|key| {
            let mut schema = json!({ "description": key.about });
            if let (Some(all), Value::Object(own)) = (schema.as_object_mut(), value(key.kind)) {
                all.extend(own);
            }
            (key.name.to_owned(), schema)
        })
        .collect();
    let required: Vec<_> = keys
        .iter()
        .filter(|key| key.required)
        .map(|key| key.name)
        .collect();
    let mut schema = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn value(kind: Kind) -> Value {
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    match kind {
        Kind::Word(words) => json!({ "enum": words }),
        Kind::Text => json!({ "type": "string" }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Texts => texts,
        Kind::Hosts => {
            let host = json!({ "type": "string", "pattern": "^[^/@* ]+$" });
            json!({ "type": "array", "items": host })
        }
        Kind::Patterns => {
            let mut schema = texts;
            schema["minItems"] = json!(1);
            schema
        }
        Kind::Map => json!({
            "type": "object",
            "propertyNames": { "pattern": "^https?://" },
            "additionalProperties": { "type": "string" },
        }),
        Kind::Words(..) => json!({ "$ref": "#/definitions/rules" }),
        Kind::Under(_, keys) => json!({ "type": "object", "additionalProperties": table(keys) }),
        Kind::Table(keys) => table(keys),
        Kind::Tables(keys) => json!({ "type": "array", "items": table(keys) }),
    }
}

fn schema() -> Value {
    let mut names: Vec<_> = levels::names().collect();
    names.sort_unstable();
    names.dedup();
    let severity = json!({ "enum": SEVERITIES });
    let rules: Map<_, _> = names
        .into_iter()
        .map(|name| (name.to_owned(), severity.clone()))
        .collect();
    let mut schema = table(ROOT);
    let parts = [
        ("$schema", json!("http://json-schema.org/draft-07/schema#")),
        ("title", json!("tidings.toml")),
        ("description", json!("Configuration of Tidings.")),
        (
            "definitions",
            json!({ "rules": {
                "description": "Severities by ids of rules, by official codes that stand for one or several of them, or for the group `governance`.",
                "type": "object",
                "additionalProperties": false,
                "properties": rules,
            }}),
        ),
    ];
    for (name, part) in parts {
        schema[name] = part;
    }
    schema
}

#[test]
fn the_schema_is_that_of_the_keys() {
    let text = serde_json::to_string_pretty(&schema()).expect("JSON") + "\n";
    expect_file!["../../../specs/tidings.schema.json"].assert_eq(&text);
}

fn parse(text: &str) -> (Config, Vec<String>) {
    let mut problems: Vec<Problem> = Vec::new();
    let config = read::read(Path::new("tidings.toml"), text, &mut problems);
    (config, problems.iter().map(ToString::to_string).collect())
}

/// A configuration with every key that there is.
fn everything() -> String {
    "[validate]\nprofile = \"strict\"\nfail-on = \"info\"\nbaseline = \"known.json\"\nrulesets = [\"house.yaml\"]\n\
     [rules]\ntag-duplicate = \"off\"\nasyncapi-latest-version = \"error\"\n\
     [[overrides]]\nfiles = [\"legacy/**\"]\nrules = { tag-duplicate = \"info\" }\n\
     [read]\nroots = [\"../shared\"]\nhidden = true\nproto-path = [\"protos\"]\n\
     [remote]\nallow = [\"example.com\"]\nlock = \"tidings.lock\"\n[remote.map]\n\"https://example.com/a\" = \"a\"\n\
     [docs]\ncss = \"own.css\"\nlogo = \"own.svg\"\ntemplate-dir = \"templates\"\nallow-images = [\"pictures.example\"]\ntitle = \"Mine\"\nfragment = true\nsite-title = \"Ours\"\n\
     [generate.rust]\nrole = \"counterpart\"\nunknown = \"drop\"\nbroker = \"socket\"\ninclude = [\"order*\"]\n\
     exclude = [\"orderOld\"]\nall-schemas = true\ntests = true\ntemplate-dir = \"crate\"\n\
     [generate.rust.types.\"#/components/schemas/Order\"]\nextern = \"::shop::Order\"\nderive = [\"Ord\"]\n\
     attributes = [\"#[must_use]\"]\n"
        .to_owned()
}

/// A TOML text as JSON, for the schema.
fn as_json(value: &toml::de::DeValue<'_>) -> Value {
    use toml::de::DeValue;
    match value {
        DeValue::Table(table) => table
            .iter()
            .map(|(key, value)| (key.get_ref().to_string(), as_json(value.get_ref())))
            .collect::<Map<_, _>>()
            .into(),
        DeValue::Array(items) => items.iter().map(|item| as_json(item.get_ref())).collect(),
        DeValue::Boolean(value) => json!(value),
        DeValue::Integer(value) => json!(value.as_str().parse::<i64>().expect("small")),
        other => json!(other.as_str().expect("text")),
    }
}

/// Whether the schema takes a text.
fn fits(text: &str) -> bool {
    let root = toml::de::DeValue::Table(
        toml::de::DeTable::parse(text)
            .expect("TOML")
            .get_ref()
            .clone(),
    );
    let validator = jsonschema::draft7::new(&schema()).expect("a schema");
    validator.is_valid(&as_json(&root))
}

#[test]
fn parser_and_schema_agree_on_every_key() {
    let all = everything();
    let (config, problems) = parse(&all);
    assert_eq!(problems, [""; 0]);
    assert!(fits(&all));
    let more = &config.more;
    let mapping = tidings_document::Mapping::new("https://example.com/a", "a");
    assert_eq!(more.map, [mapping.expect("a URL")]);
    assert_eq!(more.hosts, ["example.com".parse().expect("a host")]);
    assert_eq!(more.lock, Some("tidings.lock".into()));
    assert_eq!(more.roots, [Path::new("../shared")]);
    assert_eq!(more.proto_paths, [Path::new("protos")]);
    assert_eq!(config.rulesets, [Path::new("house.yaml")]);
    let names = |keys: &'static [Key]| keys.iter().map(|key| key.name);
    let inner = ROOT.iter().flat_map(|key| match key.kind {
        Kind::Table(keys) | Kind::Tables(keys) => names(keys),
        _ => names(&[]),
    });
    for name in names(ROOT).chain(inner) {
        assert!(all.contains(name), "the sample lacks `{name}`");
    }
}

#[test]
fn what_the_parser_refuses_the_schema_refuses_too() {
    for (text, expected) in [
        (
            "rulez = 1",
            "1:1: unknown key `rulez`; did you mean `rules`?",
        ),
        (
            "[validate]\nprofil = 'x'",
            "2:1: unknown key `profil`; did you mean `profile`?",
        ),
        (
            "[validate]\nprofile = 'stict'",
            "2:11: `profile` may not be `stict`; did you mean `strict`?",
        ),
        ("validate = 1", "1:12: `validate` must be a table"),
        (
            "overrides = {}",
            "1:13: `overrides` must be a list of tables; write `[[overrides]]`",
        ),
        ("[[overrides]]\nrules = {}", "1:1: `files` is missing"),
        (
            "[[overrides]]\nfiles = []\nrules = {}",
            "2:9: `files` names no file",
        ),
        (
            "[rules]\ntag-dupliate = 'off'",
            "2:1: there is no rule `tag-dupliate`; did you mean `tag-duplicate`?",
        ),
        (
            "[rules]\ntag-duplicate = 'warn'",
            "2:17: `tag-duplicate` may not be `warn`; it may be `off`, `info`, `warning`, `error`",
        ),
        (
            "[rules]\ntag-duplicate = true",
            "2:17: `tag-duplicate` must be text",
        ),
        (
            "[rules]\nsyntax-error = 'off'",
            "2:1: `syntax-error` cannot be set; behind its findings nothing is checked, so that they are always errors",
        ),
        (
            "[read]\nroots = 'a'",
            "2:9: `roots` must be a list of texts",
        ),
        (
            "[read]\nhidden = 'yes'",
            "2:10: `hidden` must be `true` or `false`",
        ),
        (
            "[remote]\nmap = { a = 'b' }",
            "2:9: the URL is neither an `http` nor an `https` URL",
        ),
        (
            "[remote]\nallow = ['https://a']",
            "2:10: this is no host; name a host, as in `schemas.example.com` or `localhost:8080`, without scheme and path",
        ),
        (
            "[remote]\nmap = { 'https://a/' = 1 }",
            "2:24: `https://a/` must be text",
        ),
    ] {
        let (_, problems) = parse(text);
        assert_eq!(problems, [format!("tidings.toml:{expected}")], "{text}");
        assert!(!fits(text), "{text}");
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let (_, problems) = parse("a = 1\n[rules]\nx = 'off'\ntag-duplicate = 'loud'\n");
    assert_eq!(problems.len(), 3, "{problems:?}");
    let (_, problems) = parse("a = \n[rules\nb = 'x\n");
    assert!(problems.len() >= 2, "{problems:?}");
    assert!(problems[0].starts_with("tidings.toml:1:"), "{problems:?}");
}

#[test]
fn official_codes_set_their_rules() {
    let (config, problems) = parse(
        "[rules]\ninvalid-ref = 'warning'\nreference-cycle = 'error'\nasyncapi-latest-version = 'off'\n",
    );
    assert_eq!(problems, [""; 0]);
    let level = |id: &str| config.levels.of(tidings_rules::find(id).expect("a rule"));
    let weighs = |severity| Some(super::Level::Weighs(severity));
    assert_eq!(
        level("reference-unresolved"),
        weighs(tidings_document::Severity::Warning)
    );
    assert_eq!(
        level("reference-cycle"),
        weighs(tidings_document::Severity::Error)
    );
    assert_eq!(level("version-not-latest"), Some(super::Level::Off));
    assert_eq!(level("tag-duplicate"), None);
}

#[test]
fn a_group_sets_its_rules_and_what_says_it_more_exactly_wins() {
    let (config, problems) = parse(
        "[rules]\nid-missing = 'off'\nasyncapi-info-license = 'error'\ngovernance = 'info'\n",
    );
    assert_eq!(problems, [""; 0]);
    let level = |id: &str| config.levels.of(tidings_rules::find(id).expect("a rule"));
    let weighs = |severity| Some(super::Level::Weighs(severity));
    let info = weighs(tidings_document::Severity::Info);
    assert_eq!(level("info-contact-missing"), info);
    assert_eq!(level("message-example-missing"), info);
    assert_eq!(level("id-missing"), Some(super::Level::Off));
    assert_eq!(
        level("info-license-missing"),
        weighs(tidings_document::Severity::Error)
    );
    assert_eq!(level("component-unused"), None);
    let (_, problems) = parse("[rules]\ngovernence = 'info'\n");
    assert_eq!(
        problems,
        ["tidings.toml:2:1: there is no rule `governence`; did you mean `governance`?"]
    );
}

#[test]
fn the_page_about_it_shows_what_may_be_written() {
    let page = include_str!("../../../docs/configuration.md");
    let blocks: Vec<_> = page.split("```toml\n").skip(1).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let text = block.split("```").next().unwrap_or_default();
        let (_, problems) = parse(text);
        assert_eq!(problems, [""; 0]);
        assert!(fits(text));
    }
}
