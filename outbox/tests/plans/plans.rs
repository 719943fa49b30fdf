//! How each statement of a relay, and of who receives, is done where there are many rows.
use crate::{
    Outcome,
    base::{Base, with_pool},
    heard::{self, Heard},
    rows, say, trial as trial_of,
};
use libtest_mimic::Trial;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, Row as _};
use std::{sync::Arc, time::Duration};
use tidings::{Channel, Layers, Message, MessageId, Received, Router, serve, testing::TestBroker};
use tidings_outbox::{
    Database, Read, Refused, Store, Stored, Transactional, receive,
    tailing::{TailSettings, Tailing},
};
use tokio::time::sleep;

/// Most rows that a statement may go through which has no index for it: a page of them, within a bound.
const PAGE: u64 = 1000;

pub(crate) fn trial(database: Database) -> Trial {
    trial_of(
        "nothing-that-a-relay-asks-goes-through-a-table",
        database,
        move || by_indexes(database),
    )
}

async fn by_indexes(database: Database) -> Outcome {
    let base = Base::new(database).await?;
    base.fill(rows()).await?;
    heard::take();
    ask_all(&base, &*base.store()).await?;
    if let Base::Postgres(pool, name) = &base {
        let url = std::env::var("TIDINGS_TEST_POSTGRES")?;
        let mut settings = TailSettings::default();
        settings.slot = Some(name.clone());
        // Until the log is open the table is read in a way of its own.
        let tailing = Tailing::new(pool.clone(), &url)?.with_settings(settings);
        let mut lead = tailing.lead().await?;
        while lead.is_none() {
            // Who led before is about to go.
            sleep(Duration::from_millis(50)).await;
            lead = tailing.lead().await?;
        }
        read(&mut *lead.ok_or("nobody leads")?).await?;
    }
    let heard = alone(heard::take());
    // `select`s and `delete`s of all that was asked.
    assert!(heard.len() >= 9, "{heard:?}");
    let wrong = scans(&base, &heard).await?;
    base.drop().await?;
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(wrong.into()),
    }
}

/// What finds rows of ours, each statement by itself and once.
pub(crate) fn alone(heard: Vec<Heard>) -> Vec<Heard> {
    let parts = |heard: Heard| {
        let Heard { statement, seconds } = heard;
        let part = |part: &str| Heard {
            statement: part.to_owned(),
            seconds,
        };
        statement.split("; ").map(part).collect::<Vec<_>>()
    };
    let mut heard: Vec<_> = heard.into_iter().flat_map(parts).collect();
    heard.retain(|heard| heard.statement.contains("tidings_") && reads(&heard.statement));
    heard.sort_by(|a, b| a.statement.cmp(&b.statement));
    heard.dedup_by(|next, first| {
        let is_same = next.statement == first.statement;
        if is_same {
            first.seconds = first.seconds.max(next.seconds);
        }
        is_same
    });
    heard
}

/// Which of them go through a table, and how.
pub(crate) async fn scans(base: &Base, heard: &[Heard]) -> Outcome<String> {
    let mut wrong = String::new();
    for Heard { statement, seconds } in heard {
        let milliseconds = seconds * 1e3;
        say(format_args!("{milliseconds:.1} ms at most: {statement}"))?;
        for plan in plans(base, statement).await? {
            if let Some(scan) = scan(base, statement, &plan) {
                wrong += &format!("\n{statement}\n    goes through {scan}: {plan}");
            }
        }
    }
    Ok(wrong)
}

/// Whether it finds rows, rather than put some.
fn reads(statement: &str) -> bool {
    let start = statement.split_whitespace().next().unwrap_or_default();
    match start {
        "select" | "delete" | "update" | "with" => true,
        "insert" => statement.contains(" select ") && !statement.contains("unnest"),
        _ => false,
    }
}

/// All that a relay, who looks after it, and who receives ask.
async fn ask_all(base: &Base, store: &dyn Store) -> Outcome {
    store.check().await?;
    let mut lead = store.lead().await?.ok_or("nobody leads")?;
    lead.channels(10_000).await?;
    let ids = read(&mut *lead).await?;
    let [parked, more, published @ ..] = &*ids else {
        return Err("nothing was read".into());
    };
    let (id, message_id) = parked.clone();
    let park = [Refused::new(id, Some(message_id), "by a test")];
    lead.settle("large", std::slice::from_ref(more), &park)
        .await?;
    lead.settle("large", published, &[]).await?;
    lead.channels(10_000).await?;
    store.waiting(PAGE).await?;
    store.oldest_writer().await?;
    let parked = store.parked(100, 100).await?;
    let ids: Vec<_> = parked.iter().map(|parked| parked.id).collect();
    let (some, others) = ids.split_at(50);
    assert_eq!(store.replay(some).await?, 50);
    assert_eq!(store.discard(others).await?, 50);
    store
        .forget("consumer1", Duration::from_millis(500))
        .await?;
    // One of the last that it received.
    let last = (0..=rows()).rfind(|number| number % 15 == 10);
    let id = format!("id{}", last.unwrap_or_default());
    let id = MessageId::from(&*id);
    let is_new = with_pool!(base, pool => {
        receive(&mut *pool.acquire().await?, "consumer1", &id).await?
    });
    assert!(!is_new, "it was received before");
    handle(base).await
}

/// By the layer for handlers, which notes what is done, and forgets.
async fn handle(base: &Base) -> Outcome {
    handle_many(base, 1).await
}

/// As many.
pub(crate) async fn handle_many(base: &Base, messages: usize) -> Outcome {
    let (broker, mut router) = (TestBroker::new(), Router::new());
    router.layers(with_pool!(base, pool => {
        Layers::new().with(Transactional::new(pool.clone()).with_keep(Duration::from_millis(500)))
    }));
    let orders = Channel::point_to_point("orders");
    router.on(orders.clone(), |_: Received<Message>| async { Ok(()) });
    let service = serve(Arc::new(broker.clone()), router).await?;
    let transport: &dyn tidings::transport::DynTransport = &broker;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    let many: Vec<_> = (0..messages).map(|_| Message::new("an order")).collect();
    for sent in transport.publish(&orders, &many, deadline).await {
        sent?;
    }
    broker.settled().await;
    Ok(service.stop(Duration::from_secs(10)).await?)
}

async fn read(lead: &mut dyn tidings_outbox::Lead) -> Outcome<Vec<(i64, MessageId)>> {
    let keys = [b"key1".to_vec(), b"key2".to_vec()];
    let mut what = Read::new("large", 1000);
    what.without = &keys;
    lead.read(what).await?;
    let rows = lead.read(Read::new("large", 1000)).await?;
    assert_eq!(rows.len(), 1000);
    assert_eq!(lead.read(Read::new("few1", 10)).await?.len(), 10);
    Ok(named(&rows))
}

/// Rows by their numbers and the ids of their messages.
pub(crate) fn named(rows: &[Stored]) -> Vec<(i64, MessageId)> {
    let named = |row: &Stored| Some((row.id, row.outgoing.as_ref().ok()?.message.id.clone()));
    rows.iter().filter_map(named).collect()
}

/// What is bound to a parameter, by what is before and after it; a number will do for anything else.
fn value(base: &Base, before: &str, after: &str) -> &'static str {
    let is_postgres = matches!(base, Base::Postgres(..));
    let ends = |with: &[&str]| with.iter().any(|end| before.trim_end().ends_with(end));
    if after.starts_with("::text[]") {
        "'{large}'"
    } else if after.starts_with("::int8[]") {
        "'{5}'"
    } else if ends(&["channel =", "channel >", "channel >="]) {
        "'large'"
    } else if ends(&["consumer ="]) {
        "'consumer1'"
    } else if ends(&["message_id ="]) {
        "'id5'"
    } else if ends(&["limit"]) {
        "1000"
    } else if ends(&["json_table("]) {
        "'[5, 6, 7]'"
    } else if ends(&["any("]) {
        "'{5, 6, 7}'"
    } else if ends(&["all("]) {
        "'{key1, key2}'"
    } else if is_postgres {
        "'5'"
    } else {
        "5"
    }
}

/// How a statement is done, by what a database says of it: for the values at hand, and for any, where it tells these apart.
async fn plans(base: &Base, statement: &str) -> Outcome<Vec<String>> {
    match base {
        Base::Sqlite(pool, _) => {
            let explain = AssertSqlSafe(format!("explain query plan {statement}"));
            let rows = sqlx::raw_sql(explain).fetch_all(pool).await?;
            let steps: Result<Vec<String>, _> =
                rows.iter().map(|row| row.try_get("detail")).collect();
            Ok(vec![steps?.join("; ")])
        }
        Base::MySql(pool, _) => {
            let mut bound = String::new();
            let mut parts = statement.split('?');
            bound += parts.next().unwrap_or_default();
            for part in parts {
                bound += value(base, &bound, part);
                bound += part;
            }
            let explain = AssertSqlSafe(format!("explain {bound}"));
            let rows = sqlx::raw_sql(explain).fetch_all(pool).await?;
            let step = |row: &sqlx::mysql::MySqlRow| {
                let text = |column| row.try_get::<Option<String>, _>(column);
                let rows: Option<i64> = row.try_get("rows").unwrap_or_default();
                let [table, kind, key] = [text("table")?, text("type")?, text("key")?]
                    .map(|text| text.unwrap_or_else(|| "-".to_owned()));
                sqlx::Result::Ok(format!("{table} {kind} {key} {}", rows.unwrap_or_default()))
            };
            let steps: sqlx::Result<Vec<String>> = rows.iter().map(step).collect();
            Ok(vec![steps?.join("; ")])
        }
        Base::Postgres(pool, _) => {
            let mut connection = pool.acquire().await?;
            let count = (1_u8..).take_while(|number| statement.contains(&format!("${number}")));
            let values: Vec<_> = count
                .map(|number| {
                    let parameter = format!("${number}");
                    let (before, after) = statement.split_once(&parameter).unwrap_or_default();
                    value(base, before, after)
                })
                .collect();
            let values = match values.is_empty() {
                true => String::new(),
                false => format!("({})", values.join(", ")),
            };
            let mut plans = Vec::new();
            for mode in ["custom", "generic"] {
                // Without doing it.
                let mut transaction = connection.begin().await?;
                for sql in [
                    format!("set local plan_cache_mode = force_{mode}_plan"),
                    format!("prepare asked as {statement}"),
                ] {
                    sqlx::raw_sql(AssertSqlSafe(sql))
                        .execute(&mut *transaction)
                        .await?;
                }
                let explain = format!("explain (format json) execute asked{values}");
                let row = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_one(&mut *transaction);
                plans.push(row.await?.try_get_unchecked::<String, _>(0)?);
                sqlx::raw_sql("deallocate asked")
                    .execute(&mut *transaction)
                    .await?;
                transaction.rollback().await?;
            }
            Ok(plans
                .iter()
                .map(|plan| plan.split_whitespace().collect::<Vec<_>>().join(" "))
                .collect())
        }
    }
}

/// The table that is gone through without an index, and without a bound.
fn scan(base: &Base, statement: &str, plan: &str) -> Option<String> {
    match base {
        Base::Sqlite(..) => {
            let mut scans = plan
                .split("; ")
                .filter(|step| step.starts_with("SCAN tidings_"));
            // A page has a bound of its own, which the plan does not show.
            let pages = statement.matches("limit ?1").count();
            scans.nth(pages).map(str::to_owned)
        }
        Base::MySql(..) => {
            let is_scan = |step: &&str| {
                let fields: Vec<_> = step.split(' ').collect();
                let rows = fields[3].parse().unwrap_or(u64::MAX);
                ["ALL", "index"].contains(&fields[1]) && rows > PAGE
            };
            plan.split("; ").find(is_scan).map(str::to_owned)
        }
        Base::Postgres(..) => {
            let plan: Value = serde_json::from_str(plan).unwrap_or_default();
            scan_of(&plan[0]["Plan"], false)
        }
    }
}

/// The same of a node and those below it; what is right below a limit has a bound.
fn scan_of(node: &Value, is_bound: bool) -> Option<String> {
    let kind = node["Node Type"].as_str().unwrap_or_default();
    let table = node["Relation Name"].as_str().unwrap_or_default();
    let is_scan = kind.ends_with("Scan") && table.starts_with("tidings_");
    let is_small = ["tidings_outbox_version", "tidings_outbox_relay"].contains(&table);
    let has_condition = ["Index Cond", "Recheck Cond", "TID Cond"]
        .iter()
        .any(|condition| !node[condition].is_null());
    if is_scan && !is_small && !has_condition && !is_bound {
        return Some(format!("{table} ({kind})"));
    }
    let below = node["Plans"].as_array().into_iter().flatten();
    let is_limit = kind == "Limit";
    below.filter_map(|node| scan_of(node, is_limit)).next()
}
