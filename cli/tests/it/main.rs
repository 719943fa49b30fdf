//! The command line end to end: what the built program prints, writes and exits with.
mod bad_input;
mod docs;
mod generate;
mod message;
mod readme;
mod rules;
mod support;
mod validate;
