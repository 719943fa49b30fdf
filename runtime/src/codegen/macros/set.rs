//! Several messages of an operation, of which each is one.

/// Implements a set of messages that is declared beside it as an enum: its variants, which have the names of their messages, the names on
/// the wire, each once, and the headers that any of them has.
#[doc(hidden)]
#[macro_export]
macro_rules! __set {
    (
        $name:ident;
        variants![$($variant:ident),+ $(,)?];
        names![$($wire:literal),+ $(,)?];
        $(headers![$($header:literal),+ $(,)?];)?
    ) => {
        $(impl From<$variant> for $name {
            fn from(message: $variant) -> Self {
                Self::$variant(message.into())
            }
        })+

        impl $crate::codegen::TypedMessage for $name {
            const NAMES: &'static [&'static str] = &[$($wire),+];
            const CANDIDATES: &'static [$crate::codegen::Candidate<Self>] =
                &[$($crate::codegen::Candidate::of::<$variant>()),+];
            $(const HEADERS: &'static [&'static str] = &[$($header),+];)?

            fn encode(&self) -> Result<$crate::codegen::Message, $crate::codegen::InvalidMessage> {
                match self {
                    $(Self::$variant(message) => message.encode(),)+
                }
            }

            fn decode(message: &$crate::codegen::Message) -> Result<Self, $crate::codegen::InvalidMessage> {
                $crate::codegen::decode_one(message, Self::CANDIDATES)
            }
        }
    };
}
