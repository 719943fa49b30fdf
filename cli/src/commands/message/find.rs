//! Finding the message that a user means: by its name, its key, or its pointer.
use anyhow::bail;
use tidings_document::api::{Api, Message};

/// The one message that `wanted` names.
///
/// # Errors
/// When none does, naming a near one, or several do, naming each by its pointer.
pub(crate) fn message<'api, 'a>(
    api: &'api Api<'a>,
    wanted: &str,
) -> anyhow::Result<&'api Message<'a>> {
    let found: Vec<_> = api
        .messages
        .iter()
        .filter(|message| is_named(api, message, wanted))
        .collect();
    match found[..] {
        [message] => Ok(message),
        [] => match tidings_document::nearest(wanted, names(api)) {
            Some(near) => bail!("no message `{wanted}`; did you mean `{near}`?"),
            None => bail!(
                "no message `{wanted}`; the document has {}",
                list(names(api))
            ),
        },
        _ => {
            let pointers = list(found.iter().map(|message| message.pointer.as_str()));
            bail!(
                "`{wanted}` names {} messages; choose one by its pointer: {pointers}",
                found.len()
            )
        }
    }
}

fn is_named(api: &Api<'_>, message: &Message<'_>, wanted: &str) -> bool {
    let pointer = wanted.strip_prefix('#').unwrap_or(wanted);
    let keys = api.channels.iter().flat_map(|channel| &channel.messages);
    message.name.is_some_and(|name| name.value == wanted)
        || message.message_id.is_some_and(|id| id.value == wanted)
        || message.key.value == wanted
        || message.pointer == pointer
        || keys
            .filter(|entry| entry.key.value == wanted)
            .any(|entry| std::ptr::eq(&raw const api[entry.message], message))
}

fn names<'a>(api: &Api<'a>) -> impl Iterator<Item = &'a str> {
    api.messages.iter().map(Message::display_name)
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
