//! Files that refer to each other.
#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tidings_fuzz_checks::resolve(bytes));
