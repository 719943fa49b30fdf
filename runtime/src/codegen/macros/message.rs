//! A message: how it is made, written, read and checked, from its name, its parts and where it has its key and its id.

/// Implements a message that is declared beside it, with a field for its payload and one for its headers where it has any.
///
/// - Its name, what its body is written by (`protobuf` with the static that describes it, `schema` where the message has a function of that name), and the type of its payload; then what it has of these, in this order:
/// - `headers`: the type of its headers, see `headers!`; its constructors are the caller's then.
/// - `content_type`, `correlation` and `reply_to`: as the constants of [`TypedMessage`](crate::TypedMessage).
/// - `check`: which parts have limits, and whether they are read as those of an event (`of_event`) or not (`new`); `none`, where
///   they are looked at only when somebody asks. `checked`: the same, where the limits are implemented beside this.
/// - `whole`: the schemas that it is held to, as JSON on the wire or by its value.
/// - `id`: its correlation id, from a header; `id_within`: the same from its payload, where it is looked for in what comes too.
/// - `key`: its key.
#[doc(hidden)]
#[macro_export]
macro_rules! __message {
    (
        $name:ident($wire:literal $(,)?) $(= $codec:ident $(($descriptor:ident))? as $payload:ty)?;
        $(headers = $headers:ident;)?
        $(content_type = $content_type:literal;)?
        $(correlation = $correlation:literal;)?
        $(reply_to = $reply_to:literal;)?
        $(check = $found:ident($($part:ident),+ $(,)?);)?
        $(checked = $checked:ident;)?
        $(whole = $whole:ident($of_payload:expr, $of_headers:expr $(,)?);)?
        $(id = |$identified:ident| $id:expr;)?
        $(id_within = |$holder:ident| $id_within:expr;)?
        $(key = |$keyed:ident| $key:expr;)?
    ) => {
        $crate::__made!($name, [$($headers)?], [$($payload)?]);

        $(impl ::core::ops::Deref for $name {
            type Target = $payload;

            fn deref(&self) -> &Self::Target {
                &self.payload
            }
        })?

        $(impl $crate::codegen::Validate for $name {
            fn check(&self, at: &$crate::codegen::Pointer<'_>, violations: &mut $crate::codegen::Violations) {
                $(violations.within(at, stringify!($part), &self.$part);)+
            }
        })?

        $(impl $name {
            fn whole() -> &'static $crate::codegen::Whole {
                static WHOLE: $crate::codegen::Whole = $crate::codegen::Whole::new($of_payload, $of_headers);
                &WHOLE
            }
        })?

        impl $crate::codegen::TypedMessage for $name {
            const NAMES: &'static [&'static str] = &[$wire];
            $(const HEADERS: &'static [&'static str] = $headers::NAMES;)?
            $(const CONTENT_TYPE: &'static str = $content_type;)?
            const OPAQUE: bool = $crate::__body!(is_opaque $($codec)?);
            $(const CORRELATION: Option<&'static str> = Some($correlation);)?
            $(const REPLY_TO: Option<&'static str> = Some($reply_to);)?

            fn encode(&self) -> Result<$crate::codegen::Message, $crate::codegen::InvalidMessage> {
                $($crate::__checked!(sent $found, self);)?
                $($crate::__checked!(sent $checked, self);)?
                #[allow(unused_mut, reason = "few messages have no more than a body")]
                let mut message = $crate::__body!(write $($codec $(($descriptor))?)?, self);
                $($headers::write(&self.headers, $wire, &mut message)?;)?
                $({
                    let $identified = self;
                    message.correlation_id = $id;
                })?
                $({
                    let $holder = self;
                    message.correlation_id = $id_within;
                })?
                $({
                    let $keyed = self;
                    message.key = $key;
                })?
                $($crate::__whole!(sent $whole, message, self);)?
                Ok(message)
            }

            #[allow(unused_variables, reason = "a message without anything is always there")]
            fn decode(message: &$crate::codegen::Message) -> Result<Self, $crate::codegen::InvalidMessage> {
                $($crate::__whole!(came $whole, message);)?
                let decoded = $crate::__read!(message, [$($headers)?], [$($codec $(($descriptor))?)?]);
                $($crate::__checked!(came $found, decoded);)?
                $($crate::__checked!(came $checked, decoded);)?
                $($crate::__whole!(read $whole, message, decoded);)?
                Ok(decoded)
            }

            $(fn correlation(message: &$crate::codegen::Message) -> Option<$crate::codegen::Str> {
                let own = || message.correlation_id.clone();
                let Ok(decoded) = Self::decode(message) else {
                    return own();
                };
                let $holder = &decoded;
                let within: Option<$crate::codegen::Str> = $id_within;
                within.or_else(own)
            })?
        }
    };
}

/// How a message is made that has no headers.
#[doc(hidden)]
#[macro_export]
macro_rules! __made {
    ($name:ident, [], [$payload:ty]) => {
        impl $name {
            /// A message.
            #[must_use]
            pub const fn new(payload: $payload) -> Self {
                Self { payload }
            }
        }

        impl From<$payload> for $name {
            fn from(payload: $payload) -> Self {
                Self::new(payload)
            }
        }
    };
    ($($other:tt)*) => {};
}

/// The body of a message.
#[doc(hidden)]
#[macro_export]
macro_rules! __body {
    (is_opaque) => { true };
    (is_opaque bytes) => { true };
    (is_opaque $typed:ident) => { false };
    (write , $message:expr) => { $crate::codegen::bytes_message::<Self>($crate::codegen::Bytes::new()) };
    (write bytes, $message:expr) => { $crate::codegen::bytes_message::<Self>($message.payload.clone()) };
    (write json, $message:expr) => { $crate::codegen::json_message::<Self>(&$message.payload)? };
    (write message_pack, $message:expr) => { $crate::__body!(by $crate::codegen::message_pack, $message) };
    (write cbor, $message:expr) => { $crate::__body!(by $crate::codegen::cbor, $message) };
    (write text, $message:expr) => { $crate::__body!(by $crate::codegen::text, $message) };
    (write schema, $message:expr) => {
        $crate::codegen::bytes_message::<Self>(
            Self::schema().write(<Self as $crate::codegen::TypedMessage>::NAMES[0], &$message.payload)?
        )
    };
    (write protobuf($descriptor:ident), $message:expr) => {
        $crate::codegen::bytes_message::<Self>(
            $descriptor.write(<Self as $crate::codegen::TypedMessage>::NAMES[0], &$message.payload)?
        )
    };
    (write protobuf_json($descriptor:ident), $message:expr) => {
        $crate::codegen::bytes_message::<Self>(
            $descriptor.write_json(<Self as $crate::codegen::TypedMessage>::NAMES[0], &$message.payload)?
        )
    };
    (by $write:expr, $message:expr) => {
        $crate::codegen::bytes_message::<Self>(
            $write(<Self as $crate::codegen::TypedMessage>::NAMES[0], &$message.payload)?
        )
    };
    (read bytes, $message:expr) => { Ok::<_, $crate::codegen::InvalidMessage>($message.body.clone()) };
    (read json, $message:expr) => { $crate::__body!(from $crate::codegen::from_json, $message) };
    (read message_pack, $message:expr) => { $crate::__body!(from $crate::codegen::from_message_pack, $message) };
    (read cbor, $message:expr) => { $crate::__body!(from $crate::codegen::from_cbor, $message) };
    (read text, $message:expr) => { $crate::__body!(from $crate::codegen::from_text, $message) };
    (read schema, $message:expr) => {
        Self::schema().read(<Self as $crate::codegen::TypedMessage>::NAMES[0], $message)
    };
    (read protobuf($descriptor:ident), $message:expr) => {
        $descriptor.read(<Self as $crate::codegen::TypedMessage>::NAMES[0], $message)
    };
    (read protobuf_json($descriptor:ident), $message:expr) => {
        $descriptor.read_json(<Self as $crate::codegen::TypedMessage>::NAMES[0], $message)
    };
    (from $read:expr, $message:expr) => {
        $read(<Self as $crate::codegen::TypedMessage>::NAMES[0], $message)
    };
}

/// The parts of a message, or all that is wrong with them.
#[doc(hidden)]
#[macro_export]
macro_rules! __read {
    ($message:expr, [], []) => { Self };
    ($message:expr, [], [$($codec:tt)+]) => {
        Self { payload: $crate::__body!(read $($codec)+, $message)? }
    };
    ($message:expr, [$headers:ident], []) => {
        Self { headers: $headers::read(<Self as $crate::codegen::TypedMessage>::NAMES[0], $message)? }
    };
    ($message:expr, [$headers:ident], [$($codec:tt)+]) => {{
        let (headers, payload) = $crate::codegen::both(
            $headers::read(<Self as $crate::codegen::TypedMessage>::NAMES[0], $message),
            $crate::__body!(read $($codec)+, $message),
        )?;
        Self { headers, payload }
    }};
}

/// The limits of a message that is sent, or that came.
#[doc(hidden)]
#[macro_export]
macro_rules! __checked {
    ($end:ident none, $message:expr) => {};
    (sent $found:ident, $message:expr) => {
        $crate::codegen::check($message, $crate::codegen::Violations::new())?
    };
    (came $found:ident, $message:expr) => {
        $crate::codegen::check(&$message, $crate::codegen::Violations::$found())?
    };
}

/// The schemas of a message. JSON is looked at as it is on the wire, which has every digit; the rest by its value.
#[doc(hidden)]
#[macro_export]
macro_rules! __whole {
    (sent json, $message:expr, $value:expr) => {
        Self::whole().check::<Self>(&$message)?
    };
    (sent value, $message:expr, $value:expr) => {
        Self::whole().check_value::<Self>(&$message, &$value.payload)?
    };
    (came json, $message:expr) => {
        Self::whole().check::<Self>($message)?
    };
    (came value, $message:expr) => {};
    (read json, $message:expr, $value:expr) => {};
    (read value, $message:expr, $value:expr) => {
        Self::whole().check_value::<Self>($message, &$value.payload)?
    };
}
