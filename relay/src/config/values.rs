//! From the texts that are told to values; what makes no sense is reported by its place, and what is sound is taken.
use super::{
    keys::KEYS,
    problem::{Place, Problem},
    told::{Told, nearest},
};
use crate::plain::plain;
use std::{fmt, net::SocketAddr, path::Path, time::Duration};

/// Bytes of a file with a secret at most.
const LARGEST_SECRET: u64 = 1 << 20;

/// Something that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// An address, which may hold a password: that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Url(String);

impl Url {
    /// An address.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The whole of it, with the password.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Its protocol.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.0.split_once(':').map_or("", |(scheme, _)| scheme)
    }
}

impl fmt::Display for Url {
    /// Without what may be secret: who logs in, and the options. A password may have any signs, also where they should have been
    /// encoded.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.0.find("://").map(|at| at + 3);
        let start = start.or_else(|| self.0.find(':').map(|at| at + 1));
        let (scheme, rest) = self.0.split_at(start.unwrap_or_default());
        let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
        let place = match place.rsplit_once('@') {
            _ if options.contains('@') => "***".to_owned(),
            Some((_, place)) => format!("***@{place}"),
            None => place.to_owned(),
        };
        let options = if options.is_empty() { "" } else { "?***" };
        f.write_str(&plain(&format!("{scheme}{place}{options}")))
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({self})")
    }
}

impl Told {
    fn report(&mut self, place: Place, message: String, help: &str) {
        self.problems.push(Problem::new(place, message).help(help));
    }

    fn default(name: &str) -> &'static str {
        let key = KEYS.iter().find(|key| key.name == name);
        key.map_or("", |key| key.default)
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(|(text, _)| text.clone())
    }

    /// An address; reported where it must be there and is known not to be.
    pub(super) fn url(&mut self, name: &str, example: &str) -> Option<Url> {
        let Some((text, place)) = self.get(name).cloned() else {
            if self.is_unread {
                return None;
            }
            let variable = KEYS.iter().find(|key| key.name == name);
            let variable = variable.map_or_else(String::new, super::keys::Key::variable);
            let help =
                format!("set it in the file, or as `{variable}`, to something like `{example}`");
            self.report(Place::Nowhere, format!("`{name}` is missing"), &help);
            return None;
        };
        let url = Url::new(text);
        let is_sound = |scheme: &str| {
            !scheme.is_empty()
                && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        };
        if !is_sound(url.scheme()) {
            let message = format!("`{name}` begins with no protocol");
            self.report(place, message, &format!("write something like `{example}`"));
            return None;
        }
        Some(url)
    }

    /// A secret, told by itself or in a file.
    pub(super) fn secret(&mut self, name: &str) -> Option<Secret> {
        match self.text(name) {
            Some(secret) => Some(Secret(secret)),
            None => {
                let text = String::from_utf8(self.content(&format!("{name}-file"))?);
                let ends = ['\r', '\n'];
                text.ok()
                    .map(|text| Secret(text.trim_end_matches(ends).to_owned()))
            }
        }
    }

    /// What is in the file that is named.
    pub(super) fn content(&mut self, name: &str) -> Option<Vec<u8>> {
        let (file, place) = self.get(name).cloned()?;
        match read(Path::new(&file)) {
            Ok(content) => Some(content),
            Err(reason) => {
                let message = format!("the file `{file}` of `{name}` {reason}");
                self.report(place, message, "name a file that the relay may read");
                None
            }
        }
    }

    /// A number within bounds.
    pub(super) fn number(&mut self, name: &str, least: usize, most: usize) -> usize {
        let default = Self::default(name).parse().unwrap_or(least);
        let Some((text, place)) = self.get(name).cloned() else {
            return default;
        };
        let number = text.parse().ok();
        number
            .filter(|number| (least..=most).contains(number))
            .unwrap_or_else(|| {
                let message = format!("`{name}` may not be `{text}`");
                self.report(
                    place,
                    message,
                    &format!("write a number from {least} to {most}"),
                );
                default
            })
    }

    /// Where to listen; nowhere where that is told.
    pub(super) fn listen(&mut self, name: &str) -> Option<SocketAddr> {
        let default = Self::default(name).parse().ok();
        match self.get(name).cloned() {
            None => default,
            Some((text, _)) if text == "off" => None,
            Some((text, place)) => text.parse().ok().or_else(|| {
                let message = format!("`{name}` may not be `{text}`");
                let help = "write an address and a port, such as `127.0.0.1:9464`, or `off`";
                self.report(place, message, help);
                default
            }),
        }
    }

    /// A time.
    pub(super) fn time(&mut self, name: &str, least: Duration) -> Duration {
        let default = time(Self::default(name)).unwrap_or_default();
        let Some((text, place)) = self.get(name).cloned() else {
            return default;
        };
        time(&text)
            .filter(|time| *time >= least)
            .unwrap_or_else(|| {
                let message = format!("`{name}` may not be `{text}`");
                let help = match least.is_zero() {
                    true => "write a time such as `500ms`, `10s`, `2m` or `1h`".to_owned(),
                    false => format!(
                        "write a time of at least {least:?}, such as `500ms`, `10s`, `2m` or `1h`"
                    ),
                };
                self.report(place, message, &help);
                default
            })
    }

    /// One of some words; the first unless told.
    pub(super) fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)], default: T) -> T {
        let told = self.get(name).cloned();
        let text = told.as_ref().map_or(Self::default(name), |(text, _)| text);
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return *value;
        }
        if let Some((text, place)) = told {
            let names = || words.iter().map(|(word, _)| *word);
            let help = match nearest(&text, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it may be `{}`", names().collect::<Vec<_>>().join("`, `")),
            };
            self.report(place, format!("`{name}` may not be `{text}`"), &help);
        }
        default
    }
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    let told = |error: std::io::Error| format!("cannot be read: {error}");
    let size = std::fs::metadata(file).map_err(told)?.len();
    match size > LARGEST_SECRET {
        true => Err(format!("is larger than {LARGEST_SECRET} bytes")),
        false => std::fs::read(file).map_err(told),
    }
}

/// A time as it is written: a number and its unit.
fn time(text: &str) -> Option<Duration> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(end);
    let number: u64 = number.parse().ok()?;
    let milliseconds = match unit.trim_start() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    // A year; more than that is no time to wait, and none that every clock can add.
    let bound = 365 * 24 * 3_600_000;
    let total = number.checked_mul(milliseconds)?;
    (total <= bound).then(|| Duration::from_millis(total))
}
