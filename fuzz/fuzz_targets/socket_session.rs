//! Sessions of the socket transport.
#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tidings_fuzz_checks::socket_session(bytes));
