//! Brokerless transport over Unix-domain sockets and TCP.
