//! What it says, and how it ends, where something is wrong.
use crate::{
    program::{Program, Said},
    shop::{Listener, Outcome, Shop},
    trial,
};
use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "a-wrong-configuration-is-told-in-whole",
            a_wrong_configuration_is_told_in_whole,
        ),
        trial(
            "what-this-build-cannot-do-is-told-with-what-it-can",
            what_this_build_cannot_do_is_told_with_what_it_can,
        ),
        trial(
            "check-tells-what-is-missing-by-its-code",
            check_tells_what_is_missing_by_its_code,
        ),
        trial(
            "where-nobody-listens-it-is-told-at-once-who-was-asked",
            nobody_listens,
        ),
        trial(
            "postgres: who-is-not-let-in-is-told-what-helps",
            async || not_let_in(POSTGRES).await,
        )
        .with_ignored_flag(std::env::var_os(POSTGRES).is_none()),
        trial(
            "mariadb: who-is-not-let-in-is-told-what-helps",
            async || not_let_in(MARIADB).await,
        )
        .with_ignored_flag(std::env::var_os(MARIADB).is_none()),
        trial("a-pooler-takes-its-connections", pooled)
            .with_ignored_flag(std::env::var_os(POOLER).is_none()),
    ]
}

const POOLER: &str = "TIDINGS_TEST_PGBOUNCER";
const POSTGRES: &str = "TIDINGS_TEST_POSTGRES";
const MARIADB: &str = "TIDINGS_TEST_MARIADB";

/// So that what is wrong is told by the database, here that it has no tables.
async fn pooled() -> Outcome {
    let shop = Shop::new().await?;
    let said = run(
        &shop,
        &["--check"],
        &[("DATABASE_URL", &std::env::var(POOLER)?)],
    );
    assert_eq!(said.code, Some(4), "{}", said.err);
    assert!(said.err.contains("`tidings outbox schema"), "{}", said.err);
    Ok(())
}

fn run(shop: &Shop, args: &[&str], variables: &[(&str, &str)]) -> Said {
    let mut all = shop.variables().to_vec();
    all.push(("START_WAIT", "0s"));
    all.extend(variables);
    Program::run(shop.folder.path(), args, &all)
}

async fn a_wrong_configuration_is_told_in_whole() -> Outcome {
    let shop = Shop::new().await?;
    let file = shop.folder.path().join("tidings-relay.toml");
    std::fs::write(file, "[relay]\nbatch = 'many'\n")?;
    let said = run(&shop, &[], &[("RELAY_MODE", "push")]);
    assert_eq!(said.code, Some(2), "{}", said.err);
    assert_eq!(
        said.err,
        "error: tidings-relay.toml:2:9: `relay.batch` may not be `many`; write a number from 1 to 100000\n\
         error: environment variable `TIDINGS_RELAY_RELAY_MODE`: `relay.mode` may not be `push`; it may be `polling`, `tailing`\n"
    );
    let said = run(&shop, &[], &[("CONFIG", "other.toml")]);
    assert_eq!(said.code, Some(2), "{}", said.err);
    assert!(
        said.err.starts_with("error: other.toml: cannot be read: "),
        "{}",
        said.err
    );
    let said = run(
        &shop,
        &["--config", "third.toml"],
        &[("CONFIG", "other.toml")],
    );
    assert!(
        said.err.starts_with("error: third.toml: cannot be read: "),
        "{}",
        said.err
    );
    let said = run(&shop, &[], &[("CONFIG", "")]);
    assert!(
        said.err.starts_with("error: tidings-relay.toml:2:9: "),
        "{}",
        said.err
    );
    Ok(())
}

async fn what_this_build_cannot_do_is_told_with_what_it_can() -> Outcome {
    let shop = Shop::new().await?;
    for (name, value, expected) in [
        (
            "RELAY_MODE",
            "tailing",
            "`relay.mode` may not be `tailing`: SQLite has no log",
        ),
        (
            "DATABASE_URL",
            "oracle://db",
            "this build knows no database `oracle`; there are `sqlite`, `postgres`, `postgresql`, `mysql`, `mariadb`",
        ),
        (
            "DATABASE_URL",
            "postgres://hush@db:port/shop",
            "database `postgres://***@db:port/shop`",
        ),
        (
            "BROKER_URL",
            "unix:shop.sock?confirm=never",
            "`?confirm=settled`",
        ),
        (
            "HTTP_LISTEN",
            "192.0.2.1:80",
            "nothing can listen on `192.0.2.1:80`",
        ),
        (
            "BROKER_URL",
            "nats://db",
            "this build speaks no `nats`; there are `unix`, `tcp`",
        ),
    ] {
        let said = run(&shop, &[], &[(name, value)]);
        assert_eq!(said.code, Some(2), "{}", said.err);
        assert!(said.err.contains(expected), "{}", said.err);
        assert!(!said.err.contains("hush"), "{}", said.err);
    }
    Ok(())
}

async fn check_tells_what_is_missing_by_its_code() -> Outcome {
    let shop = Shop::bare().await?;
    let said = run(&shop, &["--check"], &[("DATABASE_URL", "sqlite:other.db")]);
    assert_eq!(said.code, Some(3), "{}", said.err);
    assert!(
        said.err.contains("database `sqlite:other.db`"),
        "{}",
        said.err
    );
    let folder = format!("counts from `{}`", shop.folder.path().display());
    assert!(said.err.contains(&folder), "{}", said.err);
    let said = run(&shop, &["--check"], &[]);
    assert_eq!(said.code, Some(4), "{}", said.err);
    assert!(said.err.contains("`tidings outbox schema"), "{}", said.err);
    assert!(
        said.err.contains("database `sqlite:shop.db`"),
        "{}",
        said.err
    );
    let shop = Shop::new().await?;
    let said = run(&shop, &["--check"], &[]);
    assert_eq!(said.code, Some(3), "{}", said.err);
    assert!(said.err.contains("shop.sock"), "{}", said.err);
    assert!(
        said.err.contains("start what listens there"),
        "{}",
        said.err
    );
    let _listener = Listener::new(&shop).await?;
    let said = run(&shop, &["--check"], &[]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert_eq!(
        said.out,
        "database, broker and tables are as they should be\n"
    );
    assert!(said.err.contains("`?confirm=settled`"), "{}", said.err);
    let settled = ("BROKER_URL", "unix:shop.sock?confirm=settled");
    let said = run(&shop, &["--check"], &[settled]);
    assert_eq!((said.code, &*said.err), (Some(0), ""));
    Ok(())
}

async fn nobody_listens() -> Outcome {
    let shop = Shop::new().await?;
    for url in [
        "postgres://ann@127.0.0.1:1/shop",
        "mysql://ann@127.0.0.1:1/shop",
    ] {
        let said = run(&shop, &["outbox", "list"], &[("DATABASE_URL", url)]);
        assert_eq!(said.code, Some(3), "{}", said.err);
        assert!(said.err.contains("refused"), "{}", said.err);
        assert!(said.err.contains("@127.0.0.1:1/shop`"), "{}", said.err);
        assert!(said.err.contains("see that it runs"), "{}", said.err);
    }
    let said = run(&shop, &["--check"], &[("DATABASE_URL", "mysql://ann@db")]);
    assert_eq!(said.code, Some(2), "{}", said.err);
    assert!(said.err.contains("names no database"), "{}", said.err);
    Ok(())
}

/// What a server says is told in its words, with what helps, and without where in its own source it says so.
async fn not_let_in(variable: &str) -> Outcome {
    let shop = Shop::new().await?;
    let url = std::env::var(variable)?;
    let (scheme, rest) = url.split_once("://").ok_or("an address")?;
    let (_, place) = rest.split_once('@').ok_or("a user")?;
    let (server, _) = place.split_once('/').ok_or("a database")?;
    for (address, mend) in [
        (
            format!("{scheme}://nobody_of_that_name@{place}"),
            "see that the user",
        ),
        (
            url.replace(place, &format!("{server}/no_such_base")),
            "make the database",
        ),
    ] {
        let said = run(&shop, &["--check"], &[("DATABASE_URL", &address)]);
        assert_eq!(said.code, Some(3), "{}", said.err);
        assert!(said.err.contains(mend), "{}", said.err);
        assert!(!said.err.contains(" at line "), "{}", said.err);
    }
    Ok(())
}
