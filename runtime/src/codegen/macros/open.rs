//! How objects are read that keep further properties with their numbers as they are written: serde keeps those aside before it knows
//! their type, and so in 64 bits.

/// Implements the reading of a struct that is declared beside it: the field of further properties, then of each field its name on the wire,
/// and whether it is `required` or `optional`.
#[doc(hidden)]
#[macro_export]
macro_rules! __open {
    ($name:ident($further:ident $(,)?); $($field:ident = $how:ident($wire:literal $(,)?);)*) => {
        impl $crate::codegen::Open for $name {
            #[allow(
                clippy::too_many_lines, clippy::similar_names, clippy::disallowed_names, clippy::many_single_char_names,
                reason = "the document has them"
            )]
            fn of<'de, A: $crate::codegen::serde::de::MapAccess<'de>>(mut entries: A) -> Result<Self, A::Error> {
                use $crate::codegen::serde::de::Error as _;

                $(let mut $field = None;)*
                let mut $further = ::std::collections::BTreeMap::new();
                while let Some(name) = entries.next_key::<$crate::codegen::Text<'de>>()? {
                    match &*name.0 {
                        $($wire => match $field {
                            None => $field = Some(entries.next_value()?),
                            Some(_) => return Err(A::Error::duplicate_field($wire)),
                        },)*
                        _ => {
                            $further.insert(name.0.into_owned(), entries.next_value()?);
                        }
                    }
                }
                $(let $field = $crate::__property!($how, $field, $wire);)*
                Ok(Self { $($field,)* $further })
            }
        }

        impl<'de> $crate::codegen::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::codegen::serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
                $crate::codegen::read_open(reader)
            }
        }
    };
}

/// A property, which has to be there where it is required.
#[doc(hidden)]
#[macro_export]
macro_rules! __property {
    (required, $value:expr, $wire:literal) => {
        $value.ok_or_else(|| A::Error::missing_field($wire))?
    };
    (optional, $value:expr, $wire:literal) => {
        $value
    };
}
