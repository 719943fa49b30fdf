//! How far generated code checks messages.

/// What messages are held to when they are sent and when they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Validate {
    /// Their types alone.
    Off,
    /// What the types do not say by themselves too, checked by the code.
    #[default]
    Rules,
    /// And the whole of their schemas, compiled when they are first needed.
    Full,
}

impl Validate {
    /// What they are called.
    pub const WORDS: &[&str] = &["off", "rules", "full"];

    /// The one of that name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "off" => Some(Self::Off),
            "rules" => Some(Self::Rules),
            "full" => Some(Self::Full),
            _ => None,
        }
    }
}
