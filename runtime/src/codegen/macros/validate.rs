//! What a value is checked by, where it is what its parts are checked by.

/// Implements the check of a type: the properties that are checked by their types, and, where it keeps further properties, the field with
/// these and the names that none of them may have.
#[doc(hidden)]
#[macro_export]
macro_rules! __validate {
    (
        $name:ident
        $(, within($($field:ident = $wire:literal),+ $(,)?))?
        $(, known($further:ident, $($known:literal),+ $(,)?))?
    ) => {
        impl $crate::codegen::Validate for $name {
            fn check(&self, at: &$crate::codegen::Pointer<'_>, violations: &mut $crate::codegen::Violations) {
                $($(violations.within(at, $wire, &self.$field);)+)?
                $(violations.further(at, self.$further.keys(), &[$($known),+]);)?
            }
        }
    };
}

/// Checks that no further property has the name of one that has a field of its own.
#[doc(hidden)]
#[macro_export]
macro_rules! __known {
    ($at:expr, $violations:ident, $value:ident.$further:ident, $($known:literal),+ $(,)?) => {
        $violations.further($at, $value.$further.keys(), &[$($known),+])
    };
}

/// Checks a text by a pattern, which is read once.
#[doc(hidden)]
#[macro_export]
macro_rules! __pattern {
    ($at:expr, $violations:ident, $text:expr, $pattern:literal) => {{
        static PATTERN: $crate::codegen::Pattern = $crate::codegen::Pattern::new($pattern);
        $violations.pattern(&$at, &$text, &PATTERN);
    }};
}
