//! A broker, the programs of others that speak with it, and one that is played with now.
use crate::{Outcome, Program, Said};
use orders_api::{OrderCommandsChannel, OrderEventsChannel, Region};
use std::{collections::BTreeSet, env, path::Path, process::Command, sync::Arc};
use tidings::{
    DynTransport, Registry, Server, connect,
    transport::{Ensure, Wanted},
};

/// Where Python with the clients is, as `dev/services env python` says.
pub(crate) const PYTHON: &str = "TIDINGS_TEST_PYTHON";

/// A broker and what is known of it.
#[derive(Clone, Copy)]
pub struct Broker {
    /// The variable that says where it is.
    pub variable: &'static str,
    /// The connector that reaches it.
    pub registry: fn() -> Registry,
    /// What its crate tells those who have another client, in Markdown.
    pub guide: &'static str,
    /// What carries the parts of a message that AMQP has properties for, each by AMQP's name and by this broker's.
    pub about: &'static [(&'static str, &'static str)],
}

/// A program of others, with a transport of ours to the same broker.
pub struct Peer {
    /// The broker.
    pub broker: Broker,
    /// Where it is.
    pub url: String,
    /// Ours.
    pub transport: Arc<dyn DynTransport>,
    program: &'static str,
}

impl Peer {
    /// Connects; the channels of the document are there then.
    ///
    /// # Errors
    /// When the broker is not there.
    pub async fn open(broker: Broker, program: &'static str) -> Outcome<Self> {
        let url = env::var(broker.variable)?;
        let (protocol, _) = url.split_once(':').ok_or("the address has no protocol")?;
        let server = Server::new(protocol, url.clone());
        let transport = connect(&server, &(broker.registry)()).await?;
        let wanted = [
            Wanted::channel(OrderCommandsChannel::channel()),
            Wanted::channel(EUROPE.channel()),
        ];
        transport.ensure(&wanted, Ensure::Create).await?;
        Ok(Self {
            broker,
            url,
            transport,
            program,
        })
    }

    /// Runs the program with that command and what stands behind it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self, command: &str, arguments: &[&str]) -> Outcome<Program> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
        let mut python = Command::new(env::var(PYTHON)?);
        // It leaves nothing beside the sources.
        python.env("PYTHONDONTWRITEBYTECODE", "1");
        python.arg(folder.join(format!("{}_orders.py", self.program)));
        python.args([command, &self.url]).args(arguments);
        Program::start(python)
    }

    /// The same for one that goes on, once it says that it is ready.
    ///
    /// # Errors
    /// When it cannot be started, or is not ready for long.
    pub async fn start_and_wait(&self, command: &str, arguments: &[&str]) -> Outcome<Program> {
        let mut program = self.start(command, arguments)?;
        match program.line().await?.as_str() {
            "ready" => Ok(program),
            other => Err(format!("it is not ready, but says {other}").into()),
        }
    }

    /// The part of a message that AMQP has a property of that name for.
    #[must_use]
    pub fn about<'a>(&self, said: &'a Said, name: &str) -> Option<&'a str> {
        let own = self.broker.about.iter().find(|(amqp, _)| *amqp == name);
        let text = said.about.get(name);
        let text = text.or_else(|| said.headers.get(own?.1));
        text.map(String::as_str)
    }

    /// All that carried something beside the body.
    #[must_use]
    pub fn carriers(&self, said: &Said) -> BTreeSet<String> {
        let names = said.about.keys().chain(said.headers.keys()).cloned();
        let key = said.key.as_ref().map(|_| "key".to_owned());
        names.chain(key).collect()
    }
}

/// Where the shop is whose events all cases are about.
pub(crate) const EUROPE: OrderEventsChannel = OrderEventsChannel { region: Region::Eu };
