//! How structs are made: `new` with what the document requires, and a setter for whatever may be left out.

/// Implements `new` and the setters of a struct that is declared beside it: the fields that begin with their type's default, the
/// arguments of `new`, which become the fields of their names, what other fields begin with, and for each field that begins with nothing its
/// setter.
#[doc(hidden)]
#[macro_export]
macro_rules! __object {
    ($name:ident($($rest:ident),* $(,)?) = || { $($fixed:ident = $value:expr;)* }; $($setters:tt)*) => {
        $crate::__construct!($name, [], [$($rest)*], [$($fixed = $value;)*], $($setters)*);
    };
    ($name:ident($($rest:ident),* $(,)?) = |$($given:ident: $of:ty),+ $(,)?| { $($fixed:ident = $value:expr;)* }; $($setters:tt)*) => {
        $crate::__construct!($name, [$($given: $of;)*], [$($rest)*], [$($fixed = $value;)*], $($setters)*);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __construct {
    (
        $name:ident,
        [$($given:ident: $given_of:ty;)*],
        [$($rest:ident)*],
        [$($fixed:ident = $fixed_value:expr;)*],
        $($with:ident = |$field:ident: $of:ty $(,)?| $value:expr;)*
    ) => {
        impl $name {
            /// What the document requires, without what may be left out.
            #[must_use]
            #[allow(
                clippy::too_many_arguments, clippy::fn_params_excessive_bools, clippy::many_single_char_names, clippy::similar_names,
                clippy::disallowed_names,
                reason = "the document has them"
            )]
            pub fn new($($given: $given_of),*) -> Self {
                Self {
                    $($given: ::core::convert::Into::into($given),)*
                    $($fixed: $fixed_value,)*
                    $($field: None,)*
                    $($rest: ::core::default::Default::default(),)*
                }
            }
        }

        $crate::__setters!($name; $($with = |$field: $of| $value;)*);
    };
}

/// Implements the setters of a struct: of each its name, its argument, which is the field's name too, and the value of that.
#[doc(hidden)]
#[macro_export]
macro_rules! __setters {
    ($name:ident;) => {};
    ($name:ident; $($with:ident = |$field:ident: $of:ty $(,)?| $value:expr;)+) => {
        impl $name {
            $(
                #[doc = concat!("Sets `", stringify!($field), "`.")]
                #[must_use]
                #[allow(unused_braces, reason = "those of a closure that is long")]
                #[allow(clippy::disallowed_names, reason = "the document has them")]
                pub fn $with(mut self, $field: $of) -> Self {
                    self.$field = $value;
                    self
                }
            )+
        }
    };
}
