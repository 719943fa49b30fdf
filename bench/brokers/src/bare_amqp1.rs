//! The work by fe2o3-amqp alone: confirmations pipelined, durable messages in queues, acceptances of what is there together.
use crate::{
    AHEAD, UNDER_WAY,
    company::{self, company, look_at},
    fresh_id,
    watch::{Figures, Watch},
};
use anyhow::{Context, ensure};
use fe2o3_amqp::{
    Connection, Delivery, Receiver, Sender, Session,
    connection::ConnectionHandle,
    link::{SendError, delivery::DeliveryFut, receiver::CreditMode},
    session::SessionHandle,
    types::{
        messaging::{Body, Data, Header, Message, Outcome, Properties, Source, Target},
        primitives::{Symbol, Value},
    },
};
use futures_util::FutureExt;
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};
use tidings_test_nested::Company;
use tidings_test_request_reply::{NegatePayload, ResultPayload};
use tokio::time::timeout;

const QUEUE: &str = "samples.bare";
const REQUESTS: &str = "calculator.requests.bare";
/// Most messages that are accepted together, as many as the runtime takes at once.
const TOGETHER: usize = 64;
/// How long a queue says nothing that has nothing more.
const NOTHING: Duration = Duration::from_millis(500);

type Came = Delivery<Body<Value>>;
type Confirm = DeliveryFut<Result<Outcome, SendError>>;

/// A connection, and the session that all its links are of.
struct Line {
    session: SessionHandle<()>,
    connection: ConnectionHandle<()>,
}

impl Line {
    async fn open(url: &str) -> anyhow::Result<Self> {
        let url = url.replacen("amqp1:", "amqp:", 1);
        let mut connection = Connection::open(fresh_id(), url.as_str()).await?;
        let session = Session::begin(&mut connection).await?;
        Ok(Self {
            session,
            connection,
        })
    }

    /// A queue, at Artemis by its capability, and at Classic since it is nothing else.
    async fn sender(&mut self, queue: &str) -> anyhow::Result<Sender> {
        let mut target = Target::from(queue);
        target.capabilities = Some(vec![Symbol::from("queue")].into());
        let sender = Sender::builder().name(fresh_id()).target(target);
        Ok(sender.attach(&mut self.session).await?)
    }

    async fn receiver(&mut self, queue: &str) -> anyhow::Result<Receiver> {
        let mut source = Source::from(queue);
        source.capabilities = Some(vec![Symbol::from("queue")].into());
        let receiver = Receiver::builder()
            .name(fresh_id())
            .source(source)
            .verify_incoming_source(false)
            .credit_mode(CreditMode::Manual);
        let mut receiver = receiver.attach(&mut self.session).await?;
        receiver.set_credit(AHEAD.into()).await?;
        Ok(receiver)
    }

    async fn close(mut self) -> anyhow::Result<()> {
        self.session.end().await?;
        Ok(self.connection.close().await?)
    }
}

/// Of a durable message.
fn message(name: &str, to: &str, body: Vec<u8>) -> Message<Data> {
    let mut properties = Properties::new();
    properties.message_id = Some(fresh_id().into());
    properties.to = Some(to.to_owned());
    properties.subject = Some(name.to_owned());
    properties.content_type = Some("application/json".into());
    let header = Header {
        durable: true,
        ..Header::default()
    };
    Message::builder()
        .header(header)
        .properties(properties)
        .data(Data(body.into()))
        .build()
}

async fn put(sender: &mut Sender, number: usize) -> anyhow::Result<Confirm> {
    let body = serde_json::to_vec(&company(number))?;
    let message = message(company::NAME, QUEUE, body);
    Ok(sender.send_batchable(message).await?)
}

async fn confirmed(confirm: Confirm) -> anyhow::Result<()> {
    let outcome = confirm.await?;
    ensure!(outcome.is_accepted(), "a message was not taken");
    Ok(())
}

pub(crate) async fn publish(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let mut line = Line::open(url).await?;
    let mut sender = line.sender(QUEUE).await?;
    confirmed(put(&mut sender, 0).await?).await?;
    let watch = Watch::begin();
    let mut waits = Vec::with_capacity(messages);
    let mut under_way = VecDeque::with_capacity(UNDER_WAY);
    for number in 1..messages {
        if under_way.len() == UNDER_WAY {
            end_first(&mut under_way, &mut waits).await?;
        }
        let begun = Instant::now();
        under_way.push_back((begun, put(&mut sender, number).await?));
    }
    while !under_way.is_empty() {
        end_first(&mut under_way, &mut waits).await?;
    }
    let figures = watch.stop(messages - 1, waits);
    sender.close().await?;
    line.close().await?;
    Ok(figures)
}

async fn end_first(
    under_way: &mut VecDeque<(Instant, Confirm)>,
    waits: &mut Vec<Duration>,
) -> anyhow::Result<()> {
    if let Some((begun, confirm)) = under_way.pop_front() {
        confirmed(confirm).await?;
        waits.push(begun.elapsed());
    }
    Ok(())
}

/// The body of a message of one section.
fn body(came: &Came) -> anyhow::Result<&[u8]> {
    match came.body() {
        Body::Data(sections) => Ok(&sections.iter().next().context("no section")?.0),
        _ => anyhow::bail!("a body of another kind"),
    }
}

/// Asks for more, where less than half of it is on its way.
async fn ask(receiver: &mut Receiver) -> anyhow::Result<()> {
    if receiver.credit() < u32::from(AHEAD) / 2 {
        receiver.set_credit(AHEAD.into()).await?;
    }
    Ok(())
}

pub(crate) async fn consume(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let mut line = Line::open(url).await?;
    let mut receiver = line.receiver(QUEUE).await?;
    let mut watch = None;
    let mut left = messages;
    while left > 0 {
        ask(&mut receiver).await?;
        let mut next = Some(receiver.recv::<Body<Value>>().await);
        let mut together: Vec<Came> = Vec::with_capacity(TOGETHER);
        while let Some(came) = next {
            let came = came?;
            look_at(&serde_json::from_slice::<Company>(body(&came)?)?);
            watch.get_or_insert_with(Watch::begin);
            together.push(came);
            let is_full = together.len() == TOGETHER.min(left);
            next = match is_full {
                true => None,
                false => receiver.recv().now_or_never(),
            };
        }
        left -= together.len();
        receiver.accept_all(&together).await?;
    }
    let figures = watch
        .context("nothing came")?
        .stop(messages - 1, Vec::new());
    receiver.close().await?;
    line.close().await?;
    Ok(figures)
}

/// Answers so many requests with what asks for it, and accepts each once its answer is confirmed: one that was left behind would be
/// answered in the next run, to nobody.
async fn answer(mut line: Line, mut requests: Receiver, count: usize) -> anyhow::Result<()> {
    let mut replies = None;
    for _ in 0..count {
        ask(&mut requests).await?;
        let request: Came = requests.recv().await?;
        let asked: NegatePayload = serde_json::from_slice(body(&request)?)?;
        let answer = serde_json::to_vec(&ResultPayload::new(-asked.value))?;
        let said = request.message().properties.as_ref();
        let said = said.context("who asks says nothing")?;
        let to = said.reply_to.as_deref();
        let to = to.context("who asks says not where the answer goes")?;
        let mut reply = message("result", to, answer);
        if let Some(properties) = &mut reply.properties {
            properties.correlation_id = said.correlation_id.clone();
        }
        let sender = match &mut replies {
            Some(sender) => sender,
            none => none.insert(line.sender(to).await?),
        };
        confirmed(sender.send_batchable(reply).await?).await?;
        requests.accept(&request).await?;
    }
    requests.close().await?;
    line.close().await
}

pub(crate) async fn request(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let mut line = Line::open(url).await?;
    let mut service = Line::open(url).await?;
    let requests = service.receiver(REQUESTS).await?;
    let service = tokio::spawn(answer(service, requests, messages));
    let inbox = format!("replies.bare.{}", fresh_id());
    let mut replies = line.receiver(&inbox).await?;
    let mut sender = line.sender(REQUESTS).await?;
    request_one(&mut sender, &mut replies, &inbox, 0.0).await?;
    let watch = Watch::begin();
    let mut waits = Vec::with_capacity(messages);
    let numbers = std::iter::successors(Some(1.0), |number| Some(number + 1.0));
    for value in numbers.take(messages - 1) {
        let begun = Instant::now();
        request_one(&mut sender, &mut replies, &inbox, value).await?;
        waits.push(begun.elapsed());
    }
    let figures = watch.stop(messages - 1, waits);
    service.await??;
    sender.close().await?;
    replies.close().await?;
    line.close().await?;
    Ok(figures)
}

/// The reply says that the request has arrived, whose confirmation nobody waits for then.
async fn request_one(
    sender: &mut Sender,
    replies: &mut Receiver,
    inbox: &str,
    value: f64,
) -> anyhow::Result<()> {
    let body_of = serde_json::to_vec(&NegatePayload::new(value))?;
    let id = fresh_id();
    let mut request = message("negate", REQUESTS, body_of);
    if let Some(properties) = &mut request.properties {
        properties.reply_to = Some(inbox.to_owned());
        properties.correlation_id = Some(id.clone().into());
    }
    if let Some(header) = &mut request.header {
        header.ttl = Some(30_000);
    }
    let confirm = sender.send_batchable(request).await?;
    ask(replies).await?;
    let reply: Came = replies.recv().await?;
    let said = reply.message().properties.as_ref();
    let is_ours = said.is_some_and(|said| said.correlation_id == Some(id.into()));
    ensure!(is_ours, "another's reply");
    let answer: ResultPayload = serde_json::from_slice(body(&reply)?)?;
    replies.accept(&reply).await?;
    ensure!(answer.value + value == 0.0, "a wrong answer");
    drop(confirm);
    Ok(())
}

/// Leaves nothing in the queues of all clients.
pub(crate) async fn clear(url: &str) -> anyhow::Result<()> {
    let mut line = Line::open(url).await?;
    for base in ["samples", "calculator.requests"] {
        for client in ["", ".bare"] {
            let mut receiver = line.receiver(&format!("{base}{client}")).await?;
            while let Ok(came) = timeout(NOTHING, receiver.recv::<Body<Value>>()).await {
                receiver.accept(&came?).await?;
                ask(&mut receiver).await?;
            }
            receiver.close().await?;
        }
    }
    line.close().await
}
