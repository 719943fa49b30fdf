//! What becomes a union without being told which of its branches it is.

/// Makes a union of each of these branches, of which no two have one type.
#[doc(hidden)]
#[macro_export]
macro_rules! __branches {
    ($name:ident; $($variant:ident($of:ty)),+ $(,)?) => {
        $(impl From<$of> for $name {
            fn from(value: $of) -> Self {
                Self::$variant(value.into())
            }
        })+
    };
}
