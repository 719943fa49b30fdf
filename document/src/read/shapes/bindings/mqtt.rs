//! MQTT.
use super::{COUNT, INTEGER, VERSION, open};
use crate::{
    Value,
    read::{
        format,
        shape::{Form, Kind, Shape, may},
        shapes::schema,
    },
};

pub(super) const SERVER: Kind = Kind::Versions(&[("0.2.0", Kind::Object(&SERVER_SHAPE))]);

pub(super) const OPERATION: Kind = Kind::Versions(&[("0.2.0", Kind::Object(&OPERATION_SHAPE))]);

pub(super) const MESSAGE: Kind = Kind::Versions(&[("0.2.0", Kind::Object(&MESSAGE_SHAPE))]);

const QOS: Kind = Kind::Choice(&[0, 1, 2]);

const LARGEST: i64 = 4_294_967_295;

static TEMPLATE: Form = Form {
    fits: format::is_uri_template,
    name: "a URI template",
    help: "write one such as `orders/{region}`",
};

static SERVER_SHAPE: Shape = Shape::new(
    "an MQTT server binding",
    &[
        &[
            may("clientId", Kind::Text),
            may("cleanSession", Kind::Bool),
            may("lastWill", Kind::Ref(&LAST_WILL)),
            may("keepAlive", INTEGER),
            may(
                "sessionExpiryInterval",
                Kind::Chosen(|_, node| match node.value {
                    Value::Number(_) => COUNT,
                    _ => schema::ASYNCAPI,
                }),
            ),
            may(
                "maximumPacketSize",
                Kind::Chosen(|_, node| match node.value {
                    Value::Number(_) => Kind::Integer(1, LARGEST),
                    _ => schema::ASYNCAPI,
                }),
            ),
        ],
        VERSION,
    ],
);

static LAST_WILL: Shape = open(
    "a last will",
    &[&[
        may("topic", Kind::Text),
        may("qos", QOS),
        may("message", Kind::Text),
        may("retain", Kind::Bool),
    ]],
);

static OPERATION_SHAPE: Shape = Shape::new(
    "an MQTT operation binding",
    &[
        &[
            may("qos", QOS),
            may("retain", Kind::Bool),
            may(
                "messageExpiryInterval",
                Kind::Chosen(|_, node| match node.value {
                    Value::Number(_) => Kind::Integer(0, LARGEST),
                    _ => schema::ASYNCAPI,
                }),
            ),
        ],
        VERSION,
    ],
);

static MESSAGE_SHAPE: Shape = Shape::new(
    "an MQTT message binding",
    &[
        &[
            may("payloadFormatIndicator", Kind::Choice(&[0, 1])),
            may("correlationData", schema::ASYNCAPI),
            may("contentType", Kind::Text),
            may(
                "responseTopic",
                Kind::Chosen(|_, node| match node.value {
                    Value::String(_) => Kind::Form(&TEMPLATE),
                    _ => schema::ASYNCAPI,
                }),
            ),
        ],
        VERSION,
    ],
);
