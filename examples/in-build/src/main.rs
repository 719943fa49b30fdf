//! Has itself greeted: service and client meet within the process.
use greetings::{
    Host,
    client::{GreetingsClient, Person},
    service::GreetingsServer,
};
use std::{sync::Arc, time::Duration};
use tidings::{Memory, Router, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let transport = Arc::new(Memory::new());
    let mut router = Router::new();
    GreetingsServer::new(Host).register(&mut router);
    let service = serve(transport.clone(), router).await?;

    let client = GreetingsClient::new(transport);
    let greeting = client.greet(Person::new("Ada")).await?;
    println!("{}", greeting.text);
    service.stop(Duration::from_secs(1)).await?;
    Ok(())
}
