//! How objects are read that keep further properties with their numbers as they are written: serde keeps those aside before it knows
//! their type, and so in 64 bits.

/// Implements the reading of a struct that is declared beside it: the field of further properties, then of each field its name on the wire,
/// and whether it is `required` or `optional`.
#[doc(hidden)]
#[macro_export]
macro_rules! __open {
    ($name:ident($further:ident); $($field:ident = $how:ident($wire:literal $(,)?);)*) => {
        impl<'de> $crate::codegen::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::codegen::serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
                use $crate::codegen::{Text, serde::de::{Error as _, MapAccess, Visitor}};

                struct Properties;

                impl<'de> Visitor<'de> for Properties {
                    type Value = $name;

                    fn expecting(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                        formatter.write_str("an object")
                    }

                    #[allow(
                        clippy::too_many_lines, clippy::similar_names, clippy::disallowed_names, clippy::many_single_char_names,
                        reason = "the document has them"
                    )]
                    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<$name, A::Error> {
                        $(let mut $field = None;)*
                        let mut $further = ::std::collections::BTreeMap::new();
                        while let Some(Text(name)) = entries.next_key::<Text<'de>>()? {
                            match &*name {
                                $($wire => match $field {
                                    None => $field = Some(entries.next_value()?),
                                    Some(_) => return Err(A::Error::duplicate_field($wire)),
                                },)*
                                _ => {
                                    $further.insert(name.into_owned(), entries.next_value()?);
                                }
                            }
                        }
                        $(let $field = $crate::__property!($how, $field, $wire);)*
                        Ok($name { $($field,)* $further })
                    }
                }

                reader.deserialize_map(Properties)
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
