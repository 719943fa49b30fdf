//! The program as it is run: processes over databases and sockets.
mod mistakes;
mod parked;
mod program;
mod running;
mod shop;
