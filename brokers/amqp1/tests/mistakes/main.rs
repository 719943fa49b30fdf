//! What can be wrong between a program and its broker, each with one clear error that says where, what and how to mend it.
mod addresses;
mod common;
mod keys;
mod rights;
mod services;
mod storms;

use addresses::addresses_have_what_was_sent_to_them;
use common::{Broker, Outcome, holds, is, run};
use keys::a_key_that_is_busy_goes_to_nobody_else;
use rights::what_is_not_allowed_is_told_at_once;
use serde_json::json;
use services::{
    a_poisoned_key_holds_up_no_other, what_is_stopped_amid_its_work_is_gone_on_with,
    who_settles_nothing_has_what_it_asked_for, whoever_dies_at_any_step_loses_nothing,
};
use std::{
    env, fs,
    time::{Duration, Instant},
};
use storms::{
    losses_leave_nothing_behind, what_has_ended_ends_again,
    what_is_too_large_to_receive_holds_up_nobody,
};
use tidings::{
    Bindings, Channel, DynTransport, Error, ErrorKind, Message, Registry, Security, Server,
    SubscribeSpec, Transport, Verdict, connect,
    transport::{Ensure, Event, Group, Settler, Subscription, Wanted},
};
use tidings_amqp1::{Amqp1Connector, Amqp1Settings, Amqp1Transport};
use tokio::net::TcpListener;

fn main() -> std::process::ExitCode {
    run(common::checks![
        a_wrong_password_is_refused,
        nobody_is_refused,
        a_broker_that_is_not_there_is_waited_for,
        a_server_that_says_nothing_is_given_up_in_time,
        a_certificate_that_does_not_fit_is_refused,
        a_client_s_certificate_identifies,
        a_document_s_credentials_are_used,
        what_is_missing_is_named,
        a_binding_that_is_unknown_is_named,
        a_message_that_is_too_large_is_told,
        what_is_rejected_is_kept_by_the_broker,
        messages_for_later_need_a_scheduler,
        a_key_that_is_busy_goes_to_nobody_else,
        retries_that_wait_hold_up_nobody,
        groups_of_like_names_have_what_is_theirs,
        a_topic_of_a_queue_s_name_is_told_at_once,
        replies_that_nobody_takes_are_not_left,
        addresses_have_what_was_sent_to_them,
        what_is_not_allowed_is_told_at_once,
        losses_leave_nothing_behind,
        what_has_ended_ends_again,
        what_is_too_large_to_receive_holds_up_nobody,
        a_poisoned_key_holds_up_no_other,
        what_is_stopped_amid_its_work_is_gone_on_with,
        who_settles_nothing_has_what_it_asked_for,
        whoever_dies_at_any_step_loses_nothing,
    ])
}

/// The settings, with so little patience.
fn within(wait: Duration) -> Amqp1Settings {
    let mut settings = Amqp1Settings::default();
    settings.connect_within = wait;
    settings
}

/// The error of connecting there, which names the server and no password.
async fn refused(url: &str, settings: Amqp1Settings) -> Outcome<Error> {
    let outcome = Amqp1Transport::connect_with(url, settings).await;
    let error = outcome.err().ok_or("it was taken")?;
    let text = error.to_string();
    holds(
        text.contains("server `amqp") && !text.contains("s3cret"),
        &text,
    )?;
    Ok(error)
}

async fn a_wrong_password_is_refused(broker: Broker) -> Outcome {
    let url = broker.url().replace("tidings:tidings@", "tidings:s3cret@");
    let begun = Instant::now();
    let error = refused(&url, Amqp1Settings::default()).await?;
    let says = ["does not take the user and the password", "mend those"];
    is(&error, ErrorKind::PermissionDenied, &says)?;
    let is_soon = begun.elapsed() < Amqp1Settings::default().connect_within;
    holds(is_soon, "it was tried again, which cannot help")
}

async fn nobody_is_refused(broker: Broker) -> Outcome {
    let url = broker.url().replace("tidings:tidings@", "");
    let error = refused(&url, within(Duration::from_secs(5))).await?;
    holds(
        error.kind() == ErrorKind::PermissionDenied,
        &error.to_string(),
    )
}

async fn a_broker_that_is_not_there_is_waited_for(_: Broker) -> Outcome {
    let wait = Duration::from_millis(500);
    let begun = Instant::now();
    let error = refused("amqp1://127.0.0.1:1", within(wait)).await?;
    let says = ["server `amqp://127.0.0.1:1`", "refused", "start it"];
    is(&error, ErrorKind::ConnectionLost, &says)?;
    let waited = begun.elapsed();
    let is_right = (wait..wait * 10).contains(&waited);
    holds(is_right, &format!("it waited {waited:?}"))
}

async fn a_server_that_says_nothing_is_given_up_in_time(_: Broker) -> Outcome {
    let silent = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("amqp://{}", silent.local_addr()?);
    let begun = Instant::now();
    let error = refused(&url, within(Duration::from_secs(1))).await?;
    is(&error, ErrorKind::Timeout, &["did not answer within 1s"])?;
    holds(begun.elapsed() < Duration::from_secs(8), "it waited on")
}

/// It is taken once its authority is trusted.
async fn a_certificate_that_does_not_fit_is_refused(broker: Broker) -> Outcome {
    let url = env::var(broker.variable("_TLS"))?;
    let folder = env::var(broker.variable("_CERTIFICATES"))?;
    let unknown = refused(&url, Amqp1Settings::default()).await?;
    is(&unknown, ErrorKind::Invalid, &["`authorities`"])?;
    let mut settings = Amqp1Settings::default();
    settings.authorities = Some(fs::read(format!("{folder}/authority.pem"))?.into());
    let transport = Amqp1Transport::connect_with(&url, settings.clone()).await?;
    Transport::close(&transport, Duration::from_secs(1)).await?;
    // The same machine by a name that the certificate has not.
    let elsewhere = url.replace("127.0.0.1", "0.0.0.0");
    let another = refused(&elsewhere, settings).await?;
    is(&another, ErrorKind::Invalid, &["name in the certificate"])
}

/// At Classic by nothing but TLS, of which its users know nothing here.
async fn a_client_s_certificate_identifies(broker: Broker) -> Outcome {
    if broker == Broker::Classic {
        return Ok(());
    }
    let url = env::var(broker.variable("_CERTIFIED"))?;
    let folder = env::var(broker.variable("_CERTIFICATES"))?;
    let file = |name: &str| fs::read(format!("{folder}/{name}"));
    let mut settings = within(Duration::from_secs(5));
    settings.authorities = Some(file("authority.pem")?.into());
    refused(&url, settings.clone()).await?;
    let registry = Registry::new().with(Amqp1Connector::new(settings));
    let server = |name: &str| -> Outcome<Server> {
        let security = Security::Certificate {
            chain: file(&format!("{name}.pem"))?.into(),
            key: file(&format!("{name}.key"))?.into(),
        };
        Ok(Server::new("amqp1", url.as_str()).with_security(security))
    };
    let transport = connect(&server("tidings")?, &registry).await?;
    let (channel, message) = (Channel::point_to_point(common::unused()), Message::new("a"));
    let until = tokio::time::Instant::now() + Duration::from_secs(10);
    let mut sent = transport.publish(&channel, &[message], until).await;
    sent.remove(0)?;
    transport.close(Duration::from_secs(1)).await?;
    // One of the same authority that is nobody's.
    let nobody = connect(&server("localhost")?, &registry).await.err();
    let nobody = nobody.ok_or("a certificate of nobody was taken")?;
    is(&nobody, ErrorKind::PermissionDenied, &["server `amqps:"])
}

async fn a_document_s_credentials_are_used(broker: Broker) -> Outcome {
    let registry = Registry::new().with(Amqp1Connector::default());
    let url = broker.url().replace("tidings:tidings@", "");
    let server = Server::new("amqp1", url.as_str()).with_scheme("user", "userPassword");
    let missing = connect(&server, &registry).await.err();
    let missing = missing.ok_or("nothing was given, and it was taken")?;
    is(
        &missing,
        ErrorKind::PermissionDenied,
        &["`user` (userPassword)"],
    )?;
    let token = server.clone().with_security(Security::Token("t".into()));
    let unknown = connect(&token, &registry)
        .await
        .err()
        .ok_or("a token was taken")?;
    is(
        &unknown,
        ErrorKind::Unsupported,
        &["by a user and a password"],
    )?;
    let server = server.with_security(Security::Password {
        user: "tidings".into(),
        password: "tidings".into(),
    });
    let transport = connect(&server, &registry).await?;
    Ok(transport.close(Duration::from_secs(1)).await?)
}

async fn what_is_missing_is_named(broker: Broker) -> Outcome {
    let transport = broker.connect().await?;
    let queue = Channel::point_to_point(common::unused());
    let group = Wanted::channel(Channel::publish_subscribe(common::unused())).group("g");
    for wanted in [Wanted::channel(queue), group] {
        let wanted = [wanted];
        let check = || Transport::ensure(&transport, &wanted, Ensure::Check);
        let error = check().await.err().ok_or("it is not there")?;
        is(
            &error,
            ErrorKind::NotFound,
            &["there is no queue `", "channel `tests.", "server `amqp:"],
        )?;
        Transport::ensure(&transport, &wanted, Ensure::Create).await?;
        check().await?;
    }
    Ok(())
}

async fn a_binding_that_is_unknown_is_named(broker: Broker) -> Outcome {
    let transport = broker.connect().await?;
    let bindings = Bindings::new([("jms", json!({ "destinaton": "q" }))]);
    let channel = Channel::point_to_point("orders").with_bindings(bindings);
    let subscribed = Transport::subscribe(&transport, &SubscribeSpec::new(channel.clone())).await;
    let published = common::outcomes(&transport, &channel, &[Message::new("a")]).await;
    let published = published
        .into_iter()
        .next()
        .ok_or("one outcome a message")?;
    for error in [subscribed.err(), published.err()] {
        let says = ["`destinaton`", "channel `orders`", "server `amqp:"];
        is(&error.ok_or("it was taken")?, ErrorKind::Unsupported, &says)?;
    }
    Ok(())
}

async fn a_message_that_is_too_large_is_told(broker: Broker) -> Outcome {
    let transport = broker.connect().await?;
    let channel = Channel::point_to_point(common::unused());
    let batch = [Message::new(vec![0; 17 << 20]), Message::new("small")];
    let mut outcomes = common::outcomes(&transport, &channel, &batch)
        .await
        .into_iter();
    let error = outcomes
        .next()
        .and_then(Result::err)
        .ok_or("it was taken")?;
    let says = ["`message_bytes`", "channel `tests.", "server `amqp:"];
    is(&error, ErrorKind::TooLarge, &says)?;
    Ok(outcomes.next().ok_or("one outcome a message")??)
}

/// What is rejected is in the broker's own queue for that, and comes no more.
async fn what_is_rejected_is_kept_by_the_broker(broker: Broker) -> Outcome {
    let transport = broker.connect().await?;
    let channel = Channel::point_to_point(common::unused());
    let rejected = Message::new("rejected");
    common::publish(&transport, &channel, &rejected).await?;
    common::settle_one(
        &transport,
        &channel,
        &rejected.id,
        tidings::Verdict::reject("no"),
    )
    .await?;
    let letters = Channel::point_to_point(broker.letters());
    let found =
        common::settle_one(&transport, &letters, &rejected.id, tidings::Verdict::Ack).await?;
    holds(found.body == "rejected", "it has another body")?;
    Ok(DynTransport::close(&transport, Duration::from_secs(1)).await?)
}

async fn messages_for_later_need_a_scheduler(broker: Broker) -> Outcome {
    let channel = Channel::point_to_point(common::unused());
    let transport = broker.connect().await?;
    let has = Transport::capabilities(&transport, &channel);
    holds(has.delay.is_some(), "it has a scheduler")?;
    if broker == Broker::Artemis {
        return Ok(());
    }
    let transport = Amqp1Transport::connect(&env::var(broker.variable("_PLAIN"))?).await?;
    let has = Transport::capabilities(&transport, &channel);
    holds(has.delay.is_none(), "it has no scheduler")?;
    let mut message = Message::new("a");
    message.not_before = Some(std::time::SystemTime::now() + Duration::from_secs(60));
    let mut sent = common::outcomes(&transport, &channel, &[message]).await;
    let error = sent.remove(0).err().ok_or("it was taken")?;
    is(&error, ErrorKind::Unsupported, &["start its scheduler"])
}

async fn retries_that_wait_hold_up_nobody(broker: Broker) -> Outcome {
    let transport = broker.connect().await?;
    let channel = Channel::point_to_point(common::unused());
    for _ in 0..4 {
        common::publish(&transport, &channel, &Message::new("bad")).await?;
    }
    let spec = SubscribeSpec::new(channel.clone()).prefetch(4);
    let mut subscription = Transport::subscribe(&transport, &spec).await?;
    let settler = subscription.settler();
    let mut next = async || {
        let next = tokio::time::timeout(Duration::from_secs(5), subscription.next(4)).await;
        match next.map_err(|_| "nothing came")?? {
            Event::Deliveries(came) => Outcome::Ok(came),
            _ => Err("no delivery".into()),
        }
    };
    let after = Duration::from_secs(3600);
    let mut left = 4;
    while left > 0 {
        let came = next().await?;
        left -= came.len();
        let later: Vec<_> = came
            .iter()
            .map(|came| (came.token, Verdict::Retry { after }))
            .collect();
        let failed = settler.settle(&later).await;
        holds(failed.is_empty(), "it was not put off")?;
    }
    common::publish(&transport, &channel, &Message::new("good")).await?;
    holds(next().await?[0].message.body == "good", "another came")
}

async fn groups_of_like_names_have_what_is_theirs(broker: Broker) -> Outcome {
    let transport = broker.connect().await?;
    let address = common::unused();
    let first = Channel::publish_subscribe(address.as_str());
    let other = Channel::publish_subscribe(format!("{address}.b"));
    let ensure = async |channel: &Channel, group: &str| {
        let wanted = [Wanted::channel(channel.clone()).group(group)];
        Transport::ensure(&transport, &wanted, Ensure::Create).await
    };
    ensure(&first, "b.c").await?;
    let message = Message::new("a");
    common::publish(&transport, &first, &message).await?;
    ensure(&other, "c").await?;
    let spec = SubscribeSpec::new(first).group(Group::named(Some("b.c")));
    let mut subscription = Transport::subscribe(&transport, &spec).await?;
    let next = tokio::time::timeout(Duration::from_secs(5), subscription.next(1)).await;
    let came = next.map_err(|_| "what the group had not received is gone")??;
    let Event::Deliveries(came) = came else {
        return Err("no delivery".into());
    };
    holds(came[0].message.id == message.id, "another message came")
}

/// A queue that is not empty never goes.
async fn replies_that_nobody_takes_are_not_left(broker: Broker) -> Outcome {
    let transport = broker.connect().await?;
    let (address, inbox) = Transport::inbox(&transport, None).await?;
    let queue = Channel::point_to_point(address);
    for _ in 0..3 {
        common::publish(&transport, &queue, &Message::new("late")).await?;
    }
    drop(inbox);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let spec = SubscribeSpec::new(queue);
    let mut another = Transport::subscribe(&transport, &spec).await?;
    let next = tokio::time::timeout(Duration::from_millis(500), another.next(1)).await;
    holds(next.is_err(), "a reply was left in its queue")
}

/// Classic has both beside each other.
async fn a_topic_of_a_queue_s_name_is_told_at_once(broker: Broker) -> Outcome {
    if broker == Broker::Classic {
        return Ok(());
    }
    let transport = broker.connect().await?;
    let address = common::unused();
    let queue = Channel::point_to_point(address.as_str());
    common::publish(&transport, &queue, &Message::new("a")).await?;
    let topic = Channel::publish_subscribe(address.as_str());
    let wanted = [Wanted::channel(topic.clone())];
    let error = Transport::ensure(&transport, &wanted, Ensure::Check).await;
    let error = error.err().ok_or("a queue was found as a topic")?;
    is(&error, ErrorKind::Conflict, &[&address, "delete it"])?;
    let spec = SubscribeSpec::new(topic).group(Group::named(Some("g")));
    let begun = Instant::now();
    let error = Transport::subscribe(&transport, &spec).await.err();
    let error = error.ok_or("a queue was taken for a topic")?;
    is(&error, ErrorKind::Conflict, &[&address, "delete it"])?;
    holds(
        begun.elapsed() < Duration::from_secs(2),
        "it was tried again",
    )
}
