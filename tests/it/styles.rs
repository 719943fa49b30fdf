//! Each interaction style, run over the in-process transport: client, service, publisher and subscriber as generated.
use std::{future::IntoFuture, sync::Arc, time::Duration};
use tidings::{HandlerError, Memory, Outgoing, Received, RequestError, Router, TypedMessage};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

const GRACE: Duration = Duration::from_secs(5);

pub(crate) struct Calculator;

impl request_reply::CalculatorService for Calculator {
    async fn divide(
        &self,
        message: Received<request_reply::Divide>,
    ) -> Result<request_reply::DivideReply, HandlerError> {
        if message.divisor == 0.0 {
            return Ok(
                request_reply::DivisionByZero::new(std::collections::BTreeMap::new()).into(),
            );
        }
        let value = message.dividend / message.divisor;
        Ok(request_reply::ResultMessage::new(request_reply::ResultPayload::new(value)).into())
    }

    async fn negate(
        &self,
        message: Received<request_reply::Negate>,
    ) -> Result<request_reply::ResultMessage, HandlerError> {
        Ok(request_reply::ResultPayload::new(-message.value).into())
    }
}

/// A request that was only made: its reply comes by the channel that it names, or the document does.
#[tokio::test]
async fn a_request_that_is_only_made_is_answered_where_it_says() {
    let transport = Arc::new(Memory::new());
    let mut router = Router::new();
    request_reply::CalculatorServer::new(Calculator).register(&mut router);
    request_reply::CalculatorPeerServer::new(Shop).register(&mut router);
    let service = tidings::serve(transport.clone(), router).await.unwrap();
    let client = tidings::Client::new(transport);
    let answers = tidings::Channel::point_to_point("answers");
    let divide = request_reply::DividePayload::new(6.0, 2.0);
    let divide = request_reply::CalculatorClient::detached()
        .divide(divide)
        .outgoing(Some(&answers));
    let divide = divide.unwrap();
    let ask = request_reply::AskPricePayload::new("tea");
    let ask = request_reply::CalculatorPeerClient::detached()
        .ask_price(ask)
        .outgoing(None);
    let ask = ask.unwrap();
    assert_eq!(ask.message.reply_to, None);
    let prices = request_reply::PriceRepliesChannel::channel();
    for (request, replies) in [(divide, answers), (ask, prices)] {
        let mut there = client
            .subscribe::<tidings::Message>(&replies, None)
            .await
            .unwrap();
        client.publish(&request).await.unwrap();
        let reply = there.next().await.unwrap().unwrap();
        let asked = request.message.id.to_text();
        assert_eq!(reply.metadata().correlation_id.as_deref(), Some(&*asked));
        reply.ack().await.unwrap();
    }
    service.stop(GRACE).await.unwrap();
}

/// What both ends do around messages is theirs to choose, on generated code too.
#[tokio::test]
async fn generated_clients_have_the_layers_of_the_client_that_they_are_made_of() {
    let transport = Arc::new(Memory::new());
    let events = tidings::layers::CloudEvents::structured("/calculator").unwrap();
    let layers = tidings::Layers::new().with(events);
    let mut router = Router::new();
    router.layers(layers.clone());
    request_reply::CalculatorServer::new(Calculator).register(&mut router);
    let service = tidings::serve(transport.clone(), router).await.unwrap();
    let client = tidings::Client::with_layers(transport, layers);
    let client = request_reply::CalculatorClient::from(client);
    let negated = client.negate(request_reply::NegatePayload::new(1.5));
    assert_eq!(negated.timeout(GRACE).await.unwrap().value, -1.5);
    service.stop(GRACE).await.unwrap();
}

struct Shop;

impl request_reply::CalculatorPeerService for Shop {
    async fn ask_price(
        &self,
        _: Received<request_reply::AskPrice>,
    ) -> Result<request_reply::Price, HandlerError> {
        Ok(request_reply::PricePayload::new(250).into())
    }
}

#[tokio::test]
async fn requests_get_their_replies() {
    let transport = Arc::new(Memory::new());
    let mut router = Router::new();
    request_reply::CalculatorServer::new(Calculator).register(&mut router);
    request_reply::CalculatorPeerServer::new(Shop).register(&mut router);
    let service = tidings::serve(transport.clone(), router).await.unwrap();

    let client = request_reply::CalculatorClient::new(transport.clone());
    let divide = |divisor| client.divide(request_reply::DividePayload::new(6.0, divisor));
    let reply = divide(2.0).timeout(GRACE).await.unwrap();
    assert!(
        matches!(reply, request_reply::DivideReply::ResultMessage(result) if result.value == 3.0)
    );
    assert!(matches!(
        divide(0.0).await.unwrap(),
        request_reply::DivideReply::DivisionByZero(_)
    ));
    assert_eq!(
        client
            .negate(request_reply::NegatePayload::new(1.5))
            .await
            .unwrap()
            .value,
        -1.5
    );

    let peer = request_reply::CalculatorPeerClient::new(transport);
    assert_eq!(
        peer.ask_price(request_reply::AskPricePayload::new("tea"))
            .await
            .unwrap()
            .cents,
        250
    );
    service.stop(GRACE).await.unwrap();
}

#[tokio::test]
async fn replies_of_a_fixed_channel_find_their_client() {
    let transport = Arc::new(Memory::new());
    let mut router = Router::new();
    request_reply::CalculatorPeerServer::new(Shop).register(&mut router);
    let service = tidings::serve(transport.clone(), router).await.unwrap();
    let mut asking = tokio::task::JoinSet::new();
    for instance in 0..5 {
        let client = request_reply::CalculatorPeerClient::new(transport.clone());
        asking.spawn(async move {
            for _ in 0..20 {
                let item = format!("tea {instance}");
                let ask = client.ask_price(request_reply::AskPricePayload::new(item));
                assert_eq!(ask.timeout(GRACE).await.unwrap().cents, 250);
            }
        });
    }
    while let Some(done) = asking.join_next().await {
        done.unwrap();
    }
    service.stop(GRACE).await.unwrap();
}

#[tokio::test]
async fn whoever_knows_only_the_document_is_answered_by_its_reply_channel() {
    let transport = Arc::new(Memory::new());
    let mut router = Router::new();
    request_reply::CalculatorPeerServer::new(Shop).register(&mut router);
    let service = tidings::serve(transport.clone(), router).await.unwrap();
    let client = tidings::Client::new(transport);
    let replies = request_reply::PriceRepliesChannel::channel();
    let mut replies = client
        .subscribe::<request_reply::Price>(&replies, None)
        .await
        .unwrap();
    let item = "tea".to_owned();
    let ask = request_reply::AskPrice::new(request_reply::AskPricePayload::new(item));
    let prices = request_reply::PricesChannel::channel();
    client.send(&prices, &ask).await.unwrap();
    let reply = tokio::time::timeout(GRACE, replies.next()).await;
    assert_eq!(reply.unwrap().unwrap().unwrap().cents, 250);
    service.stop(GRACE).await.unwrap();
}

#[tokio::test]
async fn a_service_that_knows_only_the_document_answers_by_its_reply_channel() {
    let transport = Arc::new(Memory::new());
    let client = request_reply::CalculatorPeerClient::new(transport.clone());
    let other = tidings::Client::new(transport);
    let prices = request_reply::PricesChannel::channel();
    let mut asked = other
        .subscribe::<request_reply::AskPrice>(&prices, None)
        .await
        .unwrap();
    let answering = async {
        let asked = asked.next().await.unwrap().unwrap();
        assert_eq!(asked.metadata().reply_to, None);
        let price = request_reply::Price::new(request_reply::PricePayload::new(7));
        let mut reply = price.encode().unwrap();
        reply
            .correlation_id
            .clone_from(&asked.metadata().correlation_id);
        let replies = request_reply::PriceRepliesChannel::channel();
        other.publish(&Outgoing::new(replies, reply)).await.unwrap();
        asked.ack().await.unwrap();
    };
    let item = "tea".to_owned();
    let asking = client
        .ask_price(request_reply::AskPricePayload::new(item))
        .timeout(GRACE);
    let (price, ()) = tokio::join!(asking.into_future(), answering);
    assert_eq!(price.unwrap().cents, 7);
}

/// Knows no price.
struct Closed;

impl request_reply::CalculatorPeerService for Closed {
    async fn ask_price(
        &self,
        _: Received<request_reply::AskPrice>,
    ) -> Result<request_reply::Price, HandlerError> {
        Err(HandlerError::reject("closed"))
    }
}

#[tokio::test]
async fn requests_are_refused_by_the_reply_channel_too() {
    let transport = Arc::new(Memory::new());
    let mut router = Router::new();
    request_reply::CalculatorPeerServer::new(Closed).register(&mut router);
    let service = tidings::serve(transport.clone(), router).await.unwrap();
    let client = request_reply::CalculatorPeerClient::new(transport);
    let item = "tea".to_owned();
    let ask = client
        .ask_price(request_reply::AskPricePayload::new(item))
        .timeout(GRACE);
    let reply = ask.await;
    assert!(
        matches!(&reply, Err(RequestError::Refused(why)) if why == "rejected"),
        "{reply:?}"
    );
    service.stop(GRACE).await.unwrap();
}

struct Post(UnboundedSender<String>);

impl one_way::MailRoomService for Post {
    async fn deliver(
        &self,
        message: Received<one_way::DeliverCommand>,
    ) -> Result<(), HandlerError> {
        let text = match message.message {
            one_way::DeliverCommand::SendLetter(letter) => format!("letter to {}", letter.to),
            one_way::DeliverCommand::SendParcel(parcel) => {
                format!("{} g to {}", parcel.grams, parcel.to)
            }
        };
        self.0.send(text).map_err(HandlerError::reject)
    }

    async fn ring(&self, _: Received<one_way::Ring>) -> Result<(), HandlerError> {
        self.0.send("ring".to_owned()).map_err(HandlerError::reject)
    }
}

#[tokio::test]
async fn commands_reach_the_service() {
    let transport = Arc::new(Memory::new());
    let (sender, mut done) = unbounded_channel();
    let mut router = Router::new();
    one_way::MailRoomServer::new(Post(sender)).register(&mut router);
    let service = tidings::serve(transport.clone(), router).await.unwrap();

    let client = one_way::MailRoomClient::new(transport);
    client
        .deliver(one_way::SendLetter::new(one_way::SendLetterPayload::new(
            "Ada",
        )))
        .await
        .unwrap();
    assert_eq!(done.recv().await.as_deref(), Some("letter to Ada"));
    client
        .deliver(one_way::SendParcel::new(one_way::SendParcelPayload::new(
            "Bob", 5,
        )))
        .await
        .unwrap();
    assert_eq!(done.recv().await.as_deref(), Some("5 g to Bob"));
    client.ring(one_way::Ring).await.unwrap();
    assert_eq!(done.recv().await.as_deref(), Some("ring"));
    let invalid = one_way::SendLetter::new(one_way::SendLetterPayload::new(String::new()));
    assert!(client.deliver(invalid).await.is_err());
    service.stop(GRACE).await.unwrap();
}

#[tokio::test]
async fn events_reach_every_group() {
    let transport = Arc::new(Memory::new());
    let channel = publish_subscribe::ReadingsChannel {
        station: "north".parse().unwrap(),
    };
    let client = publish_subscribe::WeatherStationClient::new(transport.clone());
    let first = client.subscribe_to_readings(&channel, Some("first"));
    let second = client.subscribe_to_readings(&channel, Some("second"));
    let (mut first, mut second) = (first.await.unwrap(), second.await.unwrap());

    let station = publish_subscribe::WeatherStationPeerClient::new(transport);
    let reading =
        publish_subscribe::Temperature::new(publish_subscribe::TemperaturePayload::new(20.5));
    station
        .publish_readings(&channel, reading.clone())
        .await
        .unwrap();
    for subscription in [&mut first, &mut second] {
        let event = subscription.next().await.unwrap().unwrap();
        assert_eq!(
            *event,
            publish_subscribe::ReadingsEvent::Temperature(reading.clone())
        );
        event.ack().await.unwrap();
    }
}

#[tokio::test]
async fn all_channels_of_an_address_are_heard_at_once() {
    let transport = Arc::new(Memory::new());
    let client = publish_subscribe::WeatherStationClient::new(transport.clone());
    let any = publish_subscribe::ReadingsFilter::any();
    let mut all = client
        .subscribe_to_readings(any, Some("all"))
        .await
        .unwrap();
    let publisher = publish_subscribe::WeatherStationPeerClient::new(transport);
    for name in ["north", "south"] {
        let station = name.parse().unwrap();
        let channel = publish_subscribe::ReadingsChannel { station };
        let millimetres = 2.5;
        let rain = publish_subscribe::RainPayload::new(millimetres);
        let rain = publish_subscribe::Rain::new(rain);
        publisher.publish_readings(&channel, rain).await.unwrap();
        let event = all.next().await.unwrap().unwrap();
        assert_eq!(event.metadata().channel(), Ok(channel));
        event.ack().await.unwrap();
    }
}

/// Tells the region that an order came by.
pub(crate) struct Regional(pub(crate) UnboundedSender<parameters::RegionParameter>);

impl parameters::ParametersService for Regional {
    async fn place_order(
        &self,
        channel: parameters::OrderCommandsChannel,
        _: Received<parameters::PlaceOrder>,
    ) -> Result<(), HandlerError> {
        self.0.send(channel.region).map_err(HandlerError::reject)
    }

    async fn outcome(
        &self,
        _: parameters::OutcomesChannel,
        _: Received<parameters::Outcome>,
    ) -> Result<(), HandlerError> {
        Ok(())
    }

    async fn ping(&self, _: Received<parameters::Ping>) -> Result<(), HandlerError> {
        Ok(())
    }
}

#[tokio::test]
async fn all_channels_of_an_address_are_served_at_once() {
    use parameters::RegionParameter::{Eu, Us};
    let transport = Arc::new(Memory::new());
    let (sender, mut done) = unbounded_channel();
    let mut router = Router::new();
    let any = parameters::OrderCommandsFilter::any();
    parameters::ParametersServer::new(Regional(sender)).register_place_order(&mut router, any);
    let service = tidings::serve(transport.clone(), router).await.unwrap();
    let client = parameters::ParametersClient::new(transport);
    for region in [Us, Eu] {
        let channel = parameters::OrderCommandsChannel { region };
        let id = "1".to_owned();
        let order = parameters::PlaceOrder::new(parameters::PlaceOrderPayload::new(id));
        client.place_order(&channel, order).await.unwrap();
        assert_eq!(done.recv().await, Some(region));
    }
    service.stop(GRACE).await.unwrap();
}

#[tokio::test]
async fn channels_with_one_value_of_several_are_heard_at_once() {
    use parameters::{
        OrderEventsChannel, OrderEventsFilter, OrderPlaced, OrderPlacedPayload,
        Region::{Eu, Us},
    };
    let transport = Arc::new(Memory::new());
    let client = parameters::ParametersClient::new(transport.clone());
    let customer = "acme".parse().unwrap();
    let acme = OrderEventsFilter {
        customer: Some(customer),
        ..OrderEventsFilter::any()
    };
    let mut heard = client.subscribe_to_order_events(acme, None).await.unwrap();
    let service = parameters::ParametersPeerClient::new(transport);
    for (region, customer) in [(Eu, "acme"), (Us, "other"), (Us, "acme")] {
        let customer = customer.parse().unwrap();
        let channel = OrderEventsChannel { region, customer };
        let placed = OrderPlaced::new(OrderPlacedPayload::new("1"));
        service
            .publish_order_events(&channel, placed)
            .await
            .unwrap();
    }
    for expected in [Eu, Us] {
        let event = heard.next().await.unwrap().unwrap();
        let channel: OrderEventsChannel = event.metadata().channel().unwrap();
        assert_eq!(
            (channel.region, channel.customer.as_str()),
            (expected, "acme")
        );
        event.ack().await.unwrap();
    }
}

#[tokio::test]
async fn headers_that_the_document_does_not_describe_are_added() {
    let desk = headers::HeaderDeskClient::detached();
    let tell = || headers::Tell::new("at noon".to_owned(), "acme");
    let made = desk.tell(tell()).header("trace", "t-1").outgoing().unwrap();
    assert_eq!(
        made.message.header("trace").map(|text| &text[..]),
        Some(&b"t-1"[..])
    );
    assert_eq!(headers::Tell::decode(&made.message), Ok(tell()));
    let error = desk.tell(tell()).header("tenant", "other").outgoing();
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("/headers/tenant: is the message's own"),
        "{error}"
    );
    let ask = headers::Ask::new(headers::AskPayload::new("why"));
    assert!(desk.ask(ask).header("mode", "slow").await.is_err());
}

struct Hotel(&'static str);

impl gather::RoomFinderPeerService for Hotel {
    async fn enquire(
        &self,
        message: Received<gather::Enquiry>,
    ) -> Result<gather::Offer, HandlerError> {
        Ok(gather::OfferPayload::new(format!("{} for {} nights", self.0, message.nights)).into())
    }
}

#[tokio::test]
async fn answers_to_one_question_are_gathered() {
    let transport = Arc::new(Memory::new());
    let mut services = Vec::new();
    for name in ["Ritz", "Savoy"] {
        let mut router = Router::new();
        router.group(name);
        gather::RoomFinderPeerServer::new(Hotel(name)).register(&mut router);
        services.push(tidings::serve(transport.clone(), router).await.unwrap());
    }
    let client = gather::RoomFinderPeerClient::new(transport);
    let mut responses = client
        .enquire(gather::EnquiryPayload::new(2))
        .gather(2, GRACE)
        .await
        .unwrap();
    let mut offers = Vec::new();
    while let Some(offer) = responses.next().await {
        offers.push(offer.unwrap().message.payload.hotel);
    }
    offers.sort();
    assert_eq!(offers, ["Ritz for 2 nights", "Savoy for 2 nights"]);
    for service in services {
        service.stop(GRACE).await.unwrap();
    }
}

struct Oracle;

impl headers::HeaderDeskService for Oracle {
    async fn ask(
        &self,
        message: Received<headers::Ask>,
    ) -> Result<headers::AskReply, HandlerError> {
        assert!(
            !message.headers.reply_to.is_empty(),
            "the runtime sets the header that the document names"
        );
        if message.text == "how much" {
            let reason = "no money here".to_owned();
            return Ok(headers::Refusal::new(headers::RefusalPayload::new(reason)).into());
        }
        let text = format!("{} because", message.text);
        Ok(headers::Answer::new(headers::AnswerPayload::new(text)).into())
    }

    async fn tell(&self, _: Received<headers::Tell>) -> Result<(), HandlerError> {
        Ok(())
    }
}

#[tokio::test]
async fn replies_carry_the_correlation_id_where_the_document_wants_it() {
    let transport = Arc::new(Memory::new());
    let mut router = Router::new();
    headers::HeaderDeskServer::new(Oracle).register(&mut router);
    let service = tidings::serve(transport.clone(), router).await.unwrap();
    let client = headers::HeaderDeskClient::new(transport);
    let ask = |text: &str| {
        let text = text.to_owned();
        let ask = headers::Ask::new(headers::AskPayload::new(text));
        (
            ask.headers.correlation_id.to_string(),
            client.ask(ask).timeout(GRACE),
        )
    };
    let (id, request) = ask("why");
    let Ok(headers::AskReply::Answer(answer)) = request.await else {
        panic!("no answer")
    };
    assert_eq!(answer.headers.correlation_id, id);
    assert_eq!(answer.text, "why because");
    let (id, request) = ask("how much");
    let Ok(headers::AskReply::Refusal(refusal)) = request.await else {
        panic!("no refusal")
    };
    assert_eq!(refusal.headers.in_reply_to, id);
    service.stop(GRACE).await.unwrap();
}
