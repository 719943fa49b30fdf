//! What a server needs for its log to be read, and what is better set otherwise.
use super::failed;
use crate::reach;
use sqlx::PgPool;
use tidings::{Error, ErrorKind, Result};

/// What a server says of itself.
#[derive(Debug, Clone)]
struct Server {
    version: i32,
    wal_level: String,
    /// How much log a slot keeps at most; -1 is without an end.
    slot_keeps: String,
    slots: i32,
    senders: i32,
    is_standby: bool,
    /// Whether the table is in the log at all.
    is_logged: bool,
}

/// Asks the server.
pub(super) async fn server(pool: &PgPool) -> Result<()> {
    let said: (i32, String, String, i32, i32, bool, bool) = sqlx::query_as(
        "select current_setting('server_version_num')::int as version, current_setting('wal_level') as wal_level, \
         current_setting('max_slot_wal_keep_size') as slot_keeps, current_setting('max_replication_slots')::int as slots, \
         current_setting('max_wal_senders')::int as senders, pg_is_in_recovery() as is_standby, \
         (select relpersistence = 'p' from pg_class where oid = 'tidings_outbox'::regclass) as is_logged",
    )
    .fetch_one(pool)
    .await
    .map_err(failed)?;
    let (version, wal_level, slot_keeps, slots, senders, is_standby, is_logged) = said;
    let server = Server {
        version,
        wal_level,
        slot_keeps,
        slots,
        senders,
        is_standby,
        is_logged,
    };
    server.judge()?;
    if let Some(advice) = server.advice() {
        tracing::warn!("{advice}");
    }
    Ok(())
}

/// Looks for tables of which nothing can be deleted, since a publication tells of that, and nothing says which row it was.
pub(super) async fn identities(pool: &PgPool) -> Result<()> {
    let found = sqlx::query_as(
        "select c.relname::text, p.pubname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace \
         join pg_publication_tables t on t.schemaname = n.nspname and t.tablename = c.relname join pg_publication p using (pubname) \
         where c.oid in (to_regclass('tidings_outbox'), to_regclass('tidings_outbox_parked'), to_regclass('tidings_outbox_relay')) \
         and c.relreplident = 'n' and (p.pubdelete or p.pubupdate) order by 1, 2 limit 1",
    )
    .fetch_optional(pool)
    .await;
    let found: Option<(String, String)> = match found {
        Ok(found) => found,
        Err(error) => return Err(reach::failed("check", pool, error).await),
    };
    found.map_or(Ok(()), |(table, publication)| {
        let reason = format!(
            "the publication `{publication}` tells of what is deleted, and `{table}` has no replica identity, so that nothing can be; \
             `alter table {table} replica identity default`"
        );
        Err(Error::new(ErrorKind::Conflict, "check", reason))
    })
}

impl Server {
    fn judge(&self) -> Result<()> {
        let conflict = |reason: String| Err(Error::new(ErrorKind::Conflict, "check", reason));
        match self {
            Self { version, .. } if *version < 140_000 => {
                let reason = format!("PostgreSQL is of version {}, its log is read from 14 on; take the relay that polls", version / 10_000);
                Err(Error::new(ErrorKind::Unsupported, "check", reason))
            }
            Self { is_standby: true, .. } => conflict("the server is a standby; give the URL of the primary".to_owned()),
            Self { wal_level, .. } if wal_level != "logical" => conflict(format!(
                "`wal_level` is `{wal_level}`, and the log can be read with `logical`; \
                 `alter system set wal_level = logical`, and restart the server"
            )),
            Self { slots: 0, .. } | Self { senders: 0, .. } => conflict(
                "`max_replication_slots` or `max_wal_senders` is 0; set both to 10, say, and restart the server".to_owned(),
            ),
            Self { is_logged: false, .. } => conflict(
                "`tidings_outbox` is not in the log; `alter table tidings_outbox set logged`".to_owned(),
            ),
            _ => Ok(()),
        }
    }

    /// What would hurt later.
    fn advice(&self) -> Option<String> {
        (self.slot_keeps == "-1").then(|| {
            "`max_slot_wal_keep_size` is -1: the log grows until the disk is full while no relay runs; \
             `alter system set max_slot_wal_keep_size = '10GB'`, say: of what goes beyond nothing is lost, the table is read instead"
                .to_owned()
        })
    }
}

/// Whether a name needs no quotes, wherever it stands.
pub(super) fn is_name(name: &str) -> bool {
    let is_part = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_';
    let first = name.chars().next();
    name.len() <= 63
        && name.chars().all(is_part)
        && first.is_some_and(|first| !first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Server {
        Server {
            version: 150_018,
            wal_level: "logical".to_owned(),
            slot_keeps: "10GB".to_owned(),
            slots: 10,
            senders: 10,
            is_standby: false,
            is_logged: true,
        }
    }

    #[test]
    fn what_a_server_lacks_is_told_with_its_mend() {
        assert!(good().judge().is_ok());
        let oldest = Server {
            version: 140_000,
            ..good()
        };
        assert!(oldest.judge().is_ok());
        for (server, kind, words) in [
            (
                Server {
                    version: 130_009,
                    ..good()
                },
                ErrorKind::Unsupported,
                "version 13",
            ),
            (
                Server {
                    is_standby: true,
                    ..good()
                },
                ErrorKind::Conflict,
                "primary",
            ),
            (
                Server {
                    wal_level: "replica".into(),
                    ..good()
                },
                ErrorKind::Conflict,
                "`alter system set wal_level = logical`",
            ),
            (
                Server { slots: 0, ..good() },
                ErrorKind::Conflict,
                "`max_replication_slots`",
            ),
            (
                Server {
                    senders: 0,
                    ..good()
                },
                ErrorKind::Conflict,
                "`max_wal_senders`",
            ),
            (
                Server {
                    is_logged: false,
                    ..good()
                },
                ErrorKind::Conflict,
                "set logged`",
            ),
        ] {
            let error = server.judge().unwrap_err();
            assert_eq!(error.kind(), kind);
            assert!(error.to_string().contains(words), "{error}");
        }
    }

    #[test]
    fn a_log_without_an_end_is_advised_against() {
        assert_eq!(good().advice(), None);
        let advice = Server {
            slot_keeps: "-1".into(),
            ..good()
        }
        .advice();
        assert!(advice.is_some_and(|advice| advice.contains("`max_slot_wal_keep_size`")));
    }

    #[test]
    fn names_are_those_that_need_no_quotes() {
        for name in ["a", "_a1", &"a".repeat(63)] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "1a", "A", "a-b", "a'b", &"a".repeat(64)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
