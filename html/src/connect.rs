//! How a channel is reached from a terminal, with the tools that people of each protocol have.
mod shell;

use serde::Serialize;
use tidings_document::{
    Node, Text,
    api::{Action, Api, Channel, Operation, Server, ServerId},
    host_credentials,
};

use shell::{is_plain, quoted};

/// A command line.
#[derive(Debug, Serialize)]
pub(crate) struct Tool {
    #[serde(skip)]
    name: &'static str,
    pub(crate) command: String,
}

/// What a reader does to meet an operation, for each protocol of the servers; nothing where an address is not known before run time.
pub(crate) fn tools(api: &Api<'_>, operation: &Operation<'_>, servers: &[ServerId]) -> Vec<Tool> {
    let channel = operation.channel.map(|id| &api[id]);
    let address = channel.and_then(|channel| Some((channel, channel.address?.value)));
    let Some((channel, address)) = address else {
        return Vec::new();
    };
    let mut tools: Vec<Tool> = Vec::new();
    for server in servers.iter().map(|id| &api[*id]) {
        let to = To {
            api,
            server,
            channel,
            sends: operation.action == Action::Receive,
            address: &address_of(channel, address),
            host: &filled(host_of(server), variables(server)),
            path: &filled(
                server.pathname.map_or("", |path| path.value),
                variables(server),
            ),
        };
        let tool = to.tool().map(|(name, command)| Tool { name, command });
        tools.extend(tool.filter(|tool| tools.iter().all(|other| other.name != tool.name)));
    }
    tools
}

/// The address with values for the parameters that say one.
fn address_of(channel: &Channel<'_>, address: &str) -> String {
    let parameters = channel.parameters.iter();
    filled(
        address,
        parameters.map(|found| {
            let listed = [found.values.first(), found.examples.first()];
            (found.name, value(found.default, listed))
        }),
    )
}

/// What is left open in the address of a server.
fn variables<'a>(server: &Server<'a>) -> impl Iterator<Item = (Text<'a>, Option<Text<'a>>)> {
    server.variables.iter().map(|found| {
        let listed = [found.values.first(), found.examples.first()];
        (found.name, value(found.default, listed))
    })
}

/// The value that is meant where none is given, or else one that may be.
fn value<'a>(default: Option<Text<'a>>, listed: [Option<&Text<'a>>; 2]) -> Option<Text<'a>> {
    default.or(listed.into_iter().flatten().next().copied())
}

/// A text with values in the place of names.
fn filled<'a>(text: &str, names: impl Iterator<Item = (Text<'a>, Option<Text<'a>>)>) -> String {
    names.fold(text.to_owned(), |text, (name, value)| match value {
        Some(value) if is_plain(value.value) => {
            text.replace(&format!("{{{}}}", name.value), value.value)
        }
        _ => text,
    })
}

/// The host without credentials.
fn host_of<'a>(server: &Server<'a>) -> &'a str {
    let host = server.host.value;
    let begin = host_credentials(host).map_or(0, |secret| secret.end + 1);
    &host[begin..]
}

/// One side of an exchange at a server.
struct To<'x, 'a> {
    api: &'x Api<'a>,
    server: &'x Server<'a>,
    channel: &'x Channel<'a>,
    /// Whether the reader sends.
    sends: bool,
    address: &'x str,
    host: &'x str,
    path: &'x str,
}

impl To<'_, '_> {
    /// None where a text of the document is no word in every shell.
    fn tool(&self) -> Option<(&'static str, String)> {
        match self.server.protocol.value {
            "kafka" | "kafka-secure" => Some(("kcat", self.kcat()?)),
            "amqp" | "amqps" => self.amqp(),
            "mqtt" | "mqtt5" | "mqtts" | "secure-mqtt" => self.mosquitto(),
            "nats" => Some(("nats", self.nats()?)),
            "redis" | "rediss" => Some(("redis-cli", self.redis()?)),
            "sqs" => Some(("aws sqs", self.sqs()?)),
            "sns" if self.sends => Some(("aws sns", self.sns()?)),
            "kinesis" if self.sends => Some(("aws kinesis", self.kinesis()?)),
            "ws" | "wss" => Some(("websocat", format!("websocat {}", quoted(&self.url())?))),
            _ => None,
        }
    }

    fn kcat(&self) -> Option<String> {
        let secure = self.kafka_security();
        let (host, topic) = (quoted(self.host)?, quoted(&self.kafka_topic())?);
        Some(match self.sends {
            true => format!("kcat -P -b {host}{secure} -t {topic} message.json"),
            false => format!("kcat -C -b {host}{secure} -t {topic} -o end"),
        })
    }

    /// What the server asks for; name and password are the reader's.
    fn kafka_security(&self) -> String {
        let schemes = self.server.security.iter().filter_map(|asked| asked.scheme);
        let mut kinds = schemes.map(|id| self.api[id].kind.value);
        let mechanism = kinds.find_map(|kind| match kind {
            "scramSha256" => Some("SCRAM-SHA-256"),
            "scramSha512" => Some("SCRAM-SHA-512"),
            "plain" | "userPassword" => Some("PLAIN"),
            _ => None,
        });
        let protocol = match (self.server.protocol.value, mechanism) {
            ("kafka-secure", Some(_)) => "SASL_SSL",
            ("kafka-secure", None) => "SSL",
            (_, Some(_)) => "SASL_PLAINTEXT",
            (_, None) => return String::new(),
        };
        let login = mechanism.map(|mechanism| {
            format!(
                " -X sasl.mechanisms={mechanism} -X sasl.username=USER -X sasl.password=PASSWORD"
            )
        });
        format!(
            " -X security.protocol={protocol}{}",
            login.unwrap_or_default()
        )
    }

    fn kafka_topic(&self) -> String {
        let named = self
            .binding("kafka")
            .and_then(|node| text(node, &["topic"]));
        named.unwrap_or(self.address).to_owned()
    }

    /// To a queue by the default exchange, or to an exchange by a key.
    fn amqp(&self) -> Option<(&'static str, String)> {
        let url = quoted(&self.url())?;
        let binding = self.binding("amqp");
        let of = |path: &[&str]| binding.and_then(|node| text(node, path));
        let queue = of(&["queue", "name"]).unwrap_or(self.address);
        let at = match of(&["exchange", "name"]) {
            Some(exchange) => format!("-e {} -r {}", quoted(exchange)?, quoted(self.address)?),
            None if self.sends => format!("-r {}", quoted(queue)?),
            None => format!("-q {}", quoted(queue)?),
        };
        Some(match self.sends {
            true => (
                "amqp-publish",
                format!("amqp-publish -u {url} {at} < message.json"),
            ),
            false => ("amqp-consume", format!("amqp-consume -u {url} {at} cat")),
        })
    }

    fn mosquitto(&self) -> Option<(&'static str, String)> {
        let secure = match self.server.protocol.value {
            "mqtts" | "secure-mqtt" => " --capath /etc/ssl/certs",
            _ => "",
        };
        let (host, port) = split(self.host);
        let port = port.map(|port| format!(" -p {port}"));
        let at = format!("-h {}{}{secure}", quoted(host)?, port.unwrap_or_default());
        let topic = quoted(&self.with_wildcards("+", Some('/')))?;
        Some(match self.sends {
            true => (
                "mosquitto_pub",
                format!("mosquitto_pub {at} -t {topic} -f message.json"),
            ),
            false => ("mosquitto_sub", format!("mosquitto_sub {at} -t {topic} -v")),
        })
    }

    fn nats(&self) -> Option<String> {
        let server = quoted(&format!("nats://{}", self.host))?;
        let subject = quoted(&self.with_wildcards("*", Some('.')))?;
        Some(match self.sends {
            true => format!("nats -s {server} pub {subject} \"$(cat message.json)\""),
            false => format!("nats -s {server} sub {subject}"),
        })
    }

    fn redis(&self) -> Option<String> {
        let url = quoted(&format!("{}://{}", self.server.protocol.value, self.host))?;
        let channel = self.with_wildcards("*", None);
        let subscribe = if channel.contains('*') {
            "PSUBSCRIBE"
        } else {
            "SUBSCRIBE"
        };
        let channel = quoted(&channel)?;
        Some(match self.sends {
            true => format!("redis-cli -u {url} -x PUBLISH {channel} < message.json"),
            false => format!("redis-cli -u {url} {subscribe} {channel}"),
        })
    }

    fn sqs(&self) -> Option<String> {
        let named = self
            .binding("sqs")
            .and_then(|node| text(node, &["queue", "name"]));
        let queue = for_aws(named.unwrap_or(self.address))?;
        let url =
            format!("$(aws sqs get-queue-url --queue-name {queue} --query QueueUrl --output text)");
        Some(match self.sends {
            true => format!(
                "aws sqs send-message --queue-url \"{url}\" --message-body file://message.json"
            ),
            false => {
                format!("aws sqs receive-message --queue-url \"{url}\" --wait-time-seconds 20")
            }
        })
    }

    /// A topic is named in full, which is told for a short name by creating it: one that there is stays as it is.
    fn sns(&self) -> Option<String> {
        let named = self.binding("sns").and_then(|node| text(node, &["name"]));
        let topic = for_aws(named.unwrap_or(self.address))?;
        let full = format!("$(aws sns create-topic --name {topic} --query TopicArn --output text)");
        Some(format!(
            "aws sns publish --topic-arn \"{full}\" --message file://message.json"
        ))
    }

    fn kinesis(&self) -> Option<String> {
        let stream = for_aws(self.address)?;
        Some(format!(
            "aws kinesis put-record --stream-name {stream} --partition-key 1 --data fileb://message.json"
        ))
    }

    /// What is still open in the address: the parameter's name for who sends, a wildcard for who receives. Where parts of addresses are
    /// parted, it is in the place of a whole one.
    fn with_wildcards(&self, wildcard: &str, parted: Option<char>) -> String {
        let opened = |part: &str| opened(part, wildcard);
        match parted {
            _ if self.sends => self.address.to_owned(),
            None => opened(self.address).unwrap_or_else(|| self.address.to_owned()),
            Some(mark) => {
                let parts = self.address.split(mark);
                let parts = parts.map(|part| opened(part).map_or(part, |_| wildcard));
                parts.collect::<Vec<_>>().join(&mark.to_string())
            }
        }
    }

    fn url(&self) -> String {
        let path = Some(self.path.trim_matches('/')).filter(|path| !path.is_empty());
        let path = path.map(|path| format!("/{path}")).unwrap_or_default();
        let is_socket = matches!(self.server.protocol.value, "ws" | "wss");
        let own = match (is_socket, self.address.trim_start_matches('/')) {
            (true, own) if !own.is_empty() => format!("/{own}"),
            _ => String::new(),
        };
        format!("{}://{}{path}{own}", self.server.protocol.value, self.host)
    }

    fn binding(&self, protocol: &str) -> Option<&Node> {
        let mut bindings = self.channel.about.bindings.iter();
        let found = bindings.find(|binding| binding.protocol.value == protocol)?;
        Some(found.node)
    }
}

/// An address with a wildcard in the place of each parameter, if it has any.
fn opened(address: &str, wildcard: &str) -> Option<String> {
    let mut left = address;
    let mut text = String::new();
    while let Some((before, rest)) = left.split_once('{') {
        let Some((_, after)) = rest.split_once('}') else {
            break;
        };
        text.push_str(before);
        text.push_str(wildcard);
        left = after;
    }
    (left.len() < address.len()).then(|| text + left)
}

/// A text at a path of names.
fn text<'n>(node: &'n Node, path: &[&str]) -> Option<&'n str> {
    let found = path.iter().try_fold(node, |node, name| node.get(name))?;
    found.as_str().filter(|text| !text.is_empty())
}

/// A word for the tool of AWS, which reads a file or a page for one that names it so. No queue, topic or stream has such a name.
fn for_aws(name: &str) -> Option<String> {
    quoted(name).filter(|_| !name.contains(':'))
}

/// Host and port.
fn split(host: &str) -> (&str, Option<&str>) {
    let is_port = |port: &&str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    match host.rsplit_once(':') {
        Some((name, port)) if is_port(&port) => (name, Some(port)),
        _ => (host, None),
    }
}
