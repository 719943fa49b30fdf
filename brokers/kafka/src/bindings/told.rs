//! What all bindings have: fields that say nothing, and those that are refused.
use tidings::{Channel, Error, ErrorKind};

/// The protocol of the bindings.
pub(crate) const KAFKA: &str = "kafka";

/// Whether a field says nothing to a transport.
pub(crate) fn is_silent(field: &str) -> bool {
    field == "bindingVersion" || field.starts_with("x-")
}

pub(crate) fn refused(operation: &'static str, channel: &Channel, field: &str) -> Error {
    let error = Error::new(ErrorKind::Unsupported, operation, cannot_be_kept(field));
    error.with("channel", &channel.address)
}

pub(crate) fn cannot_be_kept(field: &str) -> String {
    format!("`{field}` of the Kafka binding cannot be kept as it is there; leave it out")
}
