//! A pooler that lends connections by the transaction: what one session has prepared another lacks, or has something else by its name,
//! which it would run.
use crate::fault;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Row as _};
use std::hash::{BuildHasher as _, RandomState};
use tidings::{Error, ErrorKind, Result};

/// An error behind one that does not know what is prepared; a word where it does.
pub(super) async fn check(pool: &PgPool) -> Result<()> {
    let failed = |error| fault::of("check", error);
    let mut one = pool.acquire().await.map_err(failed)?;
    // What nobody else has prepared.
    let number = RandomState::new().hash_one(()) as u32;
    let first = ask(&mut one, number).await.map_err(failed)?;
    // The session that would be lent next is in use then.
    let other = pool.begin().await.map_err(failed)?;
    let second = ask(&mut one, number).await.map_err(failed)?;
    other.rollback().await.map_err(failed)?;
    if lends(first, second)? {
        let lends = "a pooler lends connections by the transaction, so that the relay does not hear what writers tell, and looks now and then";
        tracing::warn!("{lends}");
    }
    Ok(())
}

/// Whether connections are lent by the transaction, by the sessions that have run what was prepared; an error where another was run.
fn lends(first: Option<i32>, second: Option<i32>) -> Result<bool> {
    match (first, second) {
        (Some(first), Some(second)) => Ok(first != second),
        _ => {
            let reason = format!("a session ran what another has prepared, {}", fault::LENT);
            Err(Error::new(ErrorKind::Unsupported, "check", reason))
        }
    }
}

/// By which session that is said again, which is prepared the first time; none where it was something else that was run.
async fn ask(connection: &mut PgConnection, number: u32) -> sqlx::Result<Option<i32>> {
    let statement = format!("select pg_backend_pid() as session, {number}::int8 as number");
    let asked = sqlx::query(AssertSqlSafe(statement)).fetch_one(connection);
    let row = match asked.await {
        Ok(row) => row,
        // It gives nothing, or takes something.
        Err(sqlx::Error::RowNotFound) => return Ok(None),
        Err(error) if fault::is(&error, "08P01") => return Ok(None),
        Err(error) => return Err(error),
    };
    let is_it = |said: i64| said == i64::from(number);
    Ok(match (row.try_get("session"), row.try_get("number")) {
        (Ok(session), Ok(said)) if is_it(said) => Some(session),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lends_is_known_by_its_sessions() {
        let told = |first, second| lends(first, second).map_err(|error| error.kind());
        assert_eq!(told(Some(1), Some(1)), Ok(false));
        assert_eq!(told(Some(1), Some(2)), Ok(true));
        for (first, second) in [(None, Some(1)), (Some(1), None), (None, None)] {
            assert_eq!(told(first, second), Err(ErrorKind::Unsupported));
        }
    }
}
