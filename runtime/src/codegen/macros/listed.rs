//! Texts that a document lists: an enum with a variant for each, and one for every other.

/// Implements an enum that is declared beside it: the variant of other texts, whether the schema takes these (`open`, else `closed`), with
/// what is checked of the value besides, and the text of each variant.
#[doc(hidden)]
#[macro_export]
macro_rules! __listed {
    ($name:ident::$unknown:ident = $kind:ident$(($checks:ident $(,)?))?; $($variant:ident = $text:literal;)*) => {
        impl $name {
            /// All that the document lists.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The text on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::$unknown(text) => text,
                }
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::codegen::serde::Serialize for $name {
            fn serialize<S: $crate::codegen::serde::Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
                writer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::codegen::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::codegen::serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
                $crate::codegen::listed_text(reader, Self::ALL, Self::as_str, Self::$unknown)
            }
        }

        impl $crate::codegen::Validate for $name {
            fn check(&self, at: &$crate::codegen::Pointer<'_>, violations: &mut $crate::codegen::Violations) {
                $crate::__others!(check $kind, self, $unknown, at, violations);
                $(violations.checks(at, self, $checks);)?
            }
        }

        $crate::__others!(read $kind, $name, $unknown);
    };
}

/// What becomes of a text that is not listed: where the schema takes all, it is one of them.
#[doc(hidden)]
#[macro_export]
macro_rules! __others {
    (check open, $value:expr, $unknown:ident, $at:ident, $violations:ident) => {
        let _ = ($at, &$violations);
    };
    (check closed, $value:expr, $unknown:ident, $at:ident, $violations:ident) => {
        if let Self::$unknown(text) = $value {
            $violations.unlisted($at, text, Self::ALL.iter().map(Self::as_str));
        }
    };
    (read open, $name:ident, $unknown:ident) => {
        impl ::core::str::FromStr for $name {
            type Err = ::core::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, ::core::convert::Infallible> {
                let listed =
                    $crate::codegen::listed(stringify!($name), Self::ALL, Self::as_str, text);
                Ok(listed.unwrap_or_else(|_| Self::$unknown(text.to_owned())))
            }
        }
    };
    (read closed, $name:ident, $unknown:ident) => {
        impl ::core::str::FromStr for $name {
            type Err = $crate::codegen::InvalidValue;

            fn from_str(text: &str) -> Result<Self, $crate::codegen::InvalidValue> {
                $crate::codegen::listed(stringify!($name), Self::ALL, Self::as_str, text)
            }
        }
    };
}

/// Implements an enum of one text, which is declared beside it.
#[doc(hidden)]
#[macro_export]
macro_rules! __constant {
    ($name:ident::$variant:ident = $text:literal) => {
        impl $crate::codegen::serde::Serialize for $name {
            fn serialize<S: $crate::codegen::serde::Serializer>(
                &self,
                writer: S,
            ) -> Result<S::Ok, S::Error> {
                writer.serialize_str($text)
            }
        }

        impl<'de> $crate::codegen::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::codegen::serde::Deserializer<'de>>(
                reader: D,
            ) -> Result<Self, D::Error> {
                $crate::codegen::constant_text(reader, $text, Self::$variant)
            }
        }
    };
}
