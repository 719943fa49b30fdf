//! What documents need of transports: the table of brokers, and services that do not start on the wrong one.
use crate::narrow::Narrow;
use std::{sync::Arc, time::Duration};
use tidings::{
    Capabilities, Channel,
    ChannelKind::{PointToPoint, PublishSubscribe},
    ErrorKind, HandlerError, Memory, Received, Requirement, Router,
    transport::{Affinity, HeaderSupport, Order, Transport},
};
use tidings_codegen::{BROKERS, Broker};
use tidings_multicast::MulticastTransport;
use tidings_socket::SocketTransport;

/// That a broker's line in the table is what its transport says.
fn same(broker: &Broker, can: &Capabilities) {
    let name = broker.name;
    assert_eq!(broker.point_to_point, can.point_to_point, "{name}");
    assert_eq!(broker.publish_subscribe, can.publish_subscribe, "{name}");
    assert_eq!(broker.groups, can.groups, "{name}");
    let keys = can.affinity != Affinity::None && can.order >= Order::Key;
    assert_eq!(broker.key_order, keys, "{name}");
    assert_eq!(broker.native_reply, can.native_reply, "{name}");
    assert_eq!(broker.wildcards, can.wildcards, "{name}");
    assert_eq!(broker.wildcard_queues, can.wildcards, "{name}");
    assert_eq!(
        broker.delay_seconds,
        can.delay.unwrap_or_default().as_secs(),
        "{name}"
    );
    let headers = match can.headers {
        HeaderSupport::Native { max_bytes } => max_bytes.unwrap_or(usize::MAX),
        _ => can.max_bytes,
    };
    assert_eq!(broker.header_bytes, headers, "{name}");
    assert_eq!(broker.message_bytes, can.max_bytes, "{name}");
}

#[tokio::test]
async fn the_table_of_brokers_is_what_their_transports_say() {
    let listening = SocketTransport::listen("tcp:127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let socket = SocketTransport::connect(listening.address().clone())
        .await
        .unwrap();
    let memory = Memory::new();
    let multicast = MulticastTransport::open("udp://239.255.0.1:7400?interface=127.0.0.1").unwrap();
    for kind in [PointToPoint, PublishSubscribe] {
        let channel = Channel::new(kind, "a");
        for broker in BROKERS {
            match broker.name {
                "memory" => same(broker, &Transport::capabilities(&memory, &channel)),
                "socket" => same(broker, &Transport::capabilities(&socket, &channel)),
                "multicast" => same(broker, &Transport::capabilities(&multicast, &channel)),
                // Compared by their own tests, which build their clients.
                "activemq" | "artemis" | "kafka" | "rabbitmq" | "sqs" | "sns" | "kinesis"
                | "aws" => {}
                other => panic!("{other} is compared with nothing"),
            }
        }
    }
    socket.close(Duration::from_secs(1)).await.unwrap();
}

#[test]
fn channels_need_what_the_document_says() {
    let requests = Requirement::new(PointToPoint, "calculator.requests").with_replies();
    assert_eq!(request_reply::RequestsChannel::REQUIREMENT, requests);
    let prices = Requirement::new(PointToPoint, "prices");
    let replies = Requirement::new(PublishSubscribe, "prices.replies");
    assert_eq!(request_reply::REQUIREMENTS, [requests, prices, replies]);
    let orders = keys::OrdersChannel::REQUIREMENT;
    assert!(orders.key_order && !orders.wildcards);
    // Nothing lists the values of one, everything those of the other.
    let commands = parameters::OrderCommandsChannel::REQUIREMENT;
    assert!(!commands.wildcards);
    let ask = headers::REQUIREMENTS[0];
    assert!(ask.header_bytes > "correlationId".len(), "{ask:?}");
}

struct Ringing;

impl one_way::MailRoomService for Ringing {
    async fn deliver(&self, _: Received<one_way::DeliverCommand>) -> Result<(), HandlerError> {
        Ok(())
    }

    async fn ring(&self, _: Received<one_way::Ring>) -> Result<(), HandlerError> {
        Ok(())
    }
}

/// Why a service does not start where there are no topics.
async fn without_topics(register: impl FnOnce(&mut Router)) -> String {
    let queues = Narrow::new(|can| can.publish_subscribe = false);
    let mut router = Router::new();
    register(&mut router);
    let started = tidings::serve(Arc::new(queues), router).await;
    started.err().unwrap().to_string()
}

#[tokio::test]
async fn a_service_does_not_start_on_a_transport_that_cannot_carry_what_it_sends() {
    let error = without_topics(|router| {
        request_reply::CalculatorServer::new(crate::styles::Calculator).register(router);
    });
    let error = error.await;
    assert!(
        error.contains("publish-subscribe channels") && error.contains("`prices.replies`"),
        "{error}"
    );
    // Where no channel is handled whose address is always the same, too.
    let (sender, _done) = tokio::sync::mpsc::unbounded_channel();
    let eu = parameters::OrderCommandsChannel {
        region: parameters::RegionParameter::Eu,
    };
    let error = without_topics(|router| {
        let server = parameters::ParametersServer::new(crate::styles::Regional(sender));
        server.register_place_order(router, &eu);
    });
    let (error, sent) = (error.await, parameters::OrderEventsChannel::ADDRESS);
    assert!(
        error.contains("publish-subscribe channels") && error.contains(sent),
        "{error}"
    );
}

#[tokio::test]
async fn a_service_does_not_start_on_a_transport_that_cannot_carry_it() {
    let topics = Narrow::new(|can| can.point_to_point = false);
    let mut router = Router::new();
    one_way::MailRoomServer::new(Ringing).register(&mut router);
    let error = tidings::serve(Arc::new(topics), router)
        .await
        .err()
        .unwrap();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let text = error.to_string();
    let address = one_way::REQUIREMENTS[0].address;
    assert!(
        text.contains("point-to-point channels") && text.contains(address),
        "{text}"
    );

    let unordered = Narrow::new(|can| can.affinity = Affinity::None);
    let checked = keys::OrdersChannel::REQUIREMENT.check(&unordered);
    assert!(checked.unwrap_err().to_string().contains("order by key"));

    let plain = Narrow::new(|can| can.wildcards = false);
    let client = publish_subscribe::WeatherStationClient::new(Arc::new(plain));
    let any = publish_subscribe::ReadingsFilter::any();
    let error = client.subscribe_to_readings(any, None).await.err().unwrap();
    assert!(
        error.to_string().contains("wildcard subscriptions"),
        "{error}"
    );
}
