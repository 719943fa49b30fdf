//! Bindings that are read, and refused.
use super::*;
use crate::Bindings;
use serde::Deserialize;
use serde_json::json;

fn channel(told: &Value) -> Channel {
    Channel::point_to_point("orders").with_bindings(Bindings::read(&told.to_string()))
}

fn said(outcome: Result<()>) -> String {
    outcome.map_or_else(|error| error.to_string(), |()| String::new())
}

#[test]
fn what_is_refused_is_told_by_its_place_and_whose_it_is() -> Result<()> {
    let told = json!({
        "own": { "mq": { "queue": { "name": "q", "policies": [{ "colour": "red" }] } } },
        "operations": { "place": { "mq": { "acks": 1 } } },
        "messages": { "Order": { "mq": { "kind": 1 } } },
    });
    let channel = channel(&told);
    let own = Binding::of_channel(&channel, "mq")?;
    let queue = own.part("queue")?;
    assert_eq!(queue.get("name"), Some(&json!("q")));
    let policy = queue.at("policies[0]", &told["own"]["mq"]["queue"]["policies"][0])?;
    let mut all = vec![said(policy.known(&[]))];
    all.extend(
        Binding::of_operations(&channel, "mq").map(|one| said(one.and_then(|one| one.known(&[])))),
    );
    all.extend(
        Binding::of_messages(&channel, "mq").map(|one| said(one.and_then(|one| one.known(&[])))),
    );
    let places = [
        "`queue.policies[0].colour` of the `mq` binding cannot be kept",
        "`acks` of the `mq` binding of operation `place`",
        "`kind` of the `mq` binding of message `Order`",
    ];
    assert_eq!(all.len(), places.len());
    for (error, place) in all.iter().zip(places) {
        assert!(
            error.contains(place) && error.contains("channel `orders`"),
            "{error}"
        );
    }
    Ok(())
}

#[test]
fn what_has_no_fields_says_nothing() {
    let silent = json!({ "bindingVersion": "1", "x-of-ours": 1 });
    for (told, is_refused) in [
        (json!({ "own": { "mq": silent.clone() } }), false),
        (
            json!({ "own": { "mq": null }, "messages": { "A": { "other": { "a": 1 } } } }),
            false,
        ),
        (json!({ "own": { "mq": { "a": 1 } } }), true),
        (
            json!({ "operations": { "place": { "mq": { "a": 1 } } } }),
            true,
        ),
        (json!({ "messages": { "A": { "mq": { "a": 1 } } } }), true),
        (json!({ "own": { "mq": "a" } }), true),
        (json!({ "operations": { "place": { "mq": [] } } }), true),
    ] {
        let error = said(Binding::none(&channel(&told), "mq"));
        assert_eq!(!error.is_empty(), is_refused, "{told}: {error}");
    }
    let mq = |told: &Value| {
        let bindings = Bindings::new([("mq", told.clone())]);
        let server = Server::new("mq", "mq://ann:s3cret@a").with_bindings(bindings);
        said(Binding::of_server(&server, "mq").and_then(|one| one.known(&[])))
    };
    assert_eq!(mq(&silent), "");
    let error = mq(&json!({ "a": 1 }));
    assert!(error.contains("`a` of the `mq` binding"), "{error}");
    assert!(error.contains("server `mq://a`"), "{error}");
}

#[test]
fn what_is_of_another_type_is_told() -> Result<()> {
    #[derive(Deserialize)]
    struct Queue {
        durable: bool,
    }
    let told = json!({ "own": { "mq": { "durable": 1 } } });
    let channel = channel(&told);
    let own = Binding::of_channel(&channel, "mq")?;
    let value = &json!(1.5);
    let errors = [
        own.text("durable", value).err(),
        own.whole("durable", value, 9).err(),
        own.is("durable", value).err(),
        own.at("durable", value).err(),
        own.part("durable").err(),
    ];
    for error in errors {
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(
            error.contains("`durable` of the `mq` binding is n"),
            "{error}"
        );
    }
    let error = own.read::<Queue>().err().map(|error| error.to_string());
    let error = error.unwrap_or_default();
    assert!(
        error.contains("the `mq` binding cannot be read: invalid type"),
        "{error}"
    );
    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Open {
        durable: bool,
        name: String,
    }
    let error = own.read::<Open>().err().map(|error| error.to_string());
    let error = error.unwrap_or_default();
    let says = "`durable` of the `mq` binding cannot be read: invalid type";
    assert!(error.contains(says), "{error}");
    let sound = Channel::point_to_point("a")
        .with_bindings(Bindings::new([("mq", json!({ "durable": true }))]));
    assert!(Binding::of_channel(&sound, "mq")?.read::<Queue>()?.durable);
    assert!(own.whole("durable", &json!(9), 9).is_ok());
    Ok(())
}
