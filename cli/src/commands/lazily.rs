//! Arguments of a command that are looked at only where that command is meant: none costs the others anything.
use clap::{ArgMatches, Args, Command, FromArgMatches};

/// Arguments that are made known late.
#[derive(Debug)]
pub(super) struct Lazily<T>(pub(super) Box<T>);

impl<T: Args> Args for Lazily<T> {
    fn augment_args(command: Command) -> Command {
        command.defer(augmented::<T>)
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(augmented::<T>)
    }
}

/// The command with its arguments. What it is about is said where it is listed, and stays.
fn augmented<T: Args>(command: Command) -> Command {
    let (short, long) = (
        command.get_about().cloned(),
        command.get_long_about().cloned(),
    );
    let command = T::augment_args(command);
    let command = match short {
        Some(about) => command.about(about),
        None => command,
    };
    match long {
        Some(about) => command.long_about(about),
        None => command.long_about(None::<&str>),
    }
}

impl<T: FromArgMatches> FromArgMatches for Lazily<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let arguments = T::from_arg_matches(matches)?;
        Ok(Self(Box::new(arguments)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}
