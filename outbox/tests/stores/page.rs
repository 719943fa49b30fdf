//! What the page about the outbox says for programs in other languages, and the tests that it names.
use crate::{Outcome, database::Base, sink::Sink, trial, until};
use libtest_mimic::Trial;
use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};
use tidings::{Channel, MessageId};
use tidings_outbox::Database;

const PAGE: &str = include_str!("../../../docs/outbox.md");

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    let mut all = vec![trial(
        "what-the-page-has-other-languages-write-is-what-it-says",
        database,
        others,
    )];
    if database == Database::Sqlite {
        all.extend([
            trial("each-test-that-the-page-names-is-there", database, |_| {
                named()
            }),
            trial("what-the-page-depends-on-is-there", database, |_| {
                dependencies()
            }),
        ]);
    }
    all
}

/// As the workspace has them.
async fn dependencies() -> Outcome {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workspace = fs::read_to_string(root.join("Cargo.toml"))?;
    let block = section("From an empty folder").split("```toml\n").nth(1);
    let block = block.and_then(|rest| rest.split("```").next());
    let lines = block.unwrap_or_default().lines();
    let mut count = 0;
    for line in lines.filter(|line| line.contains(" = {")) {
        let said = |key: &str| {
            let (_, rest) = line.split_once(&format!("{key} = \""))?;
            rest.split('"').next()
        };
        let name = line.split(' ').next().unwrap_or_default();
        match (said("path"), said("version")) {
            (Some(path), None) => {
                let path = path.strip_prefix("../tidings/").ok_or("it is elsewhere")?;
                let manifest = fs::read_to_string(root.join(path).join("Cargo.toml"))?;
                assert!(manifest.contains(&format!("\nname = \"{name}\"")), "{line}");
            }
            (None, Some(version)) => {
                let entry = workspace
                    .lines()
                    .find(|entry| entry.starts_with(&format!("{name} =")));
                let entry = entry.ok_or("it is not known")?;
                assert!(entry.contains(&format!("\"{version}.")), "{line}");
            }
            other => return Err(format!("{line}: {other:?}").into()),
        }
        count += 1;
    }
    assert_eq!(count, 5);
    Ok(())
}

/// A section, by its heading.
fn section(heading: &str) -> &'static str {
    let (_, rest) = PAGE
        .split_once(&format!("\n## {heading}\n"))
        .expect("the page has it");
    rest.split("\n## ").next().unwrap_or_default()
}

async fn others(database: Database) -> Outcome {
    const ID: &str = "0193a5f2-6c1e-7a10-9d1b-3f6f2f1f0a01";
    let (base, sink) = (Base::new(database).await?, Sink::new());
    let blocks = section("Other languages").split("```sql\n").skip(1);
    let blocks: Vec<_> = blocks.filter_map(|rest| rest.split("```").next()).collect();
    let [appends, receives] = blocks[..] else {
        return Err("it has other blocks".into());
    };
    let channels = Arc::new(Mutex::new(Vec::new()));
    let told = channels.clone();
    sink.decide(move |channel, _| {
        told.lock().expect("no panic").push(channel.clone());
        None
    });
    base.execute(appends).await?;
    let _relay = base.relay(&sink).await?;
    until("it is there", || !sink.taken("orders.placed").is_empty()).await?;
    assert_eq!(
        *channels.lock().expect("no panic"),
        [Channel::publish_subscribe("orders.placed")]
    );
    let message = sink.taken("orders.placed").remove(0);
    assert_eq!(message.id, MessageId::from(ID));
    assert_eq!(message.name.as_deref(), Some("OrderPlaced"));
    assert_eq!(message.content_type.as_deref(), Some("application/json"));
    assert_eq!(message.key.as_deref(), Some(&b"O-000001"[..]));
    assert_eq!(
        message.header("tenant").map(|value| &value[..]),
        Some(&b"acme"[..])
    );
    let created = UNIX_EPOCH + Duration::from_secs(1_764_500_000);
    assert_eq!(message.created, Some(created));
    assert_eq!(message.body, r#"{"orderId": "O-000001"}"#);
    if database != Database::MySql {
        base.execute(receives).await?;
        base.execute(receives).await?;
        assert!(!base.receive("dispatch", &ID.into(), true).await?);
    }
    Ok(())
}

/// All tests of the workspace that are named by texts and functions.
async fn named() -> Outcome {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut sources = String::new();
    for folder in [
        "outbox/src",
        "outbox/tests",
        "conformance/src",
        "runtime/tests",
        "relay/src",
        "relay/tests",
    ] {
        read(&root.join(folder), &mut sources)?;
    }
    let rows = section("What cannot happen").lines();
    let rows = rows.filter_map(|line| line.rsplit('|').nth(1));
    let names: Vec<_> = rows
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let all = [
            format!("\"{name}\""),
            format!("{name}: ["),
            format!("fn {name}("),
        ];
        let is_there = all.iter().any(|text| sources.contains(text));
        assert!(is_there, "no test `{name}`");
    }
    Ok(())
}

fn read(folder: &Path, sources: &mut String) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => read(&path, sources)?,
            false => sources.push_str(&fs::read_to_string(&path)?),
        }
    }
    Ok(())
}
