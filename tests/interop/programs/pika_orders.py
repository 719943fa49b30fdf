"""The order service's clients, and a stand-in for the service, by pika."""
import pika

from document import COMMANDS, EVENTS, PATIENCE, Message, correlation_of, event, ready, reply, request, run, show

# The queue that is none: a broker gives what is sent to it to the connection that asked.
DIRECT = "amq.rabbitmq.reply-to"
PROPERTIES = [
    "app_id", "content_encoding", "content_type", "correlation_id", "delivery_mode", "expiration",
    "message_id", "priority", "reply_to", "timestamp", "type", "user_id",
]


def connect(url):
    channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
    channel.confirm_delivery()
    return channel


def send(channel, exchange, key, message):
    headers = message.headers | ({"tidings-key": message.key} if message.key else {})
    properties = pika.BasicProperties(headers=headers or None, **message.about)
    channel.basic_publish(exchange, key, message.body, properties, mandatory=True)


def read(properties, body):
    about = {name: getattr(properties, name) for name in PROPERTIES}
    about = {name: value for name, value in about.items() if value is not None}
    return Message(body, properties.headers or {}, about)


def messages(channel, queue):
    for method, properties, body in channel.consume(queue, inactivity_timeout=PATIENCE):
        if method is None:
            raise SystemExit(f"nothing came within {PATIENCE} s")
        channel.basic_ack(method.delivery_tag)
        yield read(properties, body)


def command_queue(channel):
    # Its messages have keys, so that one consumer at a time gets them.
    channel.queue_declare(COMMANDS, durable=True, arguments={"x-single-active-consumer": True})


def ask(url, *kinds):
    channel = connect(url)
    replies = channel.queue_declare("", exclusive=True).method.queue
    incoming = messages(channel, replies)
    for kind in kinds:
        correlation, message = request(kind, replies)
        send(channel, "", COMMANDS, message)
        answer = next(one for one in incoming if correlation_of(one) == correlation)
        show(answer, correlation=correlation)


def ask_directly(url):
    """By the broker's direct reply-to, which wants no queue."""
    channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
    got = []
    channel.basic_consume(DIRECT, lambda _channel, _method, *rest: got.append(read(*rest)), auto_ack=True)
    correlation, message = request("by-properties", DIRECT)
    send(channel, "", COMMANDS, message)
    channel.connection.process_data_events(PATIENCE)
    show(got[0], correlation=correlation)


def serve(url):
    channel = connect(url)
    command_queue(channel)
    ready()
    for number, order in enumerate(messages(channel, COMMANDS)):
        show(order)
        send(channel, "", order.headers["replyTo"], reply(order, named=number > 0))


def publish(url, *kinds):
    channel = connect(url)
    for kind in kinds:
        send(channel, "amq.topic", EVENTS, event(kind))


def listen(url):
    channel = connect(url)
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, "amq.topic", "orders.*.events")
    ready()
    for one in messages(channel, queue):
        show(one)


def take(url, queue):
    """Takes what is in a queue, for ever."""
    for one in messages(connect(url), queue):
        show(one)


if __name__ == "__main__":
    run({"ask": ask, "ask-directly": ask_directly, "serve": serve, "publish": publish, "listen": listen, "take": take})
