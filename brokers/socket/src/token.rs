//! A shared secret that lets connecting ends in.
use std::fmt;
use tidings::Str;

/// What connecting ends have to know. Its `Debug` does not show it. It travels as it is: over TCP, whoever can listen on the way
/// can read it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Token(Option<Str>);

impl Token {
    /// Everybody is let in.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// Only who knows this, at most 4096 bytes.
    #[must_use]
    pub fn new(token: impl Into<Str>) -> Self {
        Self(Some(token.into()))
    }

    pub(crate) fn text(&self) -> Option<Str> {
        self.0.clone()
    }

    /// Whether somebody who says that is let in; takes as long for a wrong token as for the right one.
    pub(crate) fn admits(&self, said: Option<&str>) -> bool {
        let Some(token) = &self.0 else { return true };
        let (token, said) = (token.as_bytes(), said.unwrap_or_default().as_bytes());
        let differences = token
            .iter()
            .zip(said)
            .fold(0, |sum, (one, other)| sum | (one ^ other));
        differences == 0 && token.len() == said.len()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Token(..)"
        } else {
            "Token(none)"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_is_let_in_and_it_is_not_shown() {
        let token = Token::new("open sesame");
        assert!(token.admits(Some("open sesame")));
        for wrong in [
            None,
            Some(""),
            Some("open"),
            Some("open sesame!"),
            Some("open sesamf"),
        ] {
            assert!(!token.admits(wrong), "{wrong:?}");
        }
        assert!(Token::none().admits(None) && Token::none().admits(Some("x")));
        assert_eq!(format!("{token:?}"), "Token(..)");
    }
}
