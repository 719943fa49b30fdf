//! Protobuf's JSON. What it says is read by way of the binary encoding and written from that, so that both are read and written by the
//! same types.
mod read;
mod write;

pub(super) use read::put;
pub(super) use write::shown;
