//! Rules over an AsyncAPI document: one rule a file, one static list.
