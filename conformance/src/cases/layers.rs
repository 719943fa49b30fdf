//! Layers at both ends, each alone: what it puts around a message is taken away again, whatever the transport does with headers.
use crate::{
    bench::{Bench, Outcome, PATIENCE},
    case::{Case, cases},
    check::{holds, same},
};
use bytes::Bytes;
use tidings::{
    Channel, Client, Layers, Message, Outgoing, Received, Service,
    layers::{CloudEvents, TraceContext, Traces},
};
use tokio::{sync::mpsc, time::timeout};

cases! {
    an_event_by_headers_comes_back: [],
    an_event_in_one_piece_comes_back: [],
    a_trace_goes_on_through_a_service: [],
}

/// A service that tells of what it handles, and sends it on where it is told to.
async fn telling(
    bench: &Bench,
    layers: &Layers,
    channel: &Channel,
    on: Option<Channel>,
) -> Outcome<(Service, mpsc::UnboundedReceiver<Message>)> {
    let (tell, told) = mpsc::unbounded_channel();
    let mut router = bench.router();
    router.layers(layers.clone());
    router.on(channel.clone(), move |message: Received<Message>| {
        let (tell, on) = (tell.clone(), on.clone());
        async move {
            if let Some(on) = on {
                message.context.send(&on, &message.message)?;
            }
            let _ = tell.send((*message.metadata).clone());
            Ok(())
        }
    });
    Ok((bench.serve(router).await?, told))
}

async fn next(told: &mut mpsc::UnboundedReceiver<Message>) -> Outcome<Message> {
    let next = timeout(PATIENCE, told.recv()).await;
    Ok(next
        .map_err(|_| "the handler did not get that far")?
        .ok_or("the service is gone")?)
}

fn order() -> Message {
    let mut order = Message::named("OrderPlaced", "application/json", r#"{"a":"ü"}"#);
    order.key = Some(Bytes::from_static(b"17"));
    order.correlation_id = Some("correlation/1".into());
    order
}

async fn comes_back(bench: Bench, events: CloudEvents) -> Outcome {
    let layers = Layers::new().with(events);
    let channel = bench.channel().await?;
    let (service, mut told) = telling(&bench, &layers, &channel, None).await?;
    let client = Client::with_layers(bench.setup.sender.clone(), layers);
    let order = order();
    let outgoing = Outgoing::new(channel, order.clone());
    client.publish(&outgoing).await?;
    let came = next(&mut told).await?;
    same("id", &came.id, &order.id)?;
    same("name", &came.name, &order.name)?;
    same("key", &came.key, &order.key)?;
    same("content type", &came.content_type, &order.content_type)?;
    let correlation = (&came.correlation_id, &order.correlation_id);
    same("correlation id", correlation.0, correlation.1)?;
    same("body", &came.body, &order.body)?;
    Ok(service.stop(PATIENCE).await?)
}

async fn an_event_by_headers_comes_back(bench: Bench) -> Outcome {
    comes_back(bench, CloudEvents::binary("/conformance")?).await
}

async fn an_event_in_one_piece_comes_back(bench: Bench) -> Outcome {
    comes_back(bench, CloudEvents::structured("/conformance")?).await
}

async fn a_trace_goes_on_through_a_service(bench: Bench) -> Outcome {
    let layers = Layers::new().with(Traces::new());
    let (channel, results) = (bench.channel().await?, bench.channel().await?);
    let mut listener = bench.listen(&results).await?;
    let (service, _told) = telling(&bench, &layers, &channel, Some(results)).await?;
    let client = Client::with_layers(bench.setup.sender.clone(), layers);
    let place = TraceContext::begin();
    let outgoing = Outgoing::new(channel, order());
    Traces::within(place.clone(), client.publish(&outgoing)).await?;
    let result = listener.one().await?;
    listener.ack(std::slice::from_ref(&result)).await?;
    let came = TraceContext::of(&result.message).ok_or("the result has no trace")?;
    same("trace", &came.trace_id(), &place.trace_id())?;
    holds(
        came.span_id() != place.span_id(),
        "the service is no place of the trace",
    )?;
    Ok(service.stop(PATIENCE).await?)
}
