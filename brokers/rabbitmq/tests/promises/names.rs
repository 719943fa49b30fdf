//! What groups are called: each has a queue of its own.
use crate::common::{Check, Outcome, checks, connect, fresh, holds, publish};
use std::time::Duration;
use tidings::{Channel, DynTransport, Message, SubscribeSpec, transport::Event, transport::Group};
use tokio::time::timeout;

/// How long what is not to come may take.
const QUIET: Duration = Duration::from_millis(300);

pub(crate) fn checks() -> Vec<(&'static str, Check)> {
    checks![groups_of_like_names_have_a_queue_each]
}

fn grouped(address: &str, group: &str) -> SubscribeSpec {
    let channel = Channel::publish_subscribe(address.to_owned());
    SubscribeSpec::new(channel).group(Group::Shared(group.into()))
}

/// `a` and `b.c` are not `a.b` and `c`, and no group is called as dead letters are.
async fn groups_of_like_names_have_a_queue_each() -> Outcome {
    let transport = connect().await?;
    let base = fresh().address;
    let inner = format!("{base}.b");
    let letters = SubscribeSpec::new(Channel::point_to_point(format!("{base}.dead-letters")));
    let specs = [
        grouped(&base, "b.c"),
        grouped(&inner, "c"),
        grouped(&base, "dead-letters"),
        letters,
    ];
    let mut all = Vec::new();
    for spec in &specs {
        all.push(DynTransport::subscribe(&transport, spec).await?);
    }
    for (spec, body) in specs.iter().zip(["outer", "inner", "again", "letter"]) {
        publish(&transport, &spec.channel, &[Message::new(body)]).await?;
    }
    let expected = [
        &["again", "outer"][..],
        &["inner"],
        &["again", "outer"],
        &["letter"],
    ];
    for ((spec, mut subscription), expected) in specs.iter().zip(all).zip(expected) {
        let mut came = Vec::new();
        while let Ok(event) = timeout(QUIET, subscription.next(10)).await {
            let Event::Deliveries(deliveries) = event? else {
                return Err("something else happened".into());
            };
            let bodies = deliveries.iter().map(|one| &one.message.body[..]);
            came.extend(bodies.map(|body| String::from_utf8_lossy(body).into_owned()));
        }
        came.sort();
        holds(came == expected, &format!("{spec:?} had {came:?}"))?;
    }
    Ok(())
}
