//! The command line end to end: what the built program prints, writes and exits with.
mod bad_input;
mod docs;
mod formats;
mod generate;
mod inputs;
mod message;
mod readme;
mod rules;
mod rulesets;
mod support;
mod validate;
