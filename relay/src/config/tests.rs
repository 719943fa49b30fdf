use super::*;

fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("relay.toml");
    std::fs::write(&file, text).expect("a file");
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()));
    Config::read(Some(&file), environment, Needs::All).map_err(|problems| {
        let shown = |problem: &Problem| problem.to_string();
        let problems = problems.iter().map(shown);
        let folder = format!("{}/", folder.path().display());
        problems
            .map(|problem| problem.replace(&folder, ""))
            .collect()
    })
}

const WHOLE: &str = "\
[database]
url = 'sqlite:shop.db'

[broker]
url = 'unix:/run/shop.sock'

[relay]
batch = 10
poll = '2s'
";

#[test]
fn the_environment_counts_more_than_the_file() {
    let config = read(WHOLE, &[]).expect("all is well");
    assert_eq!(
        (config.relay.batch, config.relay.poll),
        (10, Duration::from_secs(2))
    );
    assert_eq!(config.relay.timeout, RelaySettings::default().timeout);
    let variables = [
        ("TIDINGS_RELAY_RELAY_BATCH", "20"),
        ("TIDINGS_RELAY_RELAY_POLL", ""),
        ("OTHER", "x"),
    ];
    let config = read(WHOLE, &variables).expect("all is well");
    assert_eq!(
        (config.relay.batch, config.relay.poll),
        (20, Duration::from_secs(2))
    );
}

#[test]
fn every_default_is_the_one_that_is_shown() {
    let urls = [
        ("TIDINGS_RELAY_DATABASE_URL", "sqlite:a"),
        ("TIDINGS_RELAY_BROKER_URL", "unix:b"),
    ];
    let told: Vec<_> = super::keys::KEYS
        .iter()
        .filter(|key| !key.default.is_empty())
        .map(|key| (key.variable(), key.default))
        .collect();
    let all = told
        .iter()
        .map(|(name, value)| (&**name, *value))
        .chain(urls);
    let all = read("", &all.collect::<Vec<_>>()).expect("defaults are sound");
    let none = read("", &urls).expect("nothing else is needed");
    assert_eq!(format!("{all:?}"), format!("{none:?}"));
    assert_eq!(
        format!("{:?}", none.relay),
        format!("{:?}", RelaySettings::default())
    );
}

/// Another value than that which is usual, of each key of those tables.
fn told_otherwise(tables: &[&str]) -> Vec<(String, &'static str)> {
    let keys = super::keys::KEYS.iter();
    let keys = keys.filter(|key| tables.contains(&key.table()) && key.name != "relay.mode");
    keys.map(|key| {
        let value = match key.default {
            "" => "other",
            "true" => "false",
            number if number.parse::<u64>().is_ok() => "7",
            _ => "7s",
        };
        (key.variable(), value)
    })
    .collect()
}

/// The settings that two values have the same.
fn same(one: &impl std::fmt::Debug, other: &impl std::fmt::Debug) -> Vec<String> {
    let settings = |text: String| {
        let lines = text.lines().map(str::to_owned).collect::<Vec<_>>();
        let is_one = |line: &String| line.contains(": ") && !line.ends_with('{');
        lines.into_iter().filter(is_one).collect::<Vec<_>>()
    };
    let (one, other) = (
        settings(format!("{one:#?}")),
        settings(format!("{other:#?}")),
    );
    assert_eq!(one.len(), other.len());
    let both = one.into_iter().zip(other);
    both.filter(|(one, other)| one == other)
        .map(|(one, _)| one.trim().to_owned())
        .collect()
}

#[test]
fn every_setting_has_a_key() {
    let told = told_otherwise(&["relay", "alarm", "tailing"]);
    let told: Vec<_> = told.iter().map(|(name, value)| (&**name, *value)).collect();
    let config = read(WHOLE, &told).expect("all is well");
    let usual = RelaySettings::default();
    assert_eq!(same(&config.relay, &usual), ["is_heard: false,"]);
    #[cfg(feature = "tailing")]
    {
        let usual = tidings_outbox::tailing::TailSettings::default();
        assert_eq!(same(&config.database.tail.settings(), &usual), [""; 0]);
        let config = read(WHOLE, &[]).expect("all is well");
        let as_usual = format!("{:?}", config.database.tail.settings());
        assert_eq!(as_usual, format!("{usual:?}"));
    }
}

#[test]
fn a_word_is_a_word_of_toml_too() {
    let with = |failover: &str| read(&format!("{WHOLE}\n[tailing]\nfailover = {failover}\n"), &[]);
    for (failover, expected) in [("true", true), ("false", false), ("'false'", false)] {
        let config = with(failover).expect("all is well");
        assert_eq!(config.database.tail.failover, expected);
    }
    let problems = with("1").expect_err("a number");
    let expected = "relay.toml:12:12: `tailing.failover` may not be `1`; it may be `true`, `false`";
    assert_eq!(problems, [expected]);
}

#[test]
fn all_that_is_wrong_is_told_with_its_place_and_how_to_mend_it() {
    let text = "\
[database]
ulr = 'postgres://x'
password = 'hush'

[relay]
batch = 0
timeout = '10'
poll = [1]
mode = 'poling'

[brokers]
";
    let variables = [
        ("TIDINGS_RELAY_STOP_GRACE", "soon"),
        ("TIDINGS_RELAY_RELAY_BACH", "1"),
    ];
    let problems = read(text, &variables).expect_err("much is wrong");
    assert_eq!(
        problems,
        [
            "relay.toml:2:1: unknown key `ulr`; there are `url`, `password`, `password-file`, `connections`",
            "relay.toml:3:1: `database.password` is a secret, and no part of this file; set `TIDINGS_RELAY_DATABASE_PASSWORD`, or name a file \
             that holds it by `password-file`",
            "relay.toml:6:9: `relay.batch` may not be `0`; write a number from 1 to 100000",
            "relay.toml:7:11: `relay.timeout` may not be `10`; write a time of at least 1ms, such as `500ms`, `10s`, `2m` or `1h`",
            "relay.toml:8:8: `relay.poll` must be text or a number",
            "relay.toml:9:8: `relay.mode` may not be `poling`; did you mean `polling`?",
            "relay.toml:11:2: unknown key `brokers`; did you mean `broker`?",
            "environment variable `TIDINGS_RELAY_RELAY_BACH`: nothing of that name is read; did you mean `TIDINGS_RELAY_RELAY_BATCH`?",
            "environment variable `TIDINGS_RELAY_STOP_GRACE`: `stop.grace` may not be `soon`; write a time such as `500ms`, `10s`, `2m` or `1h`",
            "`database.url` is missing; set it in the file, or as `TIDINGS_RELAY_DATABASE_URL`, to something like `postgres://relay@db/shop`",
            "`broker.url` is missing; set it in the file, or as `TIDINGS_RELAY_BROKER_URL`, to something like `amqp://broker`",
        ]
    );
}

#[test]
fn what_is_no_toml_is_told_where_it_ends_to_be() {
    let problems = read("[database]\nurl = 'a", &[]).expect_err("a quote is missing");
    assert!(problems[0].starts_with("relay.toml:2:"), "{problems:?}");
    let missing =
        Config::read(Some(Path::new("no/such.toml")), [], Needs::All).expect_err("no file");
    assert!(
        missing[0]
            .to_string()
            .starts_with("no/such.toml: cannot be read: "),
        "{missing:?}"
    );
}

#[test]
fn secrets_come_from_the_environment_or_a_file_and_are_never_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("password");
    std::fs::write(&file, "hush\n").expect("a file");
    let variables = [
        (
            "TIDINGS_RELAY_DATABASE_URL",
            "postgres://ann:hush@db/shop?password=hush",
        ),
        ("TIDINGS_RELAY_DATABASE_PASSWORD", "hush"),
        ("TIDINGS_RELAY_BROKER_USER", "ann"),
        (
            "TIDINGS_RELAY_BROKER_PASSWORD_FILE",
            file.to_str().expect("text"),
        ),
        ("TIDINGS_RELAY_BROKER_TOKEN", "hush"),
    ];
    let config = read(WHOLE, &variables).expect("all is well");
    let database = &config.database;
    assert_eq!(database.password, Some(Secret::new("hush")));
    assert_eq!(database.url.to_string(), "postgres://***@db/shop?***");
    let broker = config.broker.clone().expect("there is one");
    assert!(
        matches!(&broker.security[..], [Security::Password { password, .. }, Security::Token(_)] if &**password == "hush")
    );
    let shown = format!("{config:?}");
    assert!(!shown.contains("hush"), "{shown}");
}

/// Which may tell it where it was not understood.
#[test]
fn of_a_file_that_is_not_understood_nothing_is_said_to_be_missing() {
    let twice = "[database]\nurl = 'sqlite:a.db'\n[database]\nurl = 'sqlite:b.db'\n[broker]\nurl = 'unix:a'\n";
    for text in [twice, "[database]\nurl = 'a"] {
        let problems = read(text, &[]).expect_err("it is not understood");
        assert!(
            problems.iter().all(|problem| !problem.contains("missing;")),
            "{problems:?}"
        );
    }
    let file = Path::new("no/such.toml");
    let problems = Config::read(Some(file), [], Needs::All).expect_err("no file");
    assert_eq!(problems.len(), 1, "{problems:?}");
}

#[test]
fn no_part_of_a_password_is_shown_however_the_address_is_written() {
    for (url, expected) in [
        ("postgres://ann:hush@db/shop", "postgres://***@db/shop"),
        ("postgres:ann:hush@db/shop", "postgres:***@db/shop"),
        ("postgres://ann:hu?sh@db/shop", "postgres://***?***"),
        ("postgres://ann:hu@sh/hush@db", "postgres://***@db"),
        ("postgres://db/shop?password=a@hush", "postgres://***?***"),
        ("postgres://db/shop?password=hush", "postgres://db/shop?***"),
        ("sqlite:shop.db", "sqlite:shop.db"),
        ("nonsense", "nonsense"),
    ] {
        assert_eq!(Url::new(url).to_string(), expected);
    }
}

#[test]
fn of_what_belongs_together_both_are_told() {
    for (name, value, expected) in [
        (
            "TIDINGS_RELAY_BROKER_USER",
            "ann",
            "`broker.user` is told, and `broker.password` is not",
        ),
        (
            "TIDINGS_RELAY_BROKER_PASSWORD",
            "hush",
            "`broker.password` is told, and `broker.user` is not",
        ),
        (
            "TIDINGS_RELAY_BROKER_PASSWORD_FILE",
            "/no/such",
            "the file `/no/such` of `broker.password-file` cannot be read",
        ),
        (
            "TIDINGS_RELAY_BROKER_KEY_FILE",
            "/dev/null",
            "`broker.key-file` is told, and `broker.certificate-file` is not",
        ),
        (
            "TIDINGS_RELAY_BROKER_URL",
            "nonsense",
            "`broker.url` begins with no protocol",
        ),
    ] {
        let problems = read(WHOLE, &[(name, value)]).expect_err(name);
        let start = format!("environment variable `{name}`: {expected}");
        assert!(problems[0].starts_with(&start), "{problems:?}");
    }
}
