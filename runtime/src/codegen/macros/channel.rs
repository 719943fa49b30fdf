//! Channels: one with an address that is always the same, one whose address is told, and those of an address with parameters.

/// Implements a channel whose address is always the same, and which is declared beside it as a unit: how messages are shared, its address,
/// what it needs of a transport, and its bindings as JSON.
#[doc(hidden)]
#[macro_export]
macro_rules! __channel {
    (
        $name:ident = $kind:ident($address:literal $(,)?);
        $(needs $(.$need:ident($($size:literal)?))+;)?
        $(bindings = $bindings:literal;)?
    ) => {
        impl $name {
            /// The address.
            pub const ADDRESS: &'static str = $address;
            $crate::__requirement!($kind, Self::ADDRESS, [$($(.$need($($size)?))+)?], [$($bindings)?]);

            /// The channel as the runtime knows it.
            #[must_use]
            pub fn channel() -> $crate::codegen::Channel {
                Self::bound(Self::REQUIREMENT.at(Self::ADDRESS))
            }
        }
    };
}

/// Implements a channel whose address is told at run time, as `channel!` does; what stands for its address is what the document calls it.
#[doc(hidden)]
#[macro_export]
macro_rules! __told_channel {
    (
        $name:ident = $kind:ident($key:literal $(,)?);
        $(needs $(.$need:ident($($size:literal)?))+;)?
        $(bindings = $bindings:literal;)?
    ) => {
        impl $name {
            $crate::__requirement!($kind, $key, [$($(.$need($($size)?))+)?], [$($bindings)?]);

            /// The channel at an address.
            pub fn new(address: impl Into<$crate::codegen::Str>) -> Self {
                Self { address: address.into() }
            }

            /// The channel as the runtime knows it.
            #[must_use]
            pub fn channel(&self) -> $crate::codegen::Channel {
                Self::bound(Self::REQUIREMENT.at(::std::sync::Arc::clone(&self.address)))
            }
        }
    };
}

/// Implements a channel of an address with parameters, which is declared beside it with a field for each, as `channel!` does; and a type for
/// some or all of the channels of that address. The address as a format, with the parameters in it, and each parameter with its type and its
/// name in the document.
#[doc(hidden)]
#[macro_export]
macro_rules! __channels {
    (
        $name:ident = $kind:ident($template:literal $(,)?);
        $(needs $(.$need:ident($($size:literal)?))+;)?
        $(bindings = $bindings:literal;)?
        address!($format:literal $(, $value:ident)*);
        struct $filter:ident;
        $($field:ident = $of:ident($wire:literal $(,)?);)*
    ) => {
        impl $name {
            /// The address with its placeholders.
            pub const ADDRESS: &'static str = $template;
            $crate::__requirement!($kind, Self::ADDRESS, [$($(.$need($($size)?))+)?], [$($bindings)?]);

            /// The address with the values filled in.
            #[must_use]
            pub fn address(&self) -> String {
                format!($format $(, self.$value)*)
            }

            /// The channel as the runtime knows it.
            #[must_use]
            pub fn channel(&self) -> $crate::codegen::Channel {
                Self::bound(Self::REQUIREMENT.at(self.address()))
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = $crate::codegen::InvalidValue;

            #[allow(clippy::similar_names, clippy::disallowed_names, clippy::many_single_char_names, reason = "the document has them")]
            fn from_str(address: &str) -> Result<Self, $crate::codegen::InvalidValue> {
                static ADDRESS: $crate::codegen::Address = $crate::codegen::Address::new($template);
                let [$($field),*] = ADDRESS.parameters(address)?;
                Ok(Self { $($field: $field.parse()?),* })
            }
        }

        #[doc = concat!("Those of the channels [`", stringify!($name), "`] that have these values; where there is none, with any.")]
        #[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
        pub struct $filter {
            $(
                #[doc = concat!("That `", stringify!($field), "`, or any.")]
                pub $field: Option<$of>,
            )*
        }

        impl $filter {
            /// All of them.
            #[must_use]
            pub fn any() -> Self {
                Self::default()
            }

            /// The channels as the runtime knows them.
            #[must_use]
            pub fn channel(&self) -> $crate::codegen::Channel {
                let values = [$(($wire, self.$field.as_ref().map(ToString::to_string))),*];
                $name::bound($name::REQUIREMENT.narrowed(&values))
            }
        }

        impl From<&$name> for $filter {
            fn from(channel: &$name) -> Self {
                Self { $($field: Some(channel.$field.clone())),* }
            }
        }
    };
}

/// What a channel needs of a transport, and what adds its bindings.
#[doc(hidden)]
#[macro_export]
macro_rules! __requirement {
    ($kind:ident, $address:expr, [$($needs:tt)*], [$($bindings:literal)?]) => {
        /// What it needs of a transport.
        pub const REQUIREMENT: $crate::codegen::Requirement =
            $crate::codegen::Requirement::new($crate::codegen::ChannelKind::$kind, $address) $($needs)*;

        fn bound(channel: $crate::codegen::Channel) -> $crate::codegen::Channel {
            $(
                static BINDINGS: ::std::sync::LazyLock<$crate::codegen::Bindings> =
                    ::std::sync::LazyLock::new(|| $crate::codegen::Bindings::read($bindings));
                let channel = channel.with_bindings($crate::codegen::Bindings::clone(&BINDINGS));
            )?
            channel
        }
    };
}

/// Implements a parameter of any text that keeps to its part of the address, declared beside it around a text: its name in the document, and
/// the characters that it may not have.
#[doc(hidden)]
#[macro_export]
macro_rules! __parameter {
    ($name:ident($wire:literal), not [$($forbidden:literal),* $(,)?]) => {
        impl $name {
            /// The text in the address.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = $crate::codegen::InvalidValue;

            fn from_str(text: &str) -> Result<Self, $crate::codegen::InvalidValue> {
                $crate::codegen::parameter($wire, text, &[$($forbidden),*]).map(Self)
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

/// Implements a parameter that has a list of values, declared beside it as an enum: its name in the document, and the text of each variant.
#[doc(hidden)]
#[macro_export]
macro_rules! __values {
    ($name:ident($wire:literal $(,)?); $($variant:ident = $text:literal;)+) => {
        impl $name {
            /// The text in the address.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = $crate::codegen::InvalidValue;

            fn from_str(text: &str) -> Result<Self, $crate::codegen::InvalidValue> {
                $crate::codegen::listed($wire, &[$(Self::$variant),+], |value| value.as_str(), text)
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
