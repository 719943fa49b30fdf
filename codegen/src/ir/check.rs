//! What types do not say of a value: keywords that generated code keeps as data.

pub(crate) type ChecksIdx = usize;

/// Keywords that hold together.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    pub(crate) list: Vec<Check>,
    /// The number of the static that has them, where they are not written where they are used.
    pub(crate) number: Option<usize>,
}

/// No checks: what any value fits.
pub(crate) const ANY: ChecksIdx = 0;

/// A keyword, named as the runtime does; other schemas by their numbers.
#[derive(Debug, Clone)]
pub(crate) enum Check {
    /// One that has nothing besides its name.
    Bare(&'static str),
    Types(Vec<&'static str>),
    /// The values of `enum` or `const`, as a list of JSON.
    Listed(String),
    Number(&'static str, f64),
    Count(&'static str, u64),
    Pattern(String),
    Format(&'static str),
    /// The items in the first places, and those behind.
    Items(Vec<ChecksIdx>, ChecksIdx),
    Contains(ChecksIdx, u64, u64),
    Required(Vec<String>),
    Properties(Properties),
    Dependent(String, ChecksIdx),
    /// A keyword of one schema.
    One(&'static str, ChecksIdx),
    /// A keyword of a list of schemas.
    Many(&'static str, Vec<ChecksIdx>),
    If([ChecksIdx; 3]),
}

/// What properties are by name, by pattern, and those that have neither.
#[derive(Debug, Clone, Default)]
pub(crate) struct Properties {
    pub(crate) named: Vec<(String, ChecksIdx)>,
    pub(crate) patterned: Vec<(String, ChecksIdx)>,
    pub(crate) rest: ChecksIdx,
}

impl Check {
    /// The schemas that it has inside.
    pub(crate) fn inner(&self) -> Vec<ChecksIdx> {
        match self {
            Self::Items(first, rest) => first.iter().chain([rest]).copied().collect(),
            Self::Properties(properties) => {
                let both = properties.named.iter().chain(&properties.patterned);
                both.map(|(_, checks)| *checks)
                    .chain([properties.rest])
                    .collect()
            }
            Self::Contains(checks, ..) | Self::Dependent(_, checks) | Self::One(_, checks) => {
                vec![*checks]
            }
            Self::Many(_, all) => all.clone(),
            Self::If(parts) => parts.to_vec(),
            _ => Vec::new(),
        }
    }
}
