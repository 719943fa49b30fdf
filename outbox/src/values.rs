//! Messages of rows, as they are read.
use crate::columns::{Settings, read_headers, time};
use bytes::Bytes;
use tidings::{Channel, Message, MessageId, Outgoing, Str};

/// What the columns of a row say, as it is given: see [`Columns`](crate::Columns).
#[derive(Debug, Default)]
pub(crate) struct Values<'a> {
    pub(crate) channel: &'a str,
    pub(crate) channel_settings: Option<&'a str>,
    pub(crate) message_id: &'a str,
    pub(crate) name: Option<&'a str>,
    pub(crate) content_type: Option<&'a str>,
    pub(crate) reply_to: Option<&'a str>,
    pub(crate) correlation_id: Option<&'a str>,
    pub(crate) message_key: Option<Bytes>,
    pub(crate) created_ms: Option<i64>,
    pub(crate) expires_ms: Option<i64>,
    pub(crate) not_before_ms: Option<i64>,
    pub(crate) headers: Option<&'a str>,
    pub(crate) body: Bytes,
}

/// Makes messages of rows, each of which shares with the one before what is the same, as nearly all is in most batches.
#[derive(Default)]
pub(crate) struct Reader {
    channel: Option<(Option<String>, Channel)>,
    /// With the name and the content type.
    before: Message,
}

impl Reader {
    /// The message of a row, and the channel that it goes to; or which column makes no sense, and why.
    pub(crate) fn outgoing(&mut self, row: Values<'_>) -> Result<Outgoing, String> {
        for (column, text) in [("channel", row.channel), ("message_id", row.message_id)] {
            if text.is_empty() {
                return Err(format!("`{column}`: it is empty"));
            }
        }
        let channel = self.channel(row.channel, row.channel_settings)?;
        share(&mut self.before.name, row.name);
        share(&mut self.before.content_type, row.content_type);
        let mut message = self.before.clone();
        message.id = MessageId::from(row.message_id);
        message.reply_to = row.reply_to.map(Str::from);
        message.correlation_id = row.correlation_id.map(Str::from);
        message.key = row.message_key;
        message.created = row.created_ms.map(time("created_ms")).transpose()?;
        message.expires = row.expires_ms.map(time("expires_ms")).transpose()?;
        message.not_before = row.not_before_ms.map(time("not_before_ms")).transpose()?;
        if let Some(headers) = row.headers {
            message.headers = read_headers(headers)?;
        }
        message.body = row.body;
        Ok(Outgoing::new(channel, message))
    }

    fn channel(&mut self, address: &str, settings: Option<&str>) -> Result<Channel, String> {
        match &self.channel {
            Some((told, channel))
                if told.as_deref() == settings && &*channel.address == address =>
            {
                Ok(channel.clone())
            }
            _ => {
                let channel = Settings::read(address, settings)?;
                self.channel = Some((settings.map(str::to_owned), channel.clone()));
                Ok(channel)
            }
        }
    }
}

fn share(before: &mut Option<Str>, text: Option<&str>) {
    if before.as_deref() != text {
        *before = text.map(Str::from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row<'a>(channel: &'a str, settings: Option<&'a str>, name: Option<&'a str>) -> Values<'a> {
        Values {
            channel,
            channel_settings: settings,
            message_id: "m",
            name,
            ..Values::default()
        }
    }

    #[test]
    fn what_is_not_as_in_the_row_before_is_its_own() {
        let mut reader = Reader::default();
        let topic = Some(r#"{"publishSubscribe":true}"#);
        let rows = [
            ("q", None, Some("a")),
            ("q", topic, Some("a")),
            ("q", topic, None),
            ("r", topic, Some("b")),
            ("r", None, Some("b")),
        ];
        for (address, settings, name) in rows {
            let read = reader.outgoing(row(address, settings, name)).unwrap();
            let alone = Reader::default().outgoing(row(address, settings, name));
            assert_eq!(alone.as_ref(), Ok(&read));
            let is_topic = read.channel == Channel::publish_subscribe(address);
            assert_eq!(is_topic, settings.is_some());
            assert_eq!(read.message.name.as_deref(), name);
        }
    }

    #[test]
    fn what_is_as_in_the_row_before_is_shared() {
        let mut reader = Reader::default();
        let mut read = || reader.outgoing(row("q", None, Some("a"))).unwrap();
        let [first, second] = [read(), read()];
        let names = [first.message.name, second.message.name].map(Option::unwrap);
        assert!(Str::ptr_eq(&names[0], &names[1]));
        assert!(Str::ptr_eq(&first.channel.address, &second.channel.address));
    }

    #[test]
    fn a_row_without_an_address_or_an_id_makes_no_sense() {
        let nowhere = row("", None, None);
        let nameless = Values {
            message_id: "",
            ..row("q", None, None)
        };
        for (row, reason) in [
            (nowhere, "`channel`: it is empty"),
            (nameless, "`message_id`: it is empty"),
        ] {
            assert_eq!(Reader::default().outgoing(row), Err(reason.to_owned()));
        }
    }

    #[test]
    fn a_row_of_nonsense_leaves_nothing_behind() {
        let mut reader = Reader::default();
        let nonsense = || row("q", Some("{"), None);
        assert!(reader.outgoing(nonsense()).is_err());
        assert!(reader.outgoing(nonsense()).is_err());
        assert!(reader.outgoing(row("q", None, None)).is_ok());
    }
}
