//! The headers of messages: how they are written and read, from the name of each on the wire.

/// Implements headers that are declared beside it: each field, whether it is `required` or `optional`, and its name on the wire.
#[doc(hidden)]
#[macro_export]
macro_rules! __headers {
    ($name:ident; $($field:ident = $how:ident($wire:literal $(,)?);)*) => {
        impl $name {
            const NAMES: &'static [&'static str] = &[$($wire),*];

            fn write(
                &self,
                name: &str,
                message: &mut $crate::codegen::Message,
            ) -> Result<(), $crate::codegen::InvalidMessage> {
                $($crate::codegen::set_header_json(name, message, $wire, &self.$field)?;)*
                Ok(())
            }

            #[allow(clippy::similar_names, clippy::disallowed_names, clippy::many_single_char_names, reason = "the document has them")]
            fn read(
                name: &str,
                message: &$crate::codegen::Message,
            ) -> Result<Self, $crate::codegen::InvalidMessage> {
                let mut headers = $crate::codegen::Headers::of(name, message);
                $(let $field = $crate::__header!($how, headers, $wire);)*
                $(let Some($field) = $field else { return Err(headers.invalid()); };)*
                headers.done(Self { $($field),* })
            }
        }
    };
}

/// A header, in what says whether it could be read.
#[doc(hidden)]
#[macro_export]
macro_rules! __header {
    (required, $headers:expr, $wire:literal) => {
        $headers.required($wire)
    };
    (optional, $headers:expr, $wire:literal) => {
        Some($headers.optional($wire))
    };
}
