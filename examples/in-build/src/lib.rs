//! A service and a client whose code no one keeps: it is made of the document while they are built.
use service::{Greet, Greeting, GreetingPayload, GreetingsService};
use tidings::{HandlerError, Received};

/// The service's side, which the build script has made.
pub mod service {
    include!(concat!(env!("OUT_DIR"), "/greetings.rs"));
}

/// The client's side, which a macro makes.
pub mod client {
    tidings_macros::include_api!("greetings.asyncapi.yaml", role = "counterpart");
}

/// Greets everybody alike.
#[derive(Debug)]
pub struct Host;

impl GreetingsService for Host {
    async fn greet(&self, person: Received<Greet>) -> Result<Greeting, HandlerError> {
        let text = format!("Good day, {}!", person.name);
        Ok(GreetingPayload::new(text).into())
    }
}
