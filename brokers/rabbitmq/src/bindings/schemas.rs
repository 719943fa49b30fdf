//! Every field that the binding's schemas have makes a difference at the broker, or is refused by its name.
use super::{check_receiving, names, of_message, server};
use crate::{RabbitSettings, properties, source::Source, target::Target};
use serde_json::{Value, json};
use tidings::{Bindings, Channel, ChannelKind, Message, Result, Server, transport::Group};
use tidings_document::{Level, binding_paths};

/// A binding that says all that its channel can say.
struct Case {
    level: Level,
    kind: ChannelKind,
    binding: Value,
}

fn cases() -> [Case; 5] {
    let queue = json!({ "name": "q", "durable": true, "exclusive": false, "autoDelete": false, "vhost": "/" });
    let exchange =
        json!({ "name": "e", "type": "topic", "durable": true, "autoDelete": false, "vhost": "/" });
    let case = |level, kind, binding| Case {
        level,
        kind,
        binding,
    };
    let (to_one, to_all) = (ChannelKind::PointToPoint, ChannelKind::PublishSubscribe);
    [
        case(
            Level::Channel,
            to_one,
            json!({ "is": "queue", "queue": queue }),
        ),
        case(
            Level::Channel,
            to_one,
            json!({ "exchange": exchange.clone(), "queue": queue }),
        ),
        case(
            Level::Channel,
            to_all,
            json!({ "exchange": exchange, "queue": queue }),
        ),
        case(Level::Operation, to_one, json!({})),
        case(Level::Message, to_one, json!({})),
    ]
}

/// Values that a field may have, and one that it may not.
fn values(field: &str) -> (Vec<Value>, Value) {
    match field {
        "is" => (vec![json!("queue"), json!("routingKey")], json!("topic")),
        "type" => (
            vec![json!("topic"), json!("fanout"), json!("direct")],
            json!("x-random"),
        ),
        "name" | "userId" | "messageType" => (vec![json!("one"), json!("other")], json!(1)),
        "vhost" => (vec![json!("/"), json!("other")], json!(1)),
        "contentEncoding" => (
            vec![json!("utf-8"), json!("identity"), json!("gzip")],
            json!(1),
        ),
        "cc" | "bcc" => (
            vec![json!([]), json!(["one"]), json!(["other"])],
            json!("one"),
        ),
        "expiration" => (vec![json!(1), json!(2)], json!(-1)),
        "priority" => (vec![json!(1), json!(2)], json!(256)),
        "deliveryMode" => (vec![json!(1), json!(2)], json!(3)),
        "durable" | "exclusive" | "autoDelete" | "mandatory" | "timestamp" | "ack" => {
            (vec![json!(true), json!(false)], json!(1))
        }
        // Refused whatever they say.
        _ => (Vec::new(), json!("one")),
    }
}

/// What is made and sent by the bindings of a channel, whoever receives.
fn outcome(case: &Case, binding: &Value) -> Result<String> {
    let told = match case.level {
        Level::Operation => json!({ "operations": { "send": { "amqp": binding } } }),
        Level::Message => json!({ "messages": { "Order": { "amqp": binding } } }),
        _ => json!({ "own": { "amqp": binding } }),
    };
    let channel =
        Channel::new(case.kind, "orders").with_bindings(Bindings::read(&told.to_string()));
    let settings = RabbitSettings::default();
    let target = Target::of(&channel, "/", &settings)?;
    check_receiving(&channel)?;
    let group = Group::named(Some("g"));
    let shared = Source::of(&channel, &group, "/", &settings)?;
    let alone = Source::of(&channel, &Group::named(None), "/", &settings)?;
    let mut order = Message::named("Order", "text/plain", "a");
    order.id = "1".into();
    let told = of_message(&channel, order.name.as_deref())?;
    let sent = properties::write(&order, &target.sending, &told, None, 100_000)?;
    let target = (
        target.exchange,
        target.key,
        target.mandatory,
        target.declared,
    );
    let alone = (alone.options, alone.exchange, alone.bound);
    Ok(format!(
        "{target:?} {shared:?} {alone:?} {sent:?} {:?}",
        names(&channel)?
    ))
}

/// What comes of it where a field says that.
fn with(case: &Case, path: &str, value: Value) -> Result<String> {
    let mut binding = case.binding.clone();
    let pointer = format!("/{}", path.replace('.', "/"));
    let (holder, field) = pointer.rsplit_once('/').unwrap_or_default();
    binding.pointer_mut(holder).expect(path)[field] = value;
    outcome(case, &binding)
}

fn check(case: &Case, path: &str) {
    let (holder, field) = path.rsplit_once('.').unwrap_or(("", path));
    // Without an exchange, both that it may say are the same; what says more is in another case.
    let needs = if path == "is" { "exchange" } else { holder };
    if !needs.is_empty() && case.binding.get(needs).is_none() {
        return;
    }
    let named = |outcome: Result<String>| {
        outcome.map_err(|error| {
            let error = error.to_string();
            let says = [format!("`{path}`"), format!("`{path}: ")];
            assert!(
                says.iter().any(|says| error.contains(says)),
                "{path}: {error}"
            );
            error
        })
    };
    let (good, bad) = values(field);
    let all = good
        .iter()
        .map(|value| named(with(case, path, value.clone())));
    let mut all: Vec<_> = all.collect();
    all.push(named(with(case, path, bad)));
    assert!(
        all.last().is_some_and(Result::is_err),
        "{path} may be anything"
    );
    all.dedup();
    assert_eq!(
        all.len(),
        good.len() + 1,
        "{path} makes no difference: {all:?}"
    );
}

#[test]
fn every_field_of_the_schemas_is_honoured_or_refused_by_name() {
    for case in cases() {
        outcome(&case, &case.binding).expect("all of it is kept");
        let paths = binding_paths("amqp", case.level);
        assert!(paths.len() > 2, "{paths:?}");
        let paths = paths.iter().filter(|path| !path.is_empty());
        for path in
            paths.filter(|path| *path != "bindingVersion" && !case.binding[&**path].is_object())
        {
            check(&case, path);
        }
        // And one that no schema has.
        check(&case, "colour");
        let version = with(&case, "bindingVersion", json!("0.2.0"));
        assert_eq!(version.unwrap(), outcome(&case, &case.binding).unwrap());
    }
}

#[test]
fn a_server_has_no_fields() {
    assert_eq!(binding_paths("amqp", Level::Server), [""; 0]);
    let told = Bindings::new([("amqp", json!({ "colour": 1 }))]);
    let error = server(&Server::new("amqp", "amqp://a").with_bindings(told)).unwrap_err();
    assert!(
        error.to_string().contains("`colour` of the `amqp` binding"),
        "{error}"
    );
}
