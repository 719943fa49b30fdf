"""The order service's clients, and a stand-in for the service, by confluent-kafka."""
import time
import uuid

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from document import COMMANDS, EVENTS, PATIENCE, Message, correlation_of, event, ready, reply, request, run, show

# Records have headers only: what AMQP has properties for is where the service looks for it.
ABOUT = {
    "message_id": "message-id",
    "type": "message-name",
    "content_type": "content-type",
    "correlation_id": "correlation-id",
    "reply_to": "reply-to",
}


def server(url):
    return {"bootstrap.servers": url.removeprefix("kafka://")}


def producer(url):
    # Keys go where the clients for Java send them, and ours.
    return Producer(server(url) | {"acks": "all", "partitioner": "murmur2_random"})


def send(producer, topic, message):
    headers = {name: str(value) for name, value in message.headers.items()}
    headers |= {ABOUT[name]: value for name, value in message.about.items() if name in ABOUT}
    # The time of the record, in milliseconds; 0 is now.
    made, failed = message.about.get("timestamp", 0) * 1000, []
    producer.produce(
        topic, message.body, message.key, headers=list(headers.items()), timestamp=made,
        on_delivery=lambda error, _: error and failed.append(error),
    )
    if producer.flush(PATIENCE) or failed:
        raise SystemExit(f"not sent to {topic}: {failed}")


def read(record):
    headers = {name: (value or b"").decode() for name, value in record.headers() or []}
    key = record.key() and record.key().decode()
    return Message(record.value() or b"", headers, {}, key)


def messages(consumer):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        record = consumer.poll(0.2)
        if record is None:
            continue
        if record.error():
            raise SystemExit(record.error())
        yield record
        until = time.monotonic() + PATIENCE
    raise SystemExit(f"nothing came within {PATIENCE} s")


def all_of(url, topic, from_now_on=False):
    """Reads all partitions of a topic, without a group."""
    consumer = Consumer(server(url) | {"group.id": "none", "enable.auto.commit": False})
    partitions = consumer.list_topics(topic, PATIENCE).topics[topic].partitions
    places = [TopicPartition(topic, number) for number in partitions]
    for place in places:
        oldest, next_one = consumer.get_watermark_offsets(place, PATIENCE)
        place.offset = next_one if from_now_on else oldest
    consumer.assign(places)
    return consumer


def ask(url, *kinds):
    admin, replies = AdminClient(server(url)), f"replies.{uuid.uuid4()}"
    admin.create_topics([NewTopic(replies, 1, 1)])[replies].result(PATIENCE)
    consumer, sender = all_of(url, replies), producer(url)
    for kind in kinds:
        correlation, message = request(kind, replies)
        send(sender, COMMANDS, message)
        answer = next(one for one in map(read, messages(consumer)) if correlation_of(one) == correlation)
        show(answer, correlation=correlation)
    admin.delete_topics([replies])[replies].result(PATIENCE)


def serve(url):
    # Who answers the commands is one group, named as their topic, whose members share in one way.
    joining = {
        "group.id": COMMANDS,
        "partition.assignment.strategy": "cooperative-sticky",
        "auto.offset.reset": "earliest",
        "session.timeout.ms": 6000,
    }
    consumer = Consumer(server(url) | joining)
    # Others of the group may come and go.
    consumer.subscribe([COMMANDS], on_assign=once(ready))
    sender = producer(url)
    try:
        for number, record in enumerate(messages(consumer)):
            order = read(record)
            show(order)
            send(sender, order.headers["replyTo"], reply(order, named=number > 0))
            consumer.commit(record, asynchronous=False)
    finally:
        # Whoever is in the group else need not wait until it is missed.
        consumer.close()


def once(says):
    said = []
    return lambda *_: said or said.append(says())


def publish(url, *kinds):
    sender = producer(url)
    for kind in kinds:
        send(sender, EVENTS, event(kind))


def publish_keys(url, topic, *keys):
    sender = producer(url)
    for key in keys:
        send(sender, topic, event(key))


def listen(url, topic=EVENTS):
    consumer = all_of(url, topic, from_now_on=True)
    ready()
    for record in messages(consumer):
        show(read(record), partition=record.partition())


def take(url, topic):
    """Reads what is in a topic, for ever."""
    for record in messages(all_of(url, topic)):
        show(read(record))


run({
    "ask": ask, "serve": serve, "publish": publish, "publish-keys": publish_keys, "listen": listen, "take": take,
})
