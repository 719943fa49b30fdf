//! The JSON form of `validate` is a [`Report`](super::report::Report) as it is: a contract with the programs that read it.
pub(crate) use super::report::Tool;
