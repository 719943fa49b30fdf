//! What `tidings generate rust` may be told.
use super::runtime::RuntimeArgs;
use crate::input::Reading;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::path::PathBuf;
use tidings_codegen::{
    BROKERS, Broker, Customs, DateTimes, Numbers, Options, Role, Selection, Unknown, Validate,
};

/// Arguments of `tidings generate rust`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tidings generate rust orders.asyncapi.yaml -o orders-api
  tidings generate rust orders.asyncapi.yaml -o orders-client --role counterpart
  tidings generate rust orders.asyncapi.yaml -o src/orders.rs --module
  tidings generate rust orders.asyncapi.yaml -o orders-client --include 'order*' --dry-run
  tidings generate rust orders.asyncapi.yaml -o orders-api --check
  tidings generate rust orders.asyncapi.yaml --broker socket --check")]
pub(crate) struct Args {
    /// Document to generate from; `-` is standard input
    #[arg(value_name = "DOC")]
    pub(super) document: PathBuf,
    /// Folder of the crate, or with `--module` the file of the module
    ///
    /// The folder may hold other files: only those that an earlier run wrote, and nobody changed, are replaced or removed. A list
    /// of them lies beside them, `.tidings.json`; commit it with them.
    #[arg(short, long, value_name = "DIR", required_unless_present = "check")]
    pub(super) output: Option<PathBuf>,
    /// Broker that has to be able to carry the document
    ///
    /// What the document needs of a transport, channel by channel, is compared with what that of the broker can do. Where
    /// something is missing, that is an error, and nothing is written.
    #[arg(long, value_name = "NAME", value_parser = broker())]
    broker: Option<&'static Broker>,
    /// Write nothing: only say whether the broker can carry the document, and whether the output is what would be written
    #[arg(long)]
    pub(super) check: bool,
    /// Write nothing: only say which files would be written or removed
    #[arg(long, requires = "output", conflicts_with = "check")]
    pub(super) dry_run: bool,
    /// Generate again whenever a file changes that the document was read from
    #[arg(long, requires = "output", conflicts_with_all = ["check", "dry_run"])]
    pub(super) watch: bool,
    /// Replace files that were changed by hand, or that others wrote
    #[arg(long)]
    pub(super) force: bool,
    /// Whose side to generate [default: both]
    #[arg(long, value_enum)]
    role: Option<RoleName>,
    /// What objects do with properties of which the document says nothing [default: keep]
    #[arg(long, value_enum)]
    unknown: Option<UnknownName>,
    /// What a text of the format `date-time` is in Rust [default: tidings]
    #[arg(long, value_enum)]
    date_time: Option<DateTimesName>,
    /// What a `number` is in Rust [default: float]
    #[arg(long, value_enum)]
    numbers: Option<NumbersName>,
    /// What messages are held to when they are sent and when they are read [default: rules]
    #[arg(long, value_enum)]
    validate: Option<ValidateName>,
    /// Operation to generate, where `*` stands for any text; may be repeated [default: all]
    #[arg(long, value_name = "OPERATION")]
    include: Vec<String>,
    /// Operation to leave out, likewise
    #[arg(long, value_name = "OPERATION")]
    exclude: Vec<String>,
    /// Make types of all messages and schemas of the components, those that nothing uses too
    #[arg(long)]
    all_schemas: bool,
    /// Add a module of tests, made of the document's examples
    #[arg(long)]
    tests: bool,
    /// Folder with a `Cargo.toml` or a `README.md` in the place of our templates
    #[arg(long, value_name = "DIR", conflicts_with = "module")]
    template_dir: Option<PathBuf>,
    /// Write one module instead of a crate
    #[arg(long)]
    pub(super) module: bool,
    /// Name of the crate [default: the title of the document]
    #[arg(long, value_name = "NAME", conflicts_with = "module", value_parser = crate_name)]
    pub(super) name: Option<String>,
    #[command(flatten)]
    pub(super) runtime: RuntimeArgs,
    #[command(flatten)]
    pub(super) reading: Reading,
}

/// A name that cargo takes.
fn crate_name(text: &str) -> Result<String, String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    if begins && text.chars().all(is_word) {
        Ok(text.to_owned())
    } else {
        Err("a crate's name begins with a letter and has letters, digits, `-` and `_`".to_owned())
    }
}

fn broker() -> impl TypedValueParser<Value = &'static Broker> {
    PossibleValuesParser::new(BROKERS.iter().map(|broker| broker.name))
        .try_map(|name| Broker::named(&name).ok_or("there is no such broker"))
}

/// Names of the roles on the command line.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum RoleName {
    /// The described application: its service trait, and a client that sends what it sends
    Application,
    /// Whoever talks to it: a client that sends and listens, and the trait of who answers
    Counterpart,
    /// Both
    Both,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Application => Self::Application,
            RoleName::Counterpart => Self::Counterpart,
            RoleName::Both => Self::Both,
        }
    }
}

/// Names of what is done with unknown properties on the command line.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum UnknownName {
    /// Keep them, and write them again
    Keep,
    /// Leave them out
    Drop,
    /// Refuse the message
    Refuse,
}

impl From<UnknownName> for Unknown {
    fn from(name: UnknownName) -> Self {
        match name {
            UnknownName::Keep => Self::Keep,
            UnknownName::Drop => Self::Drop,
            UnknownName::Refuse => Self::Refuse,
        }
    }
}

/// Names of what a `date-time` is on the command line.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum DateTimesName {
    /// A `tidings::DateTime`, which keeps its offset and its digits
    Tidings,
    /// A `jiff::Timestamp`, which keeps the instant alone
    Jiff,
    /// A `chrono::DateTime<FixedOffset>`, which keeps its offset
    Chrono,
    /// A `time::OffsetDateTime`, which keeps its offset
    Time,
    /// A `String`, of which the format is checked
    Text,
}

impl From<DateTimesName> for DateTimes {
    fn from(name: DateTimesName) -> Self {
        match name {
            DateTimesName::Tidings => Self::Tidings,
            DateTimesName::Jiff => Self::Jiff,
            DateTimesName::Chrono => Self::Chrono,
            DateTimesName::Time => Self::Time,
            DateTimesName::Text => Self::Text,
        }
    }
}

/// Names of what a `number` is on the command line.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum NumbersName {
    /// An `f64`
    Float,
    /// A `tidings::Decimal`, which keeps each number as it is written
    Exact,
}

impl From<NumbersName> for Numbers {
    fn from(name: NumbersName) -> Self {
        match name {
            NumbersName::Float => Self::Float,
            NumbersName::Exact => Self::Exact,
        }
    }
}

/// Names of what messages are held to on the command line.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ValidateName {
    /// Their types alone
    Off,
    /// What the types do not say by themselves too
    Rules,
    /// And the whole of their schemas, by the feature `validation` of the runtime
    Full,
}

impl From<ValidateName> for Validate {
    fn from(name: ValidateName) -> Self {
        match name {
            ValidateName::Off => Self::Off,
            ValidateName::Rules => Self::Rules,
            ValidateName::Full => Self::Full,
        }
    }
}

impl Args {
    /// What the options say; what they do not is for the configuration.
    pub(super) fn options(&self) -> Options {
        Options {
            role: self.role.map(Role::from),
            unknown: self.unknown.map(Unknown::from),
            date_time: self.date_time.map(DateTimes::from),
            numbers: self.numbers.map(Numbers::from),
            validate: self.validate.map(Validate::from),
            broker: self.broker,
            selection: Selection {
                include: self.include.clone(),
                exclude: self.exclude.clone(),
            },
            all_schemas: self.all_schemas.then_some(true),
            tests: self.tests.then_some(true),
            customs: Customs::default(),
            template_dir: self.template_dir.clone(),
        }
    }
}
