//! Compiles the schemas of one message once and validates many messages.
