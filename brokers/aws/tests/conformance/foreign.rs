//! A producer that knows the service and nothing of the runtime: its client alone.
use aws_sdk_sqs::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    types::MessageAttributeValue,
};
use aws_smithy_http_client::Builder;
use sha2::{Digest, Sha256};
use tidings::{BoxError, Channel};
use tidings_conformance::{Foreign, Raw};
use uuid::Uuid;

/// Sends to the queue of a channel, as its guide says.
pub(crate) fn producer(endpoint: String, region: &'static str, keyed: bool) -> Foreign {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(Credentials::new("tests", "secret", None, None, "tests"))
        .http_client(Builder::new().build_http())
        .endpoint_url(endpoint);
    let client = Client::from_conf(config.build());
    Box::new(move |channel, raw| {
        let client = client.clone();
        Box::pin(async move { publish(&client, &channel, raw, keyed).await })
    })
}

/// What a queue or topic is called, as the guide says of names.
fn name_of(address: &str, keyed: bool) -> String {
    let end = if keyed { ".fifo" } else { "" };
    let may_be = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    if address.chars().all(may_be) {
        return format!("{address}{end}");
    }
    let digits = Sha256::digest(address.as_bytes());
    let digits: String = digits.iter().map(|byte| format!("{byte:02x}")).collect();
    let name = address.replace(|letter| !may_be(letter), "-");
    format!("{name}---{}{end}", &digits[..12])
}

async fn publish(
    client: &Client,
    channel: &Channel,
    raw: Raw,
    keyed: bool,
) -> Result<(), BoxError> {
    let name = name_of(&channel.address, keyed);
    let url = client.get_queue_url().queue_name(name).send().await?;
    let url = url.queue_url().unwrap_or_default();
    let body = String::from_utf8(raw.body)?;
    let mut asking = client.send_message().queue_url(url).message_body(body);
    if keyed {
        let own = Uuid::now_v7().to_string();
        asking = asking.message_group_id(&own).message_deduplication_id(own);
    }
    for (name, value) in raw
        .headers
        .into_iter()
        .filter(|(name, value)| may_be(name, value))
    {
        let attribute = match String::from_utf8(value) {
            Ok(text) => MessageAttributeValue::builder()
                .data_type("String")
                .string_value(text),
            Err(error) => {
                let bytes = error.into_bytes().into();
                MessageAttributeValue::builder()
                    .data_type("Binary")
                    .binary_value(bytes)
            }
        };
        asking = asking.message_attributes(name, attribute.build()?);
    }
    asking.send().await?;
    Ok(())
}

/// Publishes to the topic of a channel, as its guide says.
pub(crate) fn publisher(endpoint: String, region: &'static str, keyed: bool) -> Foreign {
    let config = aws_sdk_sns::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(Credentials::new("tests", "secret", None, None, "tests"))
        .http_client(Builder::new().build_http())
        .endpoint_url(endpoint);
    let client = aws_sdk_sns::Client::from_conf(config.build());
    Box::new(move |channel, raw| {
        let client = client.clone();
        Box::pin(async move { tell(&client, &channel, raw, keyed).await })
    })
}

async fn tell(
    client: &aws_sdk_sns::Client,
    channel: &Channel,
    raw: Raw,
    keyed: bool,
) -> Result<(), BoxError> {
    let name = name_of(&channel.address, keyed);
    // The account of the tests' server.
    let arn = format!("arn:aws:sns:eu-west-1:123456789012:{name}");
    let mut asking = client
        .publish()
        .topic_arn(arn)
        .message(String::from_utf8(raw.body)?);
    if keyed {
        let own = Uuid::now_v7().to_string();
        asking = asking.message_group_id(&own).message_deduplication_id(own);
    }
    for (name, value) in raw
        .headers
        .into_iter()
        .filter(|(name, value)| may_be(name, value))
    {
        // The tests' server fails on bytes.
        let Ok(text) = String::from_utf8(value) else {
            continue;
        };
        let attribute = aws_sdk_sns::types::MessageAttributeValue::builder();
        let attribute = attribute.data_type("String").string_value(text);
        asking = asking.message_attributes(name, attribute.build()?);
    }
    asking.send().await?;
    Ok(())
}

/// Whether it may be an attribute.
fn may_be(name: &str, value: &[u8]) -> bool {
    let is_fine = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    !name.is_empty() && !value.is_empty() && name.chars().all(is_fine)
}
