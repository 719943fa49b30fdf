//! How an operation talks: its interaction style.
use tidings_document::api::{Action, Api, Channel, Delivery, Operation};

/// The style of an operation, from the view of the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Answers,
    Requests,
    Gathers,
    TakesCommands,
    SendsCommands,
    Publishes,
    Listens,
}

impl Style {
    /// In the order of the page.
    pub(crate) const ALL: [Self; 7] = [
        Self::Answers,
        Self::TakesCommands,
        Self::Listens,
        Self::Publishes,
        Self::SendsCommands,
        Self::Requests,
        Self::Gathers,
    ];

    /// Heading of the operations of this style.
    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::Answers => "Requests it answers",
            Self::Requests => "Requests it makes",
            Self::Gathers => "Requests it makes of many",
            Self::TakesCommands => "Messages it takes in",
            Self::SendsCommands => "Messages it sends to one receiver",
            Self::Publishes => "Events it publishes",
            Self::Listens => "Events it listens to",
        }
    }

    /// The same heading for those on the other side.
    pub(crate) fn other_heading(self) -> &'static str {
        match self {
            Self::Answers => "Requests you make",
            Self::Requests => "Requests you answer",
            Self::Gathers => "Requests you and others answer",
            Self::TakesCommands => "Messages you send",
            Self::SendsCommands => "Messages one of you takes in",
            Self::Publishes => "Events you listen to",
            Self::Listens => "Events you publish",
        }
    }

    /// Which way its messages go, seen from the application.
    pub(crate) fn side(self) -> &'static str {
        match self {
            Self::Answers | Self::TakesCommands | Self::Listens => "in",
            Self::Publishes | Self::SendsCommands | Self::Requests | Self::Gathers => "out",
        }
    }

    /// Id of that heading.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Answers => "answers",
            Self::Requests => "requests",
            Self::Gathers => "gathers",
            Self::TakesCommands => "takes-in",
            Self::SendsCommands => "sends",
            Self::Publishes => "publishes",
            Self::Listens => "listens",
        }
    }

    /// What that means, with the name of the style.
    pub(crate) fn note(self) -> &'static str {
        match self {
            Self::Answers => "Request / async response: the reply goes to whoever asked.",
            Self::Requests => "Request / async response: whoever serves the request replies.",
            Self::Gathers => "Publish / async responses: all who hear the request may reply.",
            Self::TakesCommands => {
                "One-way notification: this application takes the message, and nothing comes back."
            }
            Self::SendsCommands => {
                "One-way notification: one receiver takes the message, and nothing comes back."
            }
            Self::Publishes => "Publish / subscribe: whoever subscribes gets every message.",
            Self::Listens => "Publish / subscribe: this application and others get every message.",
        }
    }
}

/// The style of an operation.
pub(crate) fn of(api: &Api<'_>, operation: &Operation<'_>) -> Style {
    let channel = operation.channel.map(|channel| &api[channel]);
    let stated = channel.and_then(Channel::delivery);
    let many = stated == Some(Delivery::PublishSubscribe);
    let gathers = many || operation.about.extensions.get("x-tidings-gather").is_some();
    match (operation.action, &operation.reply, stated) {
        (Action::Receive, Some(_), _) => Style::Answers,
        (Action::Send, Some(_), _) if gathers => Style::Gathers,
        (Action::Send, Some(_), _) => Style::Requests,
        (Action::Receive, None, Some(Delivery::PublishSubscribe)) => Style::Listens,
        (Action::Receive, None, _) => Style::TakesCommands,
        (Action::Send, None, Some(Delivery::PointToPoint)) => Style::SendsCommands,
        (Action::Send, None, _) => Style::Publishes,
    }
}
