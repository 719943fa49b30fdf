//! Schemas and messages.
#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tidings_fuzz_checks::message_check(bytes));
