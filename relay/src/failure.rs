//! Why a relay ended, or could not begin.
use tidings::Error;

/// Why a relay ended, or could not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The configuration says what this build, or any, cannot do.
    #[error("{0}")]
    Configured(String),
    /// The database or the broker could not be reached.
    #[error("{0}")]
    Unreached(Error),
    /// The tables are missing, of another version, or cannot be worked with.
    #[error("{0}")]
    Tables(Error),
    /// The relay could not go on.
    #[error("{0}")]
    Ended(Error),
}

impl Failure {
    /// The exit code of the program: 1 where it could not go on, 2 where the configuration is wrong, 3 where database or broker
    /// were not reached, 4 where the tables cannot be worked with.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Ended(_) => 1,
            Self::Configured(_) => 2,
            Self::Unreached(_) => 3,
            Self::Tables(_) => 4,
        }
    }
}
