//! What differs between databases where handlers have their transactions.
use crate::{Noting, Store};
use sqlx::{Database, Pool};
use std::sync::{Arc, atomic::AtomicBool};
use tidings::BoxFuture;

/// A database whose transactions handlers may have.
pub trait Transacting: Database<Connection: Noting> {
    /// How a transaction begins, unless told otherwise.
    const BEGIN: &'static str;

    /// Whether it has one writer at a time.
    const ONE_WRITER: bool;

    /// What is run next, where `COMMIT` needs it, or where what is written after the database has rolled back in the middle would be
    /// committed alone: then it is not, until `RESTORE`.
    const MARK: Option<&'static str>;

    /// What fails where the transaction is over, because the database has rolled back in the middle, by an error that a handler passed
    /// over, or has committed. None where a commit says so; nor is it asked where a [note](Noting::note_done) has said so.
    const CHECK: Option<&'static str>;

    /// What commits, where that is more than a plain commit.
    const COMMIT: Option<&'static str>;

    /// What rolls back and undoes what `MARK` did to the session.
    const RESTORE: Option<&'static str>;

    /// The store of the tables that a pool connects to.
    fn store(pool: Pool<Self>) -> Arc<dyn Store>;

    /// Has a connection commit nothing as long as that is set, where `MARK` cannot.
    fn hold<'a>(
        connection: &'a mut Self::Connection,
        is_held: &Arc<AtomicBool>,
    ) -> BoxFuture<'a, sqlx::Result<()>> {
        let _ = (connection, is_held);
        Box::pin(async { Ok(()) })
    }

    /// Runs statements.
    fn run<'a>(
        connection: &'a mut Self::Connection,
        statements: &'a str,
    ) -> BoxFuture<'a, sqlx::Result<()>>;
}

/// Has handlers have the transactions of a database, as a method of their context. Told are the statements of
/// [`Transacting`](crate::Transacting): how one begins, whether there is one writer, what marks it, checks it, commits it and
/// restores its session where these are its own, and how it is held where it is.
macro_rules! transacting {
    ($database:ident, $store:ident, $begin:literal, $one_writer:literal, $mark:expr, $check:expr, $commit:expr, $restore:expr $(, hold = $hold:path)?) => {
        impl crate::Transacting for sqlx::$database {
            const BEGIN: &'static str = $begin;
            const ONE_WRITER: bool = $one_writer;
            const MARK: Option<&'static str> = $mark;
            const CHECK: Option<&'static str> = $check;
            const COMMIT: Option<&'static str> = $commit;
            const RESTORE: Option<&'static str> = $restore;

            fn store(pool: sqlx::Pool<Self>) -> std::sync::Arc<dyn crate::Store> {
                std::sync::Arc::new($store::new(pool))
            }

            $(
                fn hold<'a>(
                    connection: &'a mut Self::Connection,
                    is_held: &std::sync::Arc<std::sync::atomic::AtomicBool>,
                ) -> tidings::BoxFuture<'a, sqlx::Result<()>> {
                    Box::pin($hold(connection, is_held.clone()))
                }
            )?

            fn run<'a>(
                connection: &'a mut Self::Connection,
                statements: &'a str,
            ) -> tidings::BoxFuture<'a, sqlx::Result<()>> {
                Box::pin(async move {
                    let run = sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(connection);
                    run.await.map(drop)
                })
            }
        }

        /// The transaction of a handler, by its context. Import that of the database of the service.
        pub trait InTransaction {
            /// The transaction of the handler: what it writes there is committed with the note that the message was received and
            /// with what it sends, or not at all.
            ///
            /// # Errors
            /// When there is none, because the service has no layer [`Transactional`](crate::Transactional) of that database, or
            /// the handler has ended.
            fn tx(
                &self,
            ) -> impl Future<Output = Result<crate::Tx<sqlx::$database>, tidings::HandlerError>> + Send;
        }

        impl InTransaction for tidings::Context {
            async fn tx(&self) -> Result<crate::Tx<sqlx::$database>, tidings::HandlerError> {
                crate::tx(self).await
            }
        }
    };
}

pub(crate) use transacting;
