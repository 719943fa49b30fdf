//! Why a database cannot be reached, whether it may be by itself a little later, and what helps.
use sqlx::Error as Told;
use tidings::{Error, ErrorKind};

pub(super) fn unreached(error: Told) -> Error {
    let told = error.as_database_error();
    let code = told.and_then(|told| told.code()).unwrap_or_default();
    let (kind, mend) = match (&error, number(&error)) {
        (Told::Io(_) | Told::PoolTimedOut, _) => (ErrorKind::ConnectionLost, RUNS.to_owned()),
        (Told::Protocol(_), _) => (ErrorKind::ConnectionLost, OTHER.to_owned()),
        (Told::Configuration(_), _) => (ErrorKind::Invalid, String::new()),
        (_, Some(number)) => of_mysql(number),
        _ => of_code(&code),
    };
    let words = told.map_or_else(|| error.to_string(), |told| told.message().to_owned());
    Error::new(kind, "connect", words + &mend).because(error)
}

const RUNS: &str = "; see that it runs, and that `database.url` names its host and port";
const OTHER: &str =
    "; see that a database of that kind answers at the host and port of `database.url`";
const NONE: &str =
    "; make the database, or name one that is there behind the host in `database.url`";
const LOGIN: &str = "; see that the user of `database.url` is there, may log in from here, and has the password (`database.password`)";

fn of_mysql(number: u16) -> (ErrorKind, String) {
    match number {
        // As many connections as there may be, in all or of the user; stopping.
        1040 | 1203 | 1226 | 1053 => (ErrorKind::ConnectionLost, String::new()),
        1049 => (ErrorKind::ConnectionLost, NONE.to_owned()),
        1044 => (
            ErrorKind::PermissionDenied,
            "; grant it to the user".to_owned(),
        ),
        _ => (ErrorKind::PermissionDenied, LOGIN.to_owned()),
    }
}

/// Of SQLite by its own, of PostgreSQL by the class of SQLSTATE.
fn of_code(code: &str) -> (ErrorKind, String) {
    match code {
        "14" => (ErrorKind::ConnectionLost, missing()),
        // Busy; starting or stopping; as many connections as there may be.
        "5" | "57P01" | "57P02" | "57P03" | "53300" => (ErrorKind::ConnectionLost, String::new()),
        "3D000" => (ErrorKind::ConnectionLost, NONE.to_owned()),
        "28000" | "28P01" => (ErrorKind::PermissionDenied, LOGIN.to_owned()),
        _ => (ErrorKind::PermissionDenied, String::new()),
    }
}

/// What helps where a file cannot be opened.
fn missing() -> String {
    let folder = std::env::current_dir().unwrap_or_default();
    format!(
        "; the service makes the file, which the relay has to be allowed to read; a path that does not begin with `/` counts from `{}`",
        folder.display()
    )
}

/// The number of an error of MySQL.
#[cfg(feature = "mysql")]
fn number(error: &Told) -> Option<u16> {
    let told = error.as_database_error()?;
    let told = told.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()?;
    Some(told.number())
}

#[cfg(not(feature = "mysql"))]
fn number(_: &Told) -> Option<u16> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_by_itself_is_waited_for_and_what_helps_is_told() {
        use ErrorKind::{ConnectionLost, PermissionDenied};
        for (number, kind, mend) in [
            (1040, ConnectionLost, ""),
            (1226, ConnectionLost, ""),
            (1049, ConnectionLost, NONE),
            (1045, PermissionDenied, LOGIN),
            (1044, PermissionDenied, "; grant it to the user"),
        ] {
            assert_eq!(of_mysql(number), (kind, mend.to_owned()), "{number}");
        }
        for (code, kind, mend) in [
            ("5", ConnectionLost, ""),
            ("57P03", ConnectionLost, ""),
            ("53300", ConnectionLost, ""),
            ("3D000", ConnectionLost, NONE),
            ("28000", PermissionDenied, LOGIN),
            ("28P01", PermissionDenied, LOGIN),
            ("42501", PermissionDenied, ""),
        ] {
            assert_eq!(of_code(code), (kind, mend.to_owned()), "{code}");
        }
        assert_eq!(of_code("14").0, ConnectionLost);
        let reset = || std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        for (error, kind, mend) in [
            (reset().into(), ConnectionLost, RUNS),
            (Told::Protocol("what?".to_owned()), ConnectionLost, OTHER),
            (Told::Configuration("no".into()), ErrorKind::Invalid, ""),
        ] {
            let error = unreached(error);
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.to_string().ends_with(mend), "{error}");
        }
    }
}
