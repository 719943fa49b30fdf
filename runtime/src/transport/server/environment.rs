//! What the environment of a process says of a server, in place of the document.
use super::{Security, Server};
use crate::{Error, ErrorKind, Result};
use std::{env, ffi::OsString};

impl Server {
    /// The same with what the environment says, in variables that begin with a prefix and `_`: with `TIDINGS`,
    ///
    /// - `TIDINGS_URL` is the whole address, `TIDINGS_VAR_PORT` the value of its variable `port`;
    /// - `TIDINGS_USER` and `TIDINGS_PASSWORD`, `TIDINGS_TOKEN`, or `TIDINGS_CERTIFICATE` and `TIDINGS_KEY` (the names of two
    ///   PEM files) are what to identify with, before what is there already;
    /// - `TIDINGS_INSTANCE` names the process.
    ///
    /// What is not set, or empty, changes nothing.
    ///
    /// # Errors
    /// When one of a pair is missing, a value is not allowed, is no text, or a file cannot be read; names the variable, and no
    /// secret.
    pub fn with_environment(self, prefix: &str) -> Result<Self> {
        self.with_environment_of(prefix, |name| env::var_os(name))
    }

    /// The same of any environment.
    ///
    /// # Errors
    /// As of [`with_environment`](Self::with_environment).
    pub fn with_environment_of(
        mut self,
        prefix: &str,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self> {
        let told = Told {
            prefix,
            environment: &environment,
        };
        for variable in self.variables.names().collect::<Vec<_>>() {
            if let Some(value) = told.get(&format!("VAR_{}", in_capitals(&variable)))? {
                self = self.with_value(&variable, value)?;
            }
        }
        if let Some(url) = told.get("URL")? {
            self = self.with_url(url);
        }
        if let Some(instance) = told.get("INSTANCE")? {
            self = self.with_instance(instance);
        }
        let mut security = told.security()?;
        security.append(&mut self.security);
        Ok(Self { security, ..self })
    }
}

/// Letters and digits in capitals, and `_` for all else.
fn in_capitals(name: &str) -> String {
    let sign = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    name.chars().map(sign).collect()
}

/// What is told under a prefix.
struct Told<'a> {
    prefix: &'a str,
    environment: &'a dyn Fn(&str) -> Option<OsString>,
}

impl Told<'_> {
    fn get(&self, name: &str) -> Result<Option<String>> {
        let value = (self.environment)(&format!("{}_{name}", self.prefix));
        let value = value.filter(|value| !value.is_empty());
        let text = value.map(|value| value.into_string());
        text.transpose()
            .map_err(|_| self.invalid(name, "it is no UTF-8 text"))
    }

    fn pair(&self, one: &str, other: &str) -> Result<Option<(String, String)>> {
        match (self.get(one)?, self.get(other)?) {
            (Some(first), Some(second)) => Ok(Some((first, second))),
            (None, None) => Ok(None),
            (Some(_), None) => Err(self.invalid(other, &format!("it is not set, but `{one}` is"))),
            (None, Some(_)) => Err(self.invalid(one, &format!("it is not set, but `{other}` is"))),
        }
    }

    fn security(&self) -> Result<Vec<Security>> {
        let mut all = Vec::new();
        if let Some((user, password)) = self.pair("USER", "PASSWORD")? {
            let (user, password) = (user.into(), password.into());
            all.push(Security::Password { user, password });
        }
        if let Some(token) = self.get("TOKEN")? {
            all.push(Security::Token(token.into()));
        }
        if let Some((chain, key)) = self.pair("CERTIFICATE", "KEY")? {
            let chain = self.file("CERTIFICATE", &chain)?;
            let key = self.file("KEY", &key)?;
            all.push(Security::Certificate { chain, key });
        }
        Ok(all)
    }

    fn file(&self, name: &str, path: &str) -> Result<bytes::Bytes> {
        let text = std::fs::read(path);
        let failed = |error: std::io::Error| {
            let reason = format!("`{path}` cannot be read");
            self.invalid(name, &reason).because(error)
        };
        text.map(Into::into).map_err(failed)
    }

    fn invalid(&self, name: &str, reason: &str) -> Error {
        let name = format!("{}_{name}", self.prefix);
        Error::new(ErrorKind::Invalid, "connect", reason).with("environment variable", name)
    }
}
