//! Fields that the other major version has: what stands in their place in this one.
use super::shape::Shape;
use crate::{Object, api::Version};

/// A field of the other major version.
struct Moved {
    /// The object that has it there, as its shape is called.
    of: &'static str,
    name: &'static str,
    /// The field of the same object that this version has for it.
    now: Option<&'static str>,
    /// How to write it in this version.
    help: &'static str,
}

const fn moved(of: &'static str, name: &'static str, help: &'static str) -> Moved {
    let now = None;
    Moved {
        of,
        name,
        now,
        help,
    }
}

/// How to write in this version what the other major version has in an object of this shape.
pub(super) fn help(version: Version, shape: &Shape, name: &str) -> Option<&'static str> {
    let mut all = of(version, shape);
    all.find(|moved| moved.name == name).map(|it| it.help)
}

/// Whether an object has the field of the other major version that a field of this one stands for.
pub(super) fn stands_for(version: Version, shape: &Shape, object: &Object, now: &str) -> bool {
    of(version, shape).any(|moved| moved.now == Some(now) && object.get(moved.name).is_some())
}

fn of(version: Version, shape: &Shape) -> impl Iterator<Item = &'static Moved> {
    let all = match version < Version::V3_0 {
        true => IN_2,
        false => IN_3,
    };
    let name = shape.name;
    all.iter().filter(move |moved| moved.of == name)
}

/// Fields of version 2, as version 3 says them.
static IN_3: &[Moved] = &[
    moved("the document", "tags", "in version 3 it stands in `info`"),
    moved(
        "the document",
        "externalDocs",
        "in version 3 it stands in `info`",
    ),
    Moved {
        now: Some("host"),
        ..moved(
            "a server",
            "url",
            "in version 3 write `host`, such as `example.com:1883`, and `pathname` for what follows it",
        )
    },
    moved("a channel", "publish", RECEIVE),
    moved("a channel", "subscribe", SEND),
    moved(
        "an operation",
        "operationId",
        "in version 3 the key of an operation is its id",
    ),
    moved(
        "an operation",
        "message",
        "in version 3 write `messages`, a list of references to messages of the channel",
    ),
    moved(
        "a message",
        "messageId",
        "in version 3 the key of a message is its id",
    ),
    moved(
        "a message",
        "oneOf",
        "in version 3 list each in `messages` of the channel, under a key of its own",
    ),
];

const RECEIVE: &str = "in version 3 operations stand beside `channels`: `operations: {NAME: {action: receive, channel: {$ref: …}}}`";

const SEND: &str = "in version 3 operations stand beside `channels`: `operations: {NAME: {action: send, channel: {$ref: …}}}`";

/// Fields of version 3, as version 2 says them.
static IN_2: &[Moved] = &[
    moved(
        "the document",
        "operations",
        "in version 2 operations are `publish` (others send) and `subscribe` (others receive) of their channel",
    ),
    moved("`info`", "tags", "in version 2 it stands beside `info`"),
    moved(
        "`info`",
        "externalDocs",
        "in version 2 it stands beside `info`",
    ),
    Moved {
        now: Some("url"),
        ..moved(
            "a server",
            "host",
            "in version 2 write `url`, such as `mqtt://example.com:1883`",
        )
    },
    moved("a server", "pathname", "in version 2 it is part of `url`"),
    moved(
        "a channel",
        "address",
        "in version 2 the key of a channel is its address",
    ),
    moved(
        "a channel",
        "messages",
        "in version 2 an operation of the channel has its `message`: `publish: {message: …}`",
    ),
    moved(
        "an operation",
        "messages",
        "in version 2 write `message`, of several `message: {oneOf: […]}`",
    ),
    moved(
        "an operation",
        "action",
        "in version 2 `publish` and `subscribe` say it",
    ),
    moved("an operation", "reply", "replies exist since version 3.0.0"),
    moved("a parameter", "enum", "in version 2 it stands in `schema`"),
    moved(
        "a parameter",
        "default",
        "in version 2 it stands in `schema`",
    ),
];
