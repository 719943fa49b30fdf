//! The command line end to end: what the built program prints, writes and exits with.
mod bad_input;
mod docs;
mod formats;
mod generate;
mod inputs;
mod message;
mod protobuf;
mod readme;
mod remote;
mod rules;
mod support;
mod validate;
mod watch;
