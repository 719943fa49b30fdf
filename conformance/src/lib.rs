//! The behaviour suite that every Tidings transport passes.
