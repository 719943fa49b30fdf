//! What the pages show is what the program takes.
use super::{Config, FILE, Needs, keys::KEYS};
use tidings_outbox::Database;

const README: &str = include_str!("../../README.md");
const OUTBOX: &str = include_str!("../../../docs/outbox.md");
const FEATURES: &str = include_str!("../../Cargo.toml");
const WORKSPACE: &str = include_str!("../../../Cargo.toml");
const CONTAINER: &str = include_str!("../../Containerfile");

/// The blocks of a page in a language.
fn blocks(page: &'static str, language: &str) -> Vec<&'static str> {
    let start = format!("```{language}\n");
    let blocks = page.split(&*start).skip(1);
    blocks
        .filter_map(|block| block.split("```").next())
        .collect()
}

/// What is between backticks.
fn code(page: &'static str) -> impl Iterator<Item = &'static str> {
    page.split('`').skip(1).step_by(2)
}

#[test]
fn the_configuration_that_is_shown_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    for secret in ["database", "broker"] {
        std::fs::write(folder.path().join(secret), "hush").expect("a file");
    }
    let secrets = folder.path().display().to_string();
    let blocks = blocks(README, "toml");
    assert_eq!(blocks.len(), 1);
    let file = folder.path().join("relay.toml");
    std::fs::write(&file, blocks[0].replace("/run/secrets", &secrets)).expect("a file");
    let config = Config::read(Some(&file), [], Needs::All);
    let config = config.unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(config.broker.expect("there is one").security.len(), 1);
}

#[test]
fn the_keys_and_variables_that_are_named_are_there() {
    let tables: Vec<_> = KEYS.iter().map(super::keys::Key::table).collect();
    let (mut keys, mut variables) = (0, 0);
    for page in [README, OUTBOX] {
        for word in code(page) {
            let name = word.split([' ', '=']).next().unwrap_or_default();
            let table = name.split_once('.').map(|(table, _)| table);
            if table.is_some_and(|table| tables.contains(&table)) {
                assert!(KEYS.iter().any(|key| key.name == name), "{name}");
                keys += 1;
            }
        }
        let is_part = |c: char| c.is_ascii_uppercase() || c == '_';
        for rest in page.split("TIDINGS_RELAY_").skip(1) {
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let name = format!("TIDINGS_RELAY_{}", &rest[..end]);
            let is_known = name == FILE || KEYS.iter().any(|key| key.variable() == name);
            assert!(is_known, "{name}");
            variables += 1;
        }
    }
    assert!(keys >= 8 && variables >= 5, "{keys} {variables}");
}

#[test]
fn the_features_that_are_named_are_there() {
    let rows = README
        .lines()
        .skip_while(|line| !line.starts_with("| feature |"));
    let rows = rows.skip(2).take_while(|line| line.starts_with('|'));
    let of_table = rows.flat_map(|row| code(row.split('|').nth(1).unwrap_or_default()));
    let built = blocks(README, "sh");
    let built = built
        .iter()
        .flat_map(|block| block.split("--features ").skip(1));
    let of_build = built.flat_map(|rest| {
        rest.split_whitespace()
            .next()
            .unwrap_or_default()
            .split(',')
    });
    let all: Vec<_> = of_table.chain(of_build).collect();
    assert!(all.len() > 9, "{all:?}");
    for feature in all {
        let line = format!("\n{feature} = [");
        assert!(FEATURES.contains(&line), "{feature}");
    }
}

#[test]
fn the_databases_that_are_named_have_tables() {
    let blocks = blocks(OUTBOX, "sh");
    let lines = blocks.iter().flat_map(|block| block.lines());
    let named = lines.filter_map(|line| line.strip_prefix("tidings outbox schema --db "));
    let named: Vec<_> = named
        .filter_map(|rest| rest.split_whitespace().next())
        .collect();
    assert!(named.len() >= 3, "{named:?}");
    for name in named {
        assert!(name.parse::<Database>().is_ok(), "{name}");
    }
}

/// What stands between two texts, the first time that the former does.
fn between(page: &'static str, start: &str, end: char) -> &'static str {
    let rest = page.split_once(start).map(|(_, rest)| rest);
    let found = rest.and_then(|rest| rest.split(end).next());
    found.unwrap_or_else(|| panic!("no `{start}`"))
}

#[test]
fn a_container_has_what_other_builds_have_and_the_brokers() {
    let built: Vec<_> = between(CONTAINER, "ARG FEATURES=", '\n')
        .split(',')
        .collect();
    let usual = between(FEATURES, "default = [", ']').split('"');
    let usual = usual.skip(1).step_by(2);
    for feature in usual.chain(["rabbitmq", "kafka-tls", "binlog"]) {
        assert!(built.contains(&feature), "{feature}");
    }
    for feature in built {
        let line = format!("\n{feature} = [");
        assert!(FEATURES.contains(&line), "{feature}");
    }
}

#[test]
fn a_container_is_built_by_the_compiler_that_is_needed_and_runs_without_rights() {
    let compiler = between(WORKSPACE, "rust-version = \"", '"');
    assert_eq!(between(CONTAINER, "FROM rust:", '-'), compiler);
    let user = between(CONTAINER, "\nUSER ", ':').parse::<u32>();
    assert!(user.is_ok_and(|user| user > 0));
    let listen = KEYS.iter().find(|key| key.name == "http.listen");
    let (_, port) = listen
        .and_then(|key| key.default.rsplit_once(':'))
        .expect("a port");
    assert_eq!(between(CONTAINER, "\nEXPOSE ", '\n'), port);
    let told = between(CONTAINER, "\nENV TIDINGS_RELAY_HTTP_LISTEN=0.0.0.0:", '\n');
    assert_eq!(told, port);
    assert!(README.contains(&format!("/ready, port: {port} ")));
}
