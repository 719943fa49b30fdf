//! A producer that knows the service and nothing of the runtime: its client alone.
use crate::at::client;
use aws_sdk_kinesis::primitives::Blob;
use serde_json::{Value, json};
use tidings::BoxError;
use tidings_conformance::{Foreign, Raw};
use uuid::Uuid;

/// Puts records into the stream of a channel: bodies alone, and events where there are headers.
pub(crate) fn producer() -> Result<Foreign, BoxError> {
    let client = client()?;
    Ok(Box::new(move |channel, raw| {
        let client = client.clone();
        Box::pin(async move {
            let data = match raw.headers.is_empty() {
                true => raw.body,
                false => event(&raw)?.to_string().into_bytes(),
            };
            let asking = client.put_record().stream_name(&*channel.address);
            let asking = asking.partition_key(Uuid::now_v7()).data(Blob::new(data));
            asking.send().await?;
            Ok(())
        })
    }))
}

/// As the guide says.
fn event(raw: &Raw) -> Result<Value, BoxError> {
    let texts = raw.headers.iter();
    let texts = texts.filter_map(|(name, value)| Some((name, str::from_utf8(value).ok()?)));
    let headers = serde_json::to_string(&texts.collect::<Vec<_>>())?;
    Ok(json!({
        "specversion": "1.0",
        "id": Uuid::now_v7(),
        "source": "/tests",
        "type": "tidings.nameless",
        "datacontenttype": "text/plain",
        "keyless": true,
        "headers": headers,
        "data": String::from_utf8(raw.body.clone())?,
    }))
}
