//! A relay that runs by itself: publishes the outbox of a service's database to a broker, as
//! [`Relay`](tidings_outbox::Relay) does within a service. The program `tidings-relay` is [`Config::read`] and [`serve`].
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use tidings_relay::{Config, Needs, serve};
//!
//! let config = Config::read(Some("relay.toml".as_ref()), std::env::vars_os(), Needs::All);
//! let config = config.map_err(|problems| format!("{} problems", problems.len()))?;
//! serve(&config, async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await?;
//! # Ok(())
//! # }
//! ```
mod broker;
pub mod config;
mod database;
mod failure;
mod health;
mod http;
mod plain;
mod serve;
mod wait;

pub use config::{Config, Needs, Problem};
pub use failure::Failure;
pub use serve::{check, serve, store};
