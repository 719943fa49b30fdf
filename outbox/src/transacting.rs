//! What differs between databases where handlers have their transactions.
use crate::{Store, Writer};
use sqlx::{Database, Pool};
use std::sync::{Arc, atomic::AtomicBool};
use tidings::BoxFuture;

/// A database whose transactions handlers may have.
pub trait Transacting: Database<Connection: Writer> {
    /// How a transaction begins, unless told otherwise.
    const BEGIN: &'static str;

    /// Whether it has one writer at a time.
    const ONE_WRITER: bool;

    /// What is run next, where `COMMIT` needs it, or where what is written after the database has rolled back in the middle would be
    /// committed alone: then it is not, until `RESTORE`.
    const MARK: Option<&'static str>;

    /// What fails where the transaction is not the one that began, because the database has rolled back in the middle, by an error
    /// that a handler passed over, or has committed; and what commits it then. None where a plain commit says so.
    const COMMIT: Option<[&'static str; 2]>;

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

    /// Notes that all is done about a message that was [noted as begun](Writer::note_begun), as a statement that goes with the commit;
    /// none where [`Writer::note_done`] does it before.
    fn done(consumer: &str, id: &str) -> Option<String> {
        let _ = (consumer, id);
        None
    }

    /// Runs statements.
    fn run<'a>(
        connection: &'a mut Self::Connection,
        statements: &'a str,
    ) -> BoxFuture<'a, sqlx::Result<()>>;
}

/// Has handlers have the transactions of a database, as a method of their context. Told are the statements of
/// [`Transacting`](crate::Transacting): how one begins, whether there is one writer, what marks it, commits it and
/// restores its session where these are its own, how it is held where it is, and what notes with the commit that all is done.
macro_rules! transacting {
    ($database:ident, $store:ident, $begin:literal, $one_writer:literal, $mark:expr, $commit:expr, $restore:expr $(, hold = $hold:path)? $(, done = $done:path)?) => {
        impl crate::Transacting for sqlx::$database {
            const BEGIN: &'static str = $begin;
            const ONE_WRITER: bool = $one_writer;
            const MARK: Option<&'static str> = $mark;
            const COMMIT: Option<[&'static str; 2]> = $commit;
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

            $(
                fn done(consumer: &str, id: &str) -> Option<String> {
                    Some($done(consumer, id))
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
