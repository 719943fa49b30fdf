//! Values that must fit one of several messages.
use tidings_document::{
    Diagnostic, Document,
    api::{Api, Message},
};
use tidings_schema::{Instance, Violation};

use super::checker::{Checker, Encoding, Read, Settings};

/// Checks values against some messages, of which they must fit one.
pub(crate) struct AnyOf<'api, 'a> {
    checkers: Vec<Checker<'api, 'a>>,
    encoding: Encoding,
}

/// What a value is.
pub(crate) enum Verdict {
    /// It fits the message of this number.
    Valid(usize),
    /// The message that it is closest to, and how it breaks that.
    Invalid(usize, Vec<Violation>),
    NotJson(serde_json::Error),
}

impl<'api, 'a> AnyOf<'api, 'a> {
    /// Compiles the schemas of the messages, each once.
    ///
    /// # Errors
    /// When one of them cannot be checked.
    pub(crate) fn new(
        document: &'a Document,
        api: &'api Api<'a>,
        messages: &[&'api Message<'a>],
        settings: Settings,
    ) -> anyhow::Result<Self> {
        let mut checkers = Vec::new();
        for (index, message) in messages.iter().enumerate() {
            let known = &messages[..index];
            if !known.iter().any(|known| std::ptr::eq(*known, *message)) {
                checkers.push(Checker::new(document, api, message, settings)?);
            }
        }
        let encoding = settings.encoding;
        Ok(Self { checkers, encoding })
    }

    /// The names of the messages.
    pub(crate) fn names(&self) -> Vec<&'a str> {
        self.checkers.iter().map(|checker| checker.name).collect()
    }

    /// The keywords of the schemas that no value is checked by, each once.
    pub(crate) fn ignored_keywords(&self) -> Vec<Diagnostic> {
        let all = self.checkers.iter().flat_map(Checker::ignored_keywords);
        let mut found: Vec<Diagnostic> = Vec::new();
        for one in all {
            let is_known =
                |known: &Diagnostic| (known.span, &known.message) == (one.span, &one.message);
            if !found.iter().any(is_known) {
                found.push(one);
            }
        }
        found
    }

    /// What a payload is, with its headers where they are to be checked.
    pub(crate) fn check(&self, bytes: &[u8], headers: Option<&Instance>) -> Verdict {
        let payload = match self.encoding {
            Encoding::Binary => Read::Binary(bytes),
            Encoding::Json | Encoding::Plain => match super::json(bytes) {
                Ok(payload) => Read::Json(payload),
                Err(error) => return Verdict::NotJson(error),
            },
        };
        let fits = |checker: &Checker<'_, '_>| {
            let headers = headers.is_none_or(|headers| checker.headers(headers).is_empty());
            headers && checker.is_valid(&payload)
        };
        if let Some(fitting) = self.checkers.iter().position(fits) {
            return Verdict::Valid(fitting);
        }
        let closest = self.closest(&payload, headers);
        let checker = &self.checkers[closest];
        let mut found = checker.payload(&payload);
        let headers = headers.map(|headers| checker.headers(headers));
        found.extend(headers.into_iter().flatten());
        Verdict::Invalid(closest, found)
    }

    /// The message that the value was probably meant to be.
    fn closest(&self, payload: &Read<'_>, headers: Option<&Instance>) -> usize {
        let checkers = self.checkers.iter().enumerate();
        let distance = |(_, checker): &(usize, &Checker<'_, '_>)| {
            let headers = headers.map_or(0, |headers| checker.headers(headers).len());
            match checker.is_valid(payload) {
                true => (None, headers),
                false => (Some(checker.distance(payload)), headers),
            }
        };
        let one = self.checkers.len() == 1;
        let closest = checkers.filter(|_| !one).min_by_key(distance);
        closest.map_or(0, |(index, _)| index)
    }
}
