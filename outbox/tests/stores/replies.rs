//! Commands and their replies, each by an outbox: whoever asks and whoever answers does its part once.
use crate::{
    Outcome,
    database::Base,
    shop::{GRACE, Shop, orders, policy},
    sink::Sink,
    trial,
};
use libtest_mimic::Trial;
use std::{sync::Arc, time::Duration};
use tidings::{
    Channel, Client, Error, ErrorKind, Layers, Message, MessageId, Outgoing, Received, Router,
    Service, outgoing_request, serve, testing::TestBroker,
};
use tidings_outbox::{Database, Relay, Running};
use tokio::time::sleep;

pub(crate) fn trials(database: Database) -> Vec<Trial> {
    vec![
        trial(
            "commands-and-replies-are-carried-out-once",
            database,
            commands,
        ),
        trial("a-reply-that-is-late-is-handled", database, late),
        trial("whoever-waits-has-its-reply", database, waiting),
        trial("a-reply-to-somebody-who-is-gone-is-dropped", database, gone),
    ]
}

fn commands_to_stock() -> Channel {
    Channel::point_to_point("stock")
}

fn replies_to_shop() -> Channel {
    Channel::point_to_point("shop.replies")
}

/// One that takes orders, has the stock reserve something, and notes the reply.
async fn shop(base: &Base, broker: &TestBroker) -> Outcome<Service> {
    let mut router = Router::new();
    router.layers(Layers::new().with_shared(base.transactional()));
    router.policy(policy());
    router.on(orders(), async |order: Received<Message>| {
        let reserve = Message::new(order.metadata.body.clone());
        let replies = replies_to_shop();
        let request = outgoing_request(&commands_to_stock(), &reserve, Some(&replies))?;
        Ok(order.context.add(request)?)
    });
    let noting = base.clone();
    router.on(replies_to_shop(), move |reply: Received<Message>| {
        let base = noting.clone();
        async move {
            let request = reply.metadata.correlation_id.clone().unwrap_or_default();
            base.do_it(&reply.context, &MessageId::from(&*request))
                .await
        }
    });
    Ok(serve(Arc::new(broker.clone()), router).await?)
}

/// One that is asked, and notes it.
async fn stock(base: &Base, broker: &TestBroker) -> Outcome<Service> {
    let (base, mut router) = (base.clone(), Router::new());
    router.layers(Layers::new().with_shared(base.transactional()));
    router.policy(policy());
    router.on_request(commands_to_stock(), move |request: Received<Message>| {
        let base = base.clone();
        async move {
            base.do_it(&request.context, &request.metadata.id).await?;
            Ok(Message::new("reserved"))
        }
    });
    Ok(serve(Arc::new(broker.clone()), router).await?)
}

async fn relay(base: &Base, broker: &TestBroker) -> Outcome<Running> {
    let relay = Relay::new(base.store(), Arc::new(broker.clone()));
    let relay = relay.with_settings(crate::database::settings());
    Ok(relay.start().await?)
}

async fn done(base: &Base, count: i64) -> Outcome {
    for _ in 0..2000 {
        if base.count_done().await?.0 >= count && base.store().backlog().await? == 0 {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    // What comes again has its chance.
    sleep(Duration::from_millis(200)).await;
    assert_eq!(base.count_done().await?, (count, count));
    Ok(())
}

async fn commands(database: Database) -> Outcome {
    let here = Shop::new(database).await?;
    let (there, broker) = (Base::shop(database).await?, here.broker.clone());
    let asks = shop(&here.base, &broker).await?;
    let answers = stock(&there, &broker).await?;
    let _relays = (
        relay(&here.base, &broker).await?,
        relay(&there, &broker).await?,
    );
    // Orders, commands and replies come twice, and what is sent is not confirmed.
    broker.duplicate(60);
    here.order(50).await?;
    broker.unconfirm(20);
    broker.duplicate(60);
    done(&there, 50).await?;
    done(&here.base, 50).await?;
    asks.stop(GRACE).await?;
    answers.stop(GRACE).await?;
    Ok(())
}

/// By then who asked has ended, and begun anew.
async fn late(database: Database) -> Outcome {
    let here = Shop::new(database).await?;
    let (there, broker) = (Base::shop(database).await?, here.broker.clone());
    let asks = shop(&here.base, &broker).await?;
    let answers = stock(&there, &broker).await?;
    let _relay = relay(&here.base, &broker).await?;
    here.order(1).await?;
    for _ in 0..1000 {
        if there.count_done().await?.0 == 1 {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    asks.stop(GRACE).await?;
    answers.stop(GRACE).await?;
    assert_eq!(there.store().backlog().await?, 1, "the reply waits");
    let _asks = shop(&here.base, &broker).await?;
    let _relay = relay(&there, &broker).await?;
    done(&here.base, 1).await
}

async fn waiting(database: Database) -> Outcome {
    let (there, broker) = (Base::shop(database).await?, TestBroker::new());
    let _answers = stock(&there, &broker).await?;
    let _relay = relay(&there, &broker).await?;
    let client = Client::new(Arc::new(broker.clone()));
    let asked = Message::new("1");
    let reply: Message = client.request(&commands_to_stock(), &asked, GRACE).await?;
    assert_eq!(reply.body, "reserved");
    done(&there, 1).await
}

async fn gone(database: Database) -> Outcome {
    let (base, sink) = (Base::new(database).await?, Sink::new());
    sink.decide(|_, _| Some(Error::new(ErrorKind::NotFound, "publish", "nobody listens")));
    let to = |channel| Outgoing::new(channel, Message::new("1"));
    let replies = to(Channel::replies(tidings::memory::inbox_address()));
    let other = to(Channel::point_to_point("queue"));
    base.write([replies, other], true).await?;
    let mut settings = crate::database::settings();
    settings.replies = Duration::from_millis(500);
    let _relay = base.relay_with(&sink, settings).await?;
    for _ in 0..1000 {
        if base.store().backlog().await? == 1 && sink.begun() > 2 {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(base.store().backlog().await?, 1, "the other waits");
    assert!(base.store().parked(0, 10).await?.is_empty());
    Ok(())
}
