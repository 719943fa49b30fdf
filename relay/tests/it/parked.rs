//! `tidings-relay outbox list|replay|drop`.
use crate::{
    program::{Program, Said},
    shop::{Listener, Outcome, Shop},
    trial,
};
use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "what-is-parked-is-listed-for-people-and-programs",
            what_is_parked_is_listed_for_people_and_programs,
        ),
        trial("any-number-and-any-text-is-listed", any_is_listed),
        trial(
            "what-is-replayed-is-published",
            what_is_replayed_is_published,
        ),
        trial(
            "nothing-is-dropped-unless-somebody-agrees",
            nothing_is_dropped_unless_somebody_agrees,
        ),
        trial(
            "a-database-that-is-missing-is-told-at-once",
            a_database_that_is_missing_is_told_at_once,
        ),
    ]
}

/// A shop with a message of each of those channels parked, whose ids are 1 and on.
async fn parked(channels: &[&str]) -> Outcome<Shop> {
    let shop = Shop::new().await?;
    for (channel, id) in channels.iter().zip(1_i64..) {
        sqlx::query(
            "insert into tidings_outbox_parked (id, channel, message_id, body, parked_ms, reason) values (?, ?, ?, ?, 1, 'too \x1b[31mlarge')",
        )
        .bind(id)
        .bind(channel)
        .bind(format!("m{id}"))
        .bind(id.to_string())
        .execute(&shop.pool)
        .await?;
    }
    Ok(shop)
}

fn run(shop: &Shop, args: &[&str]) -> Said {
    let mut all = vec!["outbox"];
    all.extend(args);
    Program::run(
        shop.folder.path(),
        &all,
        &[("DATABASE_URL", "sqlite:shop.db")],
    )
}

async fn what_is_parked_is_listed_for_people_and_programs() -> Outcome {
    let shop = parked(&["orders", "other"]).await?;
    let said = run(&shop, &["list"]);
    assert_eq!((said.code, &*said.err), (Some(0), ""));
    let first = "1  1970-01-01T00:00:00.001Z  orders  m1  too  [31mlarge\n";
    assert_eq!(
        said.out,
        format!("{first}2  1970-01-01T00:00:00.001Z  other  m2  too  [31mlarge\n")
    );
    assert_eq!(run(&shop, &["list", "--channel", "orders"]).out, first);
    let said = run(&shop, &["list", "--json"]);
    let expected = r#"[
  {"id":1,"parkedAt":"1970-01-01T00:00:00.001Z","channel":"orders","messageId":"m1","reason":"too \u001b[31mlarge"},
  {"id":2,"parkedAt":"1970-01-01T00:00:00.001Z","channel":"other","messageId":"m2","reason":"too \u001b[31mlarge"}
]
"#;
    assert_eq!(said.out, expected);
    let said = run(&parked(&[]).await?, &["list", "--json"]);
    assert_eq!((said.code, &*said.out), (Some(0), "[]\n"));
    let said = run(&parked(&[]).await?, &["list"]);
    assert_eq!((&*said.out, &*said.err), ("", "nothing is parked\n"));
    Ok(())
}

/// As other programs write them: the least of numbers, texts that turn a line round, ids that are no text.
async fn any_is_listed() -> Outcome {
    let shop = parked(&["\u{202e}turned", "orders"]).await?;
    sqlx::query("update tidings_outbox_parked set id = -7, message_id = x'00fe' where id = 1")
        .execute(&shop.pool)
        .await?;
    let said = run(&shop, &["list"]);
    let first = said.out.lines().next().unwrap_or_default();
    assert!(first.starts_with("-7  1970"), "{}{}", said.out, said.err);
    assert!(first.contains("Z   turned  "), "{first}");
    assert_eq!(said.out.lines().count(), 2, "{}", said.out);
    let said = run(&shop, &["drop", "--yes", "-7"]);
    assert_eq!(said.out, "1 message dropped\n", "{}", said.err);
    let said = run(&shop, &["drop", "--all", "--yes"]);
    assert_eq!(said.out, "1 message dropped\n", "{}", said.err);
    Ok(())
}

async fn what_is_replayed_is_published() -> Outcome {
    let shop = parked(&["orders", "other", "orders", "orders"]).await?;
    let said = run(&shop, &["replay", "--yes", "4", "4", "7"]);
    assert_eq!((said.code, &*said.out), (Some(1), "1 message put back\n"));
    assert!(said.err.contains("1 id is not parked"), "{}", said.err);
    let said = run(
        &shop,
        &["replay", "--all", "--channel", "orders", "--yes", "--json"],
    );
    assert_eq!(
        (said.code, &*said.out),
        (Some(0), "{\"done\":2,\"missing\":0}\n")
    );
    let mut listener = Listener::new(&shop).await?;
    let _relay = Program::start(shop.folder.path(), &[], &shop.variables());
    assert_eq!(listener.next(3).await?, [4, 1, 3]);
    assert!(run(&shop, &["list"]).out.starts_with("2  "));
    Ok(())
}

async fn nothing_is_dropped_unless_somebody_agrees() -> Outcome {
    let shop = parked(&["orders", "other"]).await?;
    let said = run(&shop, &["drop", "--all"]);
    assert_eq!((said.code, &*said.out), (Some(2), ""));
    assert!(said.err.contains("`--yes`"), "{}", said.err);
    let said = run(&shop, &["drop"]);
    assert_eq!(said.code, Some(2), "{}", said.err);
    let said = run(&shop, &["drop", "--all", "--yes"]);
    assert_eq!((said.code, &*said.out), (Some(0), "2 messages dropped\n"));
    let said = run(&shop, &["drop", "--all"]);
    assert_eq!((said.code, &*said.out), (Some(0), "0 messages dropped\n"));
    assert_eq!(shop.backlog().await?, 0);
    Ok(())
}

async fn a_database_that_is_missing_is_told_at_once() -> Outcome {
    let shop = Shop::bare().await?;
    let said = run(&shop, &["list"]);
    assert_eq!(said.code, Some(4), "{}", said.err);
    let other = [("DATABASE_URL", "sqlite:other.db")];
    let said = Program::run(shop.folder.path(), &["outbox", "list"], &other);
    assert_eq!(said.code, Some(3), "{}", said.err);
    Ok(())
}
