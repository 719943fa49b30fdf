//! What differs between databases where handlers have their transactions.
use crate::{Store, Writer};
use sqlx::{Database, Pool};
use std::sync::Arc;
use tidings::BoxFuture;

/// A database whose transactions handlers may have.
pub trait Transacting: Database<Connection: Writer> {
    /// How a transaction begins, unless told otherwise.
    const BEGIN: &'static str;

    /// The store of the tables that a pool connects to.
    fn store(pool: Pool<Self>) -> Arc<dyn Store>;

    /// Fails where the database has rolled the transaction back in the middle, because of an error that a handler passed over, and
    /// would not say so of a commit.
    fn check(connection: &mut Self::Connection) -> BoxFuture<'_, sqlx::Result<()>>;
}

/// Has handlers have the transactions of a database, and its connections as a method of their context.
macro_rules! transacting {
    ($database:ident, $store:ident, $begin:literal, $check:expr) => {
        impl crate::Transacting for sqlx::$database {
            const BEGIN: &'static str = $begin;

            fn store(pool: sqlx::Pool<Self>) -> std::sync::Arc<dyn crate::Store> {
                std::sync::Arc::new($store::new(pool))
            }

            fn check(
                connection: &mut Self::Connection,
            ) -> tidings::BoxFuture<'_, sqlx::Result<()>> {
                Box::pin(async move {
                    let check: Option<&'static str> = $check;
                    match check {
                        Some(check) => sqlx::raw_sql(check).execute(connection).await.map(drop),
                        None => Ok(()),
                    }
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
