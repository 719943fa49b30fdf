//! Which messages a transaction settles, and what becomes of those whose transaction failed.
use super::*;
use crate::{
    Channel, ErrorKind, Message,
    worker::work::{Parcel, Purpose, Step},
};
use std::sync::{Mutex, MutexGuard};

const PART: Part = Part::new(0, 0);
const OTHER: Part = Part::new(0, 1);

type Call = (Vec<String>, Vec<(Token, Verdict)>);

/// Notes what is committed, and answers what it was told to, else that it is done.
#[derive(Default)]
struct Broker {
    calls: Mutex<Vec<Call>>,
    answers: Mutex<VecDeque<Error>>,
}

impl Broker {
    fn calls(&self) -> MutexGuard<'_, Vec<Call>> {
        self.calls.lock().expect("no panic")
    }

    fn answer(&self, error: Error) {
        self.answers.lock().expect("no panic").push_back(error);
    }
}

impl DynSettler for Broker {
    fn settle<'a>(&'a self, _: &'a [(Token, Verdict)]) -> BoxFuture<'a, Vec<(Token, Error)>> {
        Box::pin(async { Vec::new() })
    }

    fn extend<'a>(&'a self, _: &'a [Token]) -> BoxFuture<'a, Vec<(Token, Error)>> {
        Box::pin(async { Vec::new() })
    }

    fn commit<'a>(
        &'a self,
        outgoing: &'a [Outgoing],
        verdicts: &'a [(Token, Verdict)],
    ) -> BoxFuture<'a, Result<()>> {
        let bodies = outgoing.iter().map(|one| &one.message.body);
        let bodies = bodies.map(|body| String::from_utf8_lossy(body).into_owned());
        self.calls().push((bodies.collect(), verdicts.to_vec()));
        let answer = self.answers.lock().expect("no panic").pop_front();
        Box::pin(async move { answer.map_or(Ok(()), Err) })
    }
}

fn delivery(part: Part, position: u64) -> Incoming {
    Incoming::new(Message::new(""), part.at(position))
}

/// Work that is done, and sends its position.
fn done(part: Part, position: u64) -> Work {
    let mut work = Work::new(delivery(part, position), None);
    let message = Message::new(format!("{}/{position}", part.part));
    let outgoing = Outgoing::new(Channel::point_to_point("out"), message);
    let parcel = Parcel::new(outgoing, Purpose::Message);
    work.step = Step::send(vec![parcel], Verdict::Ack);
    work
}

/// With three deliveries of each part.
fn transactions() -> (Arc<Broker>, Transactions) {
    let broker = Arc::new(Broker::default());
    let mut transactions = Transactions::new(broker.clone());
    for part in [PART, OTHER] {
        transactions.delivered(&[1, 2, 3].map(|position| delivery(part, position)));
    }
    (broker, transactions)
}

async fn next(transactions: &mut Transactions) -> Ended {
    transactions.begin();
    transactions.ended().await
}

fn is_committed(ended: &Ended, count: usize) -> bool {
    matches!(ended, Ended::Committed(works) if works.len() == count)
}

fn acked(tokens: &[Token]) -> Vec<(Token, Verdict)> {
    tokens.iter().map(|token| (*token, Verdict::Ack)).collect()
}

fn unsendable() -> Error {
    Error::new(ErrorKind::TooLarge, "commit", "").with("channel", "out")
}

#[tokio::test]
async fn what_is_done_behind_one_that_is_not_waits_with_what_it_sends() {
    let (broker, mut transactions) = transactions();
    transactions.add(done(PART, 2));
    assert!(!transactions.is_busy());
    transactions.add(done(OTHER, 1));
    assert!(is_committed(&next(&mut transactions).await, 1));
    transactions.add(done(PART, 1));
    assert!(is_committed(&next(&mut transactions).await, 2));
    assert_eq!(transactions.done(), 0);
    let expected = [
        (vec!["1/1".to_owned()], acked(&[OTHER.at(1)])),
        (
            vec!["0/1".to_owned(), "0/2".to_owned()],
            acked(&[PART.at(2)]),
        ),
    ];
    assert_eq!(broker.calls()[..], expected);
}

#[tokio::test]
async fn what_is_gone_is_neither_sent_nor_settled() {
    let (broker, mut transactions) = transactions();
    transactions.add(done(PART, 1));
    assert_eq!(transactions.gone(PART).len(), 1);
    assert!(transactions.add(done(PART, 2)).is_some());
    assert!(!transactions.is_busy());
    assert_eq!(transactions.done(), 0);
    assert!(broker.calls().is_empty());
}

#[tokio::test]
async fn one_whose_end_nobody_heard_is_made_again_as_it_was() {
    let (broker, mut transactions) = transactions();
    transactions.add(done(PART, 1));
    broker.answer(Error::new(ErrorKind::Timeout, "commit", "").ambiguous());
    assert!(matches!(next(&mut transactions).await, Ended::Failed(_)));
    transactions.add(done(PART, 2));
    assert!(is_committed(&next(&mut transactions).await, 1));
    assert!(is_committed(&next(&mut transactions).await, 1));
    let calls = broker.calls();
    assert_eq!(calls[0], calls[1]);
    assert_eq!(calls[2], (vec!["0/2".to_owned()], acked(&[PART.at(2)])));
}

#[tokio::test]
async fn one_that_failed_for_certain_goes_with_what_came_meanwhile() {
    let (broker, mut transactions) = transactions();
    transactions.add(done(PART, 1));
    broker.answer(Error::new(ErrorKind::ConnectionLost, "commit", ""));
    assert!(matches!(next(&mut transactions).await, Ended::Failed(_)));
    assert_eq!(transactions.failures(), 1);
    transactions.add(done(PART, 2));
    assert!(is_committed(&next(&mut transactions).await, 2));
    assert_eq!((transactions.failures(), broker.calls().len()), (0, 2));
}

#[tokio::test]
async fn what_cannot_be_sent_is_found_among_many_and_taken_out() {
    let (broker, mut transactions) = transactions();
    [1, 2, 3]
        .into_iter()
        .for_each(|at| drop(transactions.add(done(PART, at))));
    broker.answer(unsendable());
    assert!(matches!(next(&mut transactions).await, Ended::Narrowed(_)));
    assert!(is_committed(&next(&mut transactions).await, 1));
    broker.answer(unsendable());
    let Ended::Refused(work, _) = next(&mut transactions).await else {
        panic!("it is not taken out");
    };
    assert_eq!(work.incoming.token, PART.at(2));
    // What is behind it waits until it is done another way.
    assert!(!transactions.is_busy());
    transactions.add(done(PART, 2));
    assert!(is_committed(&next(&mut transactions).await, 1));
    assert!(is_committed(&next(&mut transactions).await, 1));
    assert_eq!(transactions.done(), 0);
}

#[tokio::test]
async fn a_failure_that_is_about_no_message_takes_none_out() {
    let (broker, mut transactions) = transactions();
    transactions.add(done(PART, 1));
    broker.answer(Error::new(ErrorKind::PermissionDenied, "commit", ""));
    assert!(matches!(next(&mut transactions).await, Ended::Failed(_)));
    assert!(is_committed(&next(&mut transactions).await, 1));
}

#[tokio::test]
async fn a_transaction_settles_so_many_of_all_parts_together() {
    let broker = Arc::new(Broker::default());
    let mut transactions = Transactions::new(broker.clone());
    for (part, count) in [(PART, 998), (OTHER, 5)] {
        for position in 1..=count {
            transactions.delivered(&[delivery(part, position)]);
            transactions.add(done(part, position));
        }
    }
    assert!(is_committed(&next(&mut transactions).await, MOST));
    assert!(is_committed(&next(&mut transactions).await, 3));
    assert_eq!(transactions.done(), 0);
    let verdicts = acked(&[PART.at(998), OTHER.at(2)]);
    assert_eq!(broker.calls()[0].1, verdicts);
}
