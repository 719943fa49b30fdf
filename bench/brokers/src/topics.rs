//! The work over topics, with a group of one, by what generated code calls: its document has queues.
use crate::{
    company::company,
    generated::{GRACE, Taken, negate, transport},
    watch::{Figures, Watch},
    window::{one_at_a_time, put_all},
};
use anyhow::ensure;
use tidings::{Channel, ChannelKind, Client, Received, Router, serve, transport::Wanted};
use tidings_test_nested::{NestedService, Sample, SamplesChannel};
use tidings_test_request_reply::{Negate, NegatePayload, RequestsChannel, ResultMessage};

const GROUP: &str = "services";

fn topic(mut channel: Channel) -> Channel {
    channel.kind = ChannelKind::PublishSubscribe;
    channel
}

fn wanted(channel: &Channel) -> Wanted {
    Wanted::channel(channel.clone()).group(GROUP)
}

pub(crate) async fn publish(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let channel = topic(SamplesChannel::channel());
    let transport = transport(url, wanted(&channel)).await?;
    let client = Client::new(transport.clone());
    let put = async |number| {
        let sent = client.publishing::<Sample>(channel.clone(), company(number));
        Ok(sent.await?)
    };
    put(0).await?;
    let watch = Watch::begin();
    let waits = put_all(messages, put).await?;
    let figures = watch.stop(messages - 1, waits);
    transport.close(GRACE).await?;
    Ok(figures)
}

pub(crate) async fn consume(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let channel = topic(SamplesChannel::channel());
    let transport = transport(url, wanted(&channel)).await?;
    let taken = Taken::of(messages);
    let mut router = Router::new();
    let given = taken.clone();
    router
        .group(GROUP)
        .on(channel, move |sample: Received<Sample>| {
            let given = given.clone();
            async move { given.take_sample(sample).await }
        });
    let service = serve(transport.clone(), router).await?;
    let figures = taken.figures(service, messages).await?;
    transport.close(GRACE).await?;
    Ok(figures)
}

pub(crate) async fn request(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let channel = topic(RequestsChannel::channel());
    let transport = transport(url, wanted(&channel)).await?;
    let mut router = Router::new();
    router.group(GROUP).on_request(channel.clone(), negate);
    let service = serve(transport.clone(), router).await?;
    let client = Client::new(transport.clone());
    let ask = async |value: f64| {
        let asked = NegatePayload::new(value);
        let asked = client.requesting::<Negate, ResultMessage>(channel.clone(), asked);
        let reply = asked.await?;
        ensure!(reply.payload.value + value == 0.0, "a wrong answer");
        Ok(())
    };
    let figures = one_at_a_time(messages, ask).await?;
    service.stop(GRACE).await?;
    transport.close(GRACE).await?;
    Ok(figures)
}
