//! Where the database of a round is, and how services and relays reach it.
use crate::{
    Outcome,
    base::{Base, Kind, patiently},
};
use sqlx::AssertSqlSafe;
use std::path::Path;
use tidings_conformance::faults::{Link, variable};
use uuid::Uuid;

/// A database of a round's own.
pub(crate) struct Place {
    kind: Kind,
    name: String,
    /// Where the server has all databases.
    server: String,
    /// How services reach it, and how relays do.
    pub(crate) services: Way,
    pub(crate) relays: Way,
    /// It, past what may fail.
    pub(crate) base: Base,
}

/// An URL, and the link by which it leads.
pub(crate) struct Way {
    pub(crate) url: String,
    pub(crate) link: Option<Link>,
}

impl Place {
    pub(crate) async fn open(kind: Kind, folder: &Path, accounts: u32) -> Outcome<Self> {
        let name = format!("t{}", Uuid::now_v7().simple());
        let (server, url) = match kind.variable() {
            Some(variable_of) => {
                let server = variable(variable_of, kind.name())?;
                let (before, _) = server.rsplit_once('/').ok_or("no database is named")?;
                let url = format!("{before}/{name}");
                let create = format!("create database {name}");
                patiently(|| async { Base::at(&server, None).await?.run(create.clone()).await })
                    .await?;
                (server, url)
            }
            None => {
                let url = format!("sqlite:{}", folder.join("shop.db").display());
                (url.clone(), url)
            }
        };
        let base = Base::at(&url, None).await?;
        base.fill(accounts).await?;
        Ok(Self {
            services: Way::to(&url).await?,
            relays: Way::to(&url).await?,
            kind,
            name,
            server,
            base,
        })
    }

    /// The service of `dev/services`, where it is one.
    pub(crate) fn service(&self) -> Option<&'static str> {
        self.kind.variable().map(|_| self.kind.name())
    }

    /// Has nobody read the log, and drops what says how far it was read.
    pub(crate) async fn drop_slots(&self) -> Outcome {
        let server = Base::reach(&self.server, None).await?;
        let Base::Postgres(pool) = server else {
            return Ok(());
        };
        for _ in 0..100 {
            for (what, active) in [
                ("pg_terminate_backend(active_pid)", true),
                ("pg_drop_replication_slot(slot_name)", false),
            ] {
                let sql = format!(
                    "select {what} from pg_replication_slots where database = $1 and active = {active}"
                );
                let query = sqlx::query(AssertSqlSafe(sql)).bind(&self.name);
                // A relay may take it in between.
                let done = query.execute(&pool).await;
                if !active && done.is_ok_and(|done| done.rows_affected() > 0) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Drops it, once nobody is at work any more.
    pub(crate) async fn close(self) -> Outcome {
        if self.service().is_none() {
            return Ok(());
        }
        if self.kind == Kind::Postgres {
            self.drop_slots().await?;
        }
        let how = if self.kind == Kind::Postgres {
            " with (force)"
        } else {
            ""
        };
        let drop = format!("drop database {}{how}", self.name);
        Base::reach(&self.server, None).await?.run(drop).await
    }
}

impl Way {
    /// One to that URL, by a link where it leads to a server.
    async fn to(url: &str) -> Outcome<Self> {
        let server = url
            .split_once('@')
            .and_then(|(_, rest)| rest.split_once('/'));
        let Some((server, _)) = server else {
            return Ok(Self {
                url: url.to_owned(),
                link: None,
            });
        };
        let link = Link::forward(server).await?;
        Ok(Self {
            url: url.replacen(server, link.address(), 1),
            link: Some(link),
        })
    }
}
