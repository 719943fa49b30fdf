//! Variables of a server's address.
use crate::{Error, ErrorKind, Result, Str};

/// An address with `{variables}`, and what is known of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables {
    template: Str,
    all: Vec<Variable>,
}

#[derive(Debug, Clone)]
struct Variable {
    name: Str,
    value: Option<Str>,
    allowed: Vec<Str>,
}

impl Variables {
    /// Knows one more; `url` is the address as it is without any.
    pub(super) fn declare(
        &mut self,
        url: &Str,
        name: &str,
        default: Option<&str>,
        allowed: &[&str],
    ) {
        if self.all.is_empty() {
            self.template = url.clone();
        }
        self.all.push(Variable {
            name: name.into(),
            value: default.map(Into::into),
            allowed: allowed.iter().map(|value| (*value).into()).collect(),
        });
    }

    pub(super) fn set(&mut self, name: &str, value: Str) -> Result<()> {
        let known = self.all.iter().map(|variable| &*variable.name);
        let known = known.collect::<Vec<_>>().join("`, `");
        let Some(variable) = self.all.iter_mut().find(|known| *known.name == *name) else {
            let reason = match known.is_empty() {
                true => "the address has no variables".to_owned(),
                false => format!("the address has no such variable, only `{known}`"),
            };
            return Err(invalid(reason, name));
        };
        if !variable.allowed.is_empty() && !variable.allowed.contains(&value) {
            let reason = format!("`{value}` is none of `{}`", variable.allowed.join("`, `"));
            return Err(invalid(reason, name));
        }
        variable.value = Some(value);
        Ok(())
    }

    pub(super) fn names(&self) -> impl Iterator<Item = Str> + '_ {
        self.all.iter().map(|variable| variable.name.clone())
    }

    /// The address with the values; a variable without one stays as it is.
    pub(super) fn filled(&self) -> Str {
        let mut url = String::new();
        let mut rest = &*self.template;
        while let Some((before, behind)) = rest.split_once('{') {
            url.push_str(before);
            let name = behind
                .split_once('}')
                .map(|(name, after)| (self.value(name), name, after));
            (url, rest) = match name {
                Some((Some(value), _, after)) => (url + value, after),
                _ => (url + "{", behind),
            };
        }
        (url + rest).into()
    }

    fn value(&self, name: &str) -> Option<&str> {
        let found = self.all.iter().find(|known| *known.name == *name)?;
        found.value.as_deref()
    }

    /// Says which has no value.
    pub(super) fn check(&self) -> Result<()> {
        match self.all.iter().find(|variable| variable.value.is_none()) {
            None => Ok(()),
            Some(variable) => {
                let reason = "it has no value; tell one by `Server::with_value`";
                Err(invalid(reason.to_owned(), &variable.name))
            }
        }
    }
}

fn invalid(reason: String, name: &str) -> Error {
    Error::new(ErrorKind::Invalid, "connect", reason).with("variable", name)
}
