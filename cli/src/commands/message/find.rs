//! Finding what a user means: a message by its name, its key, or its pointer, or all of an operation or a channel.
use anyhow::bail;
use tidings_document::api::{Api, Channel, Message, MessageUse, Operation, Place};

/// The one message that `wanted` names.
///
/// # Errors
/// When none does, naming a near one, or several do, naming each by its pointer.
pub(crate) fn message<'api, 'a>(
    api: &'api Api<'a>,
    wanted: &str,
) -> anyhow::Result<&'api Message<'a>> {
    let found = api.messages.iter();
    let found: Vec<_> = found
        .filter(|message| is_named(api, message, wanted))
        .collect();
    match found[..] {
        [message] => Ok(message),
        [] => unknown("message", wanted, &names(api)),
        _ => {
            let pointers = list(found.iter().map(|message| message.pointer.as_str()));
            bail!(
                "`{wanted}` names {} messages; choose one by its pointer: {pointers}",
                found.len()
            )
        }
    }
}

/// The messages of the one operation that `wanted` names by its key or its `operationId`.
///
/// # Errors
/// When none or several are named so, or it has no message.
pub(crate) fn of_operation<'api, 'a>(
    api: &'api Api<'a>,
    wanted: &str,
) -> anyhow::Result<Vec<&'api Message<'a>>> {
    let name = |operation: &Operation<'a>| {
        let id = operation.operation_id;
        id.map_or(operation.key.value, |id| id.value)
    };
    let place = |operation: &Operation<'a>| operation.place;
    let operation = named("operation", &api.operations, (name, place), wanted)?;
    messages(api, &api.messages_of(operation), "operation", wanted)
}

/// The messages of the one channel that `wanted` names by its key or its address.
///
/// # Errors
/// When none or several are named so, or it has no message.
pub(crate) fn of_channel<'api, 'a>(
    api: &'api Api<'a>,
    wanted: &str,
) -> anyhow::Result<Vec<&'api Message<'a>>> {
    let place = |channel: &Channel<'a>| channel.place;
    let key = |channel: &Channel<'a>| channel.key.value;
    let address = |channel: &Channel<'a>| channel.address.map_or("", |address| address.value);
    let by_key = api.channels.iter().any(|channel| key(channel) == wanted);
    let by_address = api
        .channels
        .iter()
        .any(|channel| address(channel) == wanted);
    let channel = match !by_key && by_address {
        true => named("channel", &api.channels, (address, place), wanted)?,
        false => named("channel", &api.channels, (key, place), wanted)?,
    };
    messages(api, &channel.uses(), "channel", wanted)
}

/// The one of that name; those that are only defined in components come second.
fn named<'api, 'a, T>(
    what: &str,
    all: &'api [T],
    (name, place): (impl Fn(&T) -> &'a str, impl Fn(&T) -> Place),
    wanted: &str,
) -> anyhow::Result<&'api T> {
    let found = || all.iter().filter(|one| name(one) == wanted);
    let mut used: Vec<_> = found().filter(|one| place(one) == Place::Root).collect();
    if used.is_empty() {
        used = found().collect();
    }
    match used[..] {
        [one] => Ok(one),
        [] => unknown(what, wanted, &all.iter().map(name).collect::<Vec<_>>()),
        _ => bail!(
            "`{wanted}` names {} {what}s; name their messages with `--message`",
            used.len()
        ),
    }
}

fn messages<'api, 'a>(
    api: &'api Api<'a>,
    uses: &[MessageUse<'a>],
    what: &str,
    wanted: &str,
) -> anyhow::Result<Vec<&'api Message<'a>>> {
    let found = uses.iter().filter_map(|used| used.message);
    let found: Vec<_> = found.map(|id| &api[id]).collect();
    if found.is_empty() {
        bail!("{what} `{wanted}` has no message");
    }
    Ok(found)
}

fn unknown<T>(what: &str, wanted: &str, names: &[&str]) -> anyhow::Result<T> {
    match tidings_document::nearest(wanted, names.iter().copied()) {
        Some(near) => bail!("no {what} `{wanted}`; did you mean `{near}`?"),
        None => bail!(
            "no {what} `{wanted}`; the document has {}",
            list(names.iter().copied())
        ),
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

/// What there is to choose from.
pub(crate) fn known(api: &Api<'_>) -> String {
    format!("the document has {}", list(names(api).into_iter()))
}

fn names<'a>(api: &Api<'a>) -> Vec<&'a str> {
    api.messages.iter().map(Message::display_name).collect()
}

/// Names that are listed at most: nobody reads more.
const LISTED: usize = 20;

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => "none".to_owned(),
        1..=LISTED => names.join(", "),
        all => format!("{}, and {} more", names[..LISTED].join(", "), all - LISTED),
    }
}
