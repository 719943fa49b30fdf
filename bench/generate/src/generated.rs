//! What the build script has made of the document.
macro_rules! module {
    ($name:ident) => {
        #[expect(dead_code, reason = "only messages and their types are measured")]
        pub(crate) mod $name {
            include!(concat!(env!("OUT_DIR"), "/", stringify!($name), ".rs"));
        }
    };
}

module!(dropping);
module!(dropping_rules);
module!(keeping);
module!(keeping_rules);
