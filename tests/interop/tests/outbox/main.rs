//! Outbox and inbox shared with a program in Python, over PostgreSQL and RabbitMQ: either side writes what our relay publishes, and
//! either notes what it received.
mod consumers;
mod database;
mod services;

use std::process::ExitCode;
use tidings::Registry;
use tidings_interop::{Broker, Case, Outcome, Peer, run};
use tidings_rabbitmq::RabbitConnector;

const RABBITMQ: Broker = Broker {
    variable: "TIDINGS_TEST_RABBITMQ",
    registry: || Registry::new().with(RabbitConnector::default()),
    guide: "",
    about: &[],
};

fn main() -> ExitCode {
    let all = vec![
        of_psycopg(
            "what-it-commits-our-relay-publishes",
            services::what_it_commits_our_relay_publishes,
        ),
        of_psycopg("it-serves-what-we-ask", services::it_serves_what_we_ask),
        of_psycopg("we-serve-what-it-asks", services::we_serve_what_it_asks),
        of_psycopg(
            "what-we-commit-it-does-once",
            consumers::what_we_commit_it_does_once,
        ),
        of_psycopg("of-both-one-does-it", consumers::of_both_one_does_it),
    ];
    run(RABBITMQ, all)
}

fn of_psycopg<F>(name: &str, check: fn(Peer) -> F) -> Case
where
    F: Future<Output = Outcome> + 'static,
{
    Case::of_python("psycopg", name, check).needs(database::POSTGRES)
}
