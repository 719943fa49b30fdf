//! Numbers of a stream of the multicast transport.
#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tidings_fuzz_checks::multicast_stream(bytes));
