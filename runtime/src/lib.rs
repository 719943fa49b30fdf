//! Messaging runtime under the code that the Tidings generator writes.
