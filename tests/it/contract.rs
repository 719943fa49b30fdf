//! Tests that are made of a document's examples, as a service's own tests use them, in a crate and in a module.
use examples::{
    Book, BorrowReply, BorrowRequest, GiveBack, Lent, LibraryClient, LibraryService,
    ShelvesChannel, Tidy, contract,
};
use tidings::{HandlerError, Received, testing};

/// The module that a macro makes, with its tests.
mod library {
    tidings_macros::include_api!("documents/examples.yaml", tests = true, config = false);
}

/// Lends everything, and does not handle what it is told of by name.
struct Desk(&'static str);

impl Desk {
    fn handled(&self, what: &str) -> Result<(), HandlerError> {
        match self.0 == what {
            true => Err(HandlerError::retry("not today")),
            false => Ok(()),
        }
    }
}

impl LibraryService for Desk {
    async fn borrow(&self, _: Received<BorrowRequest>) -> Result<BorrowReply, HandlerError> {
        self.handled("borrow")?;
        Ok(Lent::new(Book::new("Emma")).into())
    }

    async fn give_back(&self, _: Received<GiveBack>) -> Result<(), HandlerError> {
        self.handled("give back")
    }

    async fn tidy(&self, _: ShelvesChannel, _: Received<Tidy>) -> Result<(), HandlerError> {
        self.handled("tidy")
    }
}

#[test]
fn a_service_that_handles_all_examples_is_right() {
    testing::run(contract::library_service(Desk("nothing"))).unwrap();
}

#[test]
fn what_a_service_does_not_handle_is_told_at_the_first_try() {
    for (what, told) in [
        ("borrow", "example `first` of `Lend`: `Lend` was given up: "),
        (
            "give back",
            "example `1` of `GiveBack`: `GiveBack` was given up: ",
        ),
        ("tidy", "example `1` of `Tidy`: `Tidy` was given up: "),
    ] {
        let outcome = testing::run(contract::library_service(Desk(what)));
        let error = outcome.unwrap_err().to_string();
        assert!(
            error.starts_with(told) && error.contains("not today"),
            "{error}"
        );
    }
}

#[test]
fn what_a_client_sends_is_on_record_by_its_type() {
    let sent = testing::run(async {
        let nobody = testing::Harness::new();
        let client: LibraryClient = nobody.client();
        client.give_back(Book::new("Emma")).await?;
        Ok((nobody.sent::<GiveBack>(), nobody.sent::<Tidy>()))
    });
    assert_eq!(sent.unwrap(), (vec![Book::new("Emma").into()], vec![]));
}
