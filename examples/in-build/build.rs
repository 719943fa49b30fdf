//! Makes the service's side of the document.
use tidings_codegen::{Build, Failure, Role};

fn main() -> Result<(), Failure> {
    Build::new("greetings.asyncapi.yaml")
        .role(Role::Application)
        .run()
}
