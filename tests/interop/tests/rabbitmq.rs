//! Clients of RabbitMQ for Python, and `rabbitmqadmin`.
use std::{env, process::ExitCode};
use tidings::Registry;
use tidings_interop::{Broker, Case, Outcome, Peer, Shop, cases, run};
use tidings_rabbitmq::RabbitConnector;

const RABBITMQ: Broker = Broker {
    variable: "TIDINGS_TEST_RABBITMQ",
    registry: || Registry::new().with(RabbitConnector::default()),
    guide: include_str!("../../../brokers/rabbitmq/INTEROP.md"),
    about: &[],
};
/// Where its interface of HTTP is.
const HTTP: &str = "TIDINGS_TEST_RABBITMQ_HTTP";

fn main() -> ExitCode {
    let mut all = Vec::new();
    for program in ["pika", "aio_pika"] {
        all.extend(cases::of_python(program));
        all.push(Case::of_python(
            program,
            "our-service-is-asked-without-a-queue",
            asked_directly,
        ));
    }
    all.push(Case::of_tool(
        "rabbitmqadmin",
        "the-guides-command-lines-work",
        HTTP,
        command_lines,
    ));
    run(RABBITMQ, all)
}

/// A client that has replies by the broker's direct reply-to.
async fn asked_directly(peer: Peer) -> Outcome {
    let mut shop = Shop::open(&peer).await?;
    let mut asking = peer.start("ask-directly", &[])?;
    let reply = asking.next().await?;
    assert_eq!(
        reply.headers["correlationId"],
        reply.about["correlation_id"]
    );
    assert_eq!(
        reply.correlation.as_ref(),
        reply.headers.get("correlationId")
    );
    assert_eq!(reply.about["type"], "OrderCreated");
    shop.saw(&reply).await?;
    asking.end().await?;
    shop.close().await
}

async fn command_lines(peer: Peer) -> Outcome {
    let http = env::var(HTTP)?;
    let (host, port) = http.split_once(':').ok_or("it has no port")?;
    let tool = format!("rabbitmqadmin -H {host} -P {port}");
    cases::the_guides_command_lines_work(peer, &[("rabbitmqadmin", tool)]).await
}
