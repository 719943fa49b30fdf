//! What the binding of a channel says of its exchange, and whether that one is so.
use serde::Deserialize;
use tidings::{Binding, Channel, ChannelKind, Result};

/// Where nothing is named: publish-subscribe channels have the broker's exchange of topics, others its default one.
const TOPIC: &str = "amq.topic";

/// Exchanges that every broker has, and of which type they are.
const OF_BROKER: [(&str, Kind); 4] = [
    ("", Kind::Default),
    ("amq.direct", Kind::Direct),
    ("amq.fanout", Kind::Fanout),
    (TOPIC, Kind::Topic),
];

/// An exchange.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Exchange {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: Option<Kind>,
    pub(crate) durable: Option<bool>,
    #[serde(rename = "autoDelete")]
    pub(crate) auto_delete: bool,
    pub(super) vhost: Option<String>,
}

/// A type of exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Topic,
    Direct,
    Fanout,
    Default,
    Headers,
}

impl Exchange {
    /// What a channel's binding says of it. What is another than the broker has by itself is refused by name: nobody makes that.
    pub(super) fn read(channel: &Channel, binding: &Binding<'_>) -> Result<Self> {
        binding.known(&["name", "type", "durable", "autoDelete", "vhost"])?;
        let mut told: Self = binding.read()?;
        let is_topic = channel.kind == ChannelKind::PublishSubscribe;
        let refused = match told.kind {
            Some(Kind::Headers) => {
                Some(("type", "is `headers`, which is not supported; use `topic`"))
            }
            Some(Kind::Default) if is_topic => Some((
                "type",
                "is `default`, of which each message goes to one queue; name an exchange, or make the channel point-to-point",
            )),
            Some(Kind::Default) if !told.name.is_empty() => Some((
                "name",
                "is none where `type` says `default`: that exchange has no name; leave one of them out",
            )),
            _ => None,
        };
        if let Some((field, why)) = refused {
            return Err(binding.cannot(field, why));
        }
        if is_topic && told.name.is_empty() {
            TOPIC.clone_into(&mut told.name);
        }
        if let Some(kind) = told.of_broker() {
            told.agree(kind, binding)?;
            told.kind = Some(kind);
        }
        Ok(told)
    }

    /// Its type, where every broker has it.
    fn of_broker(&self) -> Option<Kind> {
        let known = OF_BROKER.iter().find(|(name, _)| *name == self.name);
        known.map(|(_, kind)| *kind)
    }

    /// Whether it is what the broker has by itself.
    fn agree(&self, kind: Kind, binding: &Binding<'_>) -> Result<()> {
        let is_it = |said| said == kind || (kind == Kind::Default && said == Kind::Direct);
        let differs = [
            ("type", !self.kind.is_none_or(is_it)),
            ("durable", self.durable == Some(false)),
            ("autoDelete", self.auto_delete),
        ];
        match differs.iter().find(|(_, differs)| *differs) {
            Some((field, _)) => {
                let name = match &*self.name {
                    "" => "default exchange".to_owned(),
                    name => format!("`{name}`"),
                };
                let why = format!("is not so of the broker's {name}; give another `name`");
                Err(binding.cannot(field, &why))
            }
            None => Ok(()),
        }
    }

    /// Whether it is the one that gives each message to the queue of that name.
    pub(crate) fn is_default(&self) -> bool {
        self.kind == Some(Kind::Default)
    }
}

#[cfg(test)]
mod tests {
    use super::super::of_channel;
    use super::*;
    use serde_json::{Value, json};
    use tidings::Bindings;

    fn of(kind: ChannelKind, exchange: Value) -> Result<Exchange> {
        let bindings = Bindings::new([("amqp", json!({ "exchange": exchange }))]);
        let channel = Channel::new(kind, "orders").with_bindings(bindings);
        of_channel(&channel, "/").map(|told| told.exchange)
    }

    #[test]
    fn an_exchange_that_the_broker_has_is_what_the_binding_says_or_refused_by_name() {
        let (queue, topic) = (ChannelKind::PointToPoint, ChannelKind::PublishSubscribe);
        for (kind, told) in [
            (queue, json!({ "type": "topic" })),
            (queue, json!({ "durable": false })),
            (queue, json!({ "autoDelete": true })),
            (queue, json!({ "name": "e", "type": "default" })),
            (topic, json!({ "type": "default" })),
            (topic, json!({ "type": "fanout" })),
            (topic, json!({ "durable": false })),
            (topic, json!({ "name": "amq.topic", "autoDelete": true })),
            (topic, json!({ "name": "amq.fanout", "type": "topic" })),
        ] {
            let fields = told.as_object().unwrap();
            let field = fields
                .keys()
                .find(|field| *field != "name" || fields.get("type") == Some(&json!("default")));
            let says = format!("`exchange.{}` of the `amqp` binding", field.unwrap());
            let error = of(kind, told).unwrap_err().to_string();
            assert!(error.contains(&says), "{error}");
        }
    }

    #[test]
    fn an_exchange_that_the_broker_has_need_not_be_described() {
        let (queue, topic) = (ChannelKind::PointToPoint, ChannelKind::PublishSubscribe);
        for (kind, told, name, of_type) in [
            (queue, json!({}), "", Kind::Default),
            (
                queue,
                json!({ "type": "direct", "durable": true }),
                "",
                Kind::Default,
            ),
            (
                topic,
                json!({ "type": "topic", "autoDelete": false }),
                "amq.topic",
                Kind::Topic,
            ),
            (
                topic,
                json!({ "name": "amq.direct" }),
                "amq.direct",
                Kind::Direct,
            ),
            (
                topic,
                json!({ "name": "amq.fanout", "durable": true }),
                "amq.fanout",
                Kind::Fanout,
            ),
        ] {
            let told = of(kind, told).unwrap();
            assert_eq!((&*told.name, told.kind), (name, Some(of_type)));
        }
    }
}
