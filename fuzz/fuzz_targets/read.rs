//! Documents, from bytes to findings.
#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tidings_fuzz_checks::read(bytes));
