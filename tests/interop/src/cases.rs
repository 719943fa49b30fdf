//! What every broker and every client of others has to show.
mod command_line;
mod commands;
mod events;

use crate::Case;
pub use command_line::the_guides_command_lines_work;
use commands::{
    our_client_asks_a_foreign_service, our_service_is_asked, the_guide_names_what_comes,
    what_is_wrong_is_answered_and_kept,
};
use events::{foreign_events_are_received, our_events_are_received};

/// The cases of a program in Python that has all commands.
pub fn of_python(program: &'static str) -> Vec<Case> {
    vec![
        Case::of_python(program, "our-service-is-asked", our_service_is_asked),
        Case::of_python(
            program,
            "our-client-asks",
            our_client_asks_a_foreign_service,
        ),
        Case::of_python(
            program,
            "what-is-wrong-is-answered-and-kept",
            what_is_wrong_is_answered_and_kept,
        ),
        Case::of_python(
            program,
            "foreign-events-are-received",
            foreign_events_are_received,
        ),
        Case::of_python(program, "our-events-are-received", our_events_are_received),
        Case::of_python(
            program,
            "the-guide-names-what-comes",
            the_guide_names_what_comes,
        ),
    ]
}

/// The trace that the programs of others say they are in.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
