//! Makes the types to measure, each with what they do besides decoding and without.
use tidings_codegen::{Build, Failure, Unknown, Validate};

fn main() -> Result<(), Failure> {
    let kinds = [
        ("dropping.rs", Unknown::Drop, Validate::Off),
        ("dropping_rules.rs", Unknown::Drop, Validate::Rules),
        ("keeping.rs", Unknown::Keep, Validate::Off),
        ("keeping_rules.rs", Unknown::Keep, Validate::Rules),
    ];
    kinds.into_iter().try_for_each(|(name, unknown, validate)| {
        Build::new("orders.asyncapi.yaml")
            .unknown(unknown)
            .validate(validate)
            .file_name(name)
            .run()
    })
}
