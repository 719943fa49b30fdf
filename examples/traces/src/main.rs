//! An order is placed and told to whoever listens, in one trace that a collector is sent by OTLP over HTTP: at
//! `OTEL_EXPORTER_OTLP_ENDPOINT`, or `http://localhost:4318`.
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::{sync::Arc, time::Duration};
use tidings::{Channel, Client, Layers, Memory, Message, Received, Router, layers::Traces, serve};
use tracing_subscriber::layer::SubscriberExt as _;

fn main() -> anyhow::Result<()> {
    // Before the runtime begins: the exporter blocks in a thread of its own.
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .build()?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .build();
    let traces = tracing_opentelemetry::layer().with_tracer(provider.tracer("orders"));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(traces))?;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(place_an_order())?;
    provider.shutdown()?;
    Ok(())
}

async fn place_an_order() -> anyhow::Result<()> {
    let transport = Arc::new(Memory::new());
    let layers = Layers::new().with(Traces::new());
    let orders = Channel::point_to_point("orders");
    let placed = Channel::publish_subscribe("orders.placed");

    let mut router = Router::new();
    router.layers(layers.clone()).group("stock");
    let told = placed.clone();
    router.on(orders.clone(), move |order: Received<Message>| {
        let told = told.clone();
        async move { Ok(order.context.send(&told, &order.message)?) }
    });
    let (heard, mut hears) = tokio::sync::mpsc::channel(1);
    router.on(placed, move |event: Received<Message>| {
        let heard = heard.clone();
        async move {
            heard.send(event.metadata.id.clone()).await.ok();
            Ok(())
        }
    });
    let service = serve(transport.clone(), router).await?;

    let client = Client::with_layers(transport, layers);
    client.send(&orders, &Message::new("one bicycle")).await?;
    hears.recv().await;
    service.stop(Duration::from_secs(5)).await?;
    Ok(())
}
