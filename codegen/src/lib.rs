//! Generates Rust producers and consumers from an AsyncAPI document.
