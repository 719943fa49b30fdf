//! The address of a database as one text, for what reads its log by a connection of its own.
use crate::config::Database;
use tidings::{Error, ErrorKind, Result};
use url::Url;

/// The address, with the password that is told besides.
pub(super) fn whole(database: &Database) -> Result<String> {
    let Some(password) = &database.password else {
        return Ok(database.url.reveal().to_owned());
    };
    let invalid = |reason: &str| Error::new(ErrorKind::Invalid, "connect", reason);
    let mut url = Url::parse(database.url.reveal()).map_err(|error| invalid(&error.to_string()))?;
    // All else that needs it is encoded with it.
    let set = url.set_password(Some(&password.reveal().replace('%', "%25")));
    set.map_err(|()| invalid("an address without a host has no password"))?;
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Needs};

    #[test]
    fn a_password_of_its_own_is_put_into_the_address() {
        let whole_of = |url: &str, password: &str| {
            let told = [
                ("TIDINGS_RELAY_DATABASE_URL", url),
                ("TIDINGS_RELAY_DATABASE_PASSWORD", password),
            ];
            let told = told.map(|(name, value)| (name.into(), value.into()));
            let config = Config::read(None, told, Needs::Database);
            whole(&config.expect("it makes sense").database).map_err(|error| error.to_string())
        };
        let url = "postgres://ann@db:1/shop?sslmode=require";
        assert_eq!(whole_of(url, ""), Ok(url.to_owned()));
        let expected = "postgres://ann:a%2Fb%40c@db:1/shop?sslmode=require";
        assert_eq!(whole_of(url, "a/b@c"), Ok(expected.to_owned()));
        let expected = "postgres://ann:50%2541x@db:1/shop?sslmode=require";
        assert_eq!(whole_of(url, "50%41x"), Ok(expected.to_owned()));
        let error = whole_of("postgres:shop", "hush").expect_err("there is no host");
        assert!(
            error.contains("without a host") && !error.contains("hush"),
            "{error}"
        );
    }
}
