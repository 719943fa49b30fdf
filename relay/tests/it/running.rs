//! What it does while all is well, and at its end.
use crate::{
    program::Program,
    shop::{Listener, Outcome, Shop},
    trial,
};
use libtest_mimic::Trial;
use std::time::Duration;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "what-is-committed-is-published-until-it-is-told-to-stop",
            what_is_committed_is_published_until_it_is_told_to_stop,
        ),
        trial(
            "what-is-not-there-at-the-start-is-waited-for",
            what_is_not_there_at_the_start_is_waited_for,
        ),
        trial(
            "who-waits-at-the-start-is-stopped-too",
            who_waits_at_the_start_is_stopped_too,
        ),
        trial(
            "health-and-metrics-are-answered-from-the-start",
            health_and_metrics_are_answered_from_the_start,
        ),
        trial("who-asks-for-its-health-is-told", health),
        trial("too-many-connections-take-no-work", too_many),
        trial("what-is-not-confirmed-in-time-is-told", grace),
        trial("the-second-signal-is-the-end", second),
        trial("a-table-that-goes-is-the-end", gone),
        trial("alarms-are-lines-of-the-log", alarms_are_lines_of_the_log),
    ]
}

async fn what_is_committed_is_published_until_it_is_told_to_stop() -> Outcome {
    let shop = Shop::new().await?;
    let mut listener = Listener::new(&shop).await?;
    shop.write(0..50).await?;
    let relay = Program::start(shop.folder.path(), &[], &shop.variables());
    assert_eq!(listener.next(50).await?, (0..50).collect::<Vec<_>>());
    shop.write(50..100).await?;
    assert_eq!(listener.next(50).await?, (50..100).collect::<Vec<_>>());
    shop.emptied().await?;
    relay.signal("TERM");
    let said = relay.ended();
    assert_eq!((said.code, &*said.out), (Some(0), ""), "{}", said.err);
    assert!(said.err.contains("relay stops"), "{}", said.err);
    Ok(())
}

async fn what_is_not_there_at_the_start_is_waited_for() -> Outcome {
    let shop = Shop::new().await?;
    shop.write([0]).await?;
    let hidden = shop.folder.path().join("hidden.db");
    let file = shop.folder.path().join("shop.db");
    shop.pool.close().await;
    std::fs::rename(&file, &hidden)?;
    let relay = Program::start(shop.folder.path(), &[], &shop.variables());
    tokio::time::sleep(Duration::from_millis(500)).await;
    std::fs::rename(&hidden, &file)?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut listener = Listener::new(&shop).await?;
    assert_eq!(listener.next(1).await?, [0]);
    relay.signal("INT");
    assert_eq!(relay.ended().code, Some(0));
    Ok(())
}

async fn who_waits_at_the_start_is_stopped_too() -> Outcome {
    let shop = Shop::new().await?;
    let relay = Program::start(shop.folder.path(), &[], &shop.variables());
    tokio::time::sleep(Duration::from_millis(500)).await;
    relay.signal("TERM");
    assert_eq!(relay.ended().code, Some(0));
    Ok(())
}

async fn health_and_metrics_are_answered_from_the_start() -> Outcome {
    let shop = Shop::new().await?;
    let relay = Program::start(shop.folder.path(), &[], &shop.variables());
    assert_eq!(relay.get("/live"), (200, "alive\n".to_owned()));
    let (status, why) = relay.get("/ready");
    assert_eq!(status, 503, "{why}");
    assert!(why.starts_with("starting"), "{why}");
    let mut listener = Listener::new(&shop).await?;
    shop.write(0..7).await?;
    assert_eq!(listener.next(7).await?.len(), 7);
    shop.emptied().await?;
    assert_eq!(relay.get("/ready"), (200, "leads\n".to_owned()));
    let standby = Program::start(shop.folder.path(), &[], &shop.variables());
    standby.says("relay started");
    let waits = (200, "waits: another relay leads\n".to_owned());
    assert_eq!(standby.get("/ready"), waits);
    let (status, metrics) = relay.get("/metrics");
    assert_eq!(status, 200);
    for line in [
        "tidings_outbox_published_total{channel=\"orders\"} 7",
        "tidings_outbox_leads 1",
        "# HELP tidings_outbox_backlog Rows that wait",
        "# TYPE tidings_outbox_oldest_seconds gauge",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    assert_eq!(relay.get("/other").0, 404);
    Ok(())
}

/// As a container's health check does, which is told nothing but the address.
async fn health() -> Outcome {
    let shop = Shop::new().await?;
    let relay = Program::start(shop.folder.path(), &[], &shop.variables());
    let address = relay.address();
    let ask = |args: &[&str], address: &str| {
        Program::run(shop.folder.path(), args, &[("HTTP_LISTEN", address)])
    };
    let (live, ready) = (&["health"][..], &["health", "--ready"][..]);
    let said = ask(live, &address);
    assert_eq!(
        (said.code, &*said.out),
        (Some(0), "alive\n"),
        "{}",
        said.err
    );
    let said = ask(ready, &address);
    assert_eq!(said.code, Some(1), "{}", said.out);
    assert!(said.err.contains("503: starting"), "{}", said.err);
    let _listener = Listener::new(&shop).await?;
    relay.says("relay started");
    let said = ask(ready, &address.replace("127.0.0.1", "0.0.0.0"));
    assert_eq!(
        (said.code, &*said.out),
        (Some(0), "leads\n"),
        "{}",
        said.err
    );
    relay.signal("TERM");
    assert_eq!(relay.ended().code, Some(0));
    for (address, why) in [
        (&*address, "nobody answers at http://127.0.0.1:"),
        ("off", "`http.listen` is `off`"),
        ("nonsense", "`http.listen` may not be `nonsense`"),
    ] {
        let said = ask(live, address);
        assert_eq!(said.code, Some(1), "{}", said.out);
        assert!(said.err.contains(why), "{}", said.err);
    }
    Ok(())
}

/// Those for which there is no file left.
async fn too_many() -> Outcome {
    let shop = Shop::new().await?;
    let _listener = Listener::new(&shop).await?;
    let relay = Program::limited(shop.folder.path(), 50, &shop.variables());
    relay.says("relay started");
    let all: Vec<_> = (0..60).map(|_| relay.connected()).collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = relay.worked();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let worked = relay
        .worked()
        .zip(before)
        .map(|(after, before)| after - before);
    assert!(worked.is_none_or(|worked| worked < 20), "{worked:?}");
    drop(all);
    assert_eq!(relay.get("/live"), (200, "alive\n".to_owned()));
    Ok(())
}

async fn alarms_are_lines_of_the_log() -> Outcome {
    let shop = Shop::new().await?;
    let _listener = Listener::new(&shop).await?;
    sqlx::query("insert into tidings_outbox (channel, message_id, headers, body) values ('q', 'x', '{', 'y')")
        .execute(&shop.pool)
        .await?;
    let mut variables = shop.variables().to_vec();
    variables.push(("LOG_FORMAT", "json"));
    let relay = Program::start(shop.folder.path(), &[], &variables);
    let said = relay.says("messages are parked");
    let line = said
        .lines()
        .find(|line| line.contains("messages are parked"));
    let line = line.ok_or("it is there")?;
    assert!(
        line.starts_with('{') && line.contains(r#""level":"ERROR""#),
        "{line}"
    );
    assert!(line.contains(r#""messages":1,"channel":"q""#), "{line}");
    Ok(())
}

/// A relay whose messages nobody settles, once it publishes them.
async fn unsettled(grace: &str) -> Outcome<(Shop, Listener, Program)> {
    let shop = Shop::new().await?;
    let listener = Listener::new(&shop).await?;
    shop.write([0]).await?;
    let mut variables = shop.variables().to_vec();
    variables.extend([
        ("BROKER_URL", "unix:shop.sock?confirm=settled"),
        ("STOP_GRACE", grace),
    ]);
    let relay = Program::start(shop.folder.path(), &[], &variables);
    relay.says("relay started");
    tokio::time::sleep(Duration::from_millis(500)).await;
    Ok((shop, listener, relay))
}

async fn grace() -> Outcome {
    let (shop, _listener, relay) = unsettled("200ms").await?;
    relay.signal("TERM");
    let said = relay.ended();
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(said.err.contains("may be published again"), "{}", said.err);
    assert_eq!(shop.backlog().await?, 1);
    Ok(())
}

async fn second() -> Outcome {
    let (_shop, _listener, relay) = unsettled("1h").await?;
    relay.signal("TERM");
    relay.says("relay stops");
    relay.signal("INT");
    let said = relay.ended();
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(said.err.contains("at the second signal"), "{}", said.err);
    Ok(())
}

async fn gone() -> Outcome {
    let shop = Shop::new().await?;
    let _listener = Listener::new(&shop).await?;
    let relay = Program::start(shop.folder.path(), &[], &shop.variables());
    relay.says("relay started");
    sqlx::raw_sql("drop table tidings_outbox")
        .execute(&shop.pool)
        .await?;
    let said = relay.ended();
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(said.err.contains("`tidings outbox schema"), "{}", said.err);
    Ok(())
}
