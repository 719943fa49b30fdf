"""The order service's clients, and a stand-in for the service, by Apache Qpid Proton."""
from proton import Data, Message as Wire, Timeout, symbol
from proton.reactor import AtLeastOnce, ReceiverOption, SenderOption
from proton.utils import BlockingConnection

from document import COMMANDS, EVENTS, PATIENCE, Message, correlation_of, event, ready, reply, request, run, show


def capability(data, name):
    data.put_array(False, Data.SYMBOL)
    data.enter()
    data.put_symbol(symbol(name))
    data.exit()


class From(ReceiverOption):
    def __init__(self, kind):
        self.kind = kind

    def apply(self, receiver):
        capability(receiver.source.capabilities, self.kind)


class To(SenderOption):
    def __init__(self, kind):
        self.kind = kind

    def apply(self, sender):
        capability(sender.target.capabilities, self.kind)


class Broker:
    """Which names a queue and a topic have at the two brokers."""

    def __init__(self, url):
        self.connection = BlockingConnection(url.replace("amqp1:", "amqp:", 1), timeout=PATIENCE)
        # What it says of itself has come with its first answer.
        self.connection.create_sender(None).close()
        product = (self.connection.conn.remote_properties or {}).get(symbol("product"), "")
        self.senders = {}
        self.is_classic = "artemis" not in str(product)

    def address(self, kind, name):
        if not self.is_classic or "://" in name:
            return name
        return f"topic://VirtualTopic.{name}" if kind == "topic" else f"queue://{name}"

    def sender(self, kind, name):
        # One for each address, by which the client names its links.
        if name not in self.senders:
            self.senders[name] = self.connection.create_sender(self.address(kind, name), options=[AtLeastOnce(), To(kind)])
        return self.senders[name]

    def receiver(self, kind, name):
        return self.connection.create_receiver(self.address(kind, name), credit=10, options=[AtLeastOnce(), From(kind)])

    def replies(self):
        """A queue that goes with the connection, and its name."""
        receiver = self.connection.create_receiver(None, dynamic=True, credit=10)
        return receiver, receiver.link.remote_source.address


def write(message):
    about = dict(message.about)
    wire = Wire(body=message.body, properties=message.headers or None, durable=True, inferred=True)
    wire.subject = about.pop("type", None)
    wire.content_type = about.pop("content_type", None)
    wire.id = about.pop("message_id", None)
    wire.correlation_id = about.pop("correlation_id", None)
    wire.reply_to = about.pop("reply_to", None)
    if "timestamp" in about:
        wire.creation_time = about.pop("timestamp")
    wire.group_id = message.key
    return wire


def read(wire):
    about = {
        "type": wire.subject, "content_type": wire.content_type, "message_id": wire.id, "correlation_id": wire.correlation_id,
        "reply_to": wire.reply_to and wire.reply_to.removeprefix("queue://"), "creation_time": wire.creation_time or None,
        "absolute_expiry_time": wire.expiry_time or None, "to": wire.address,
    }
    about = {name: value for name, value in about.items() if value is not None}
    body = wire.body
    if isinstance(body, str):
        body = body.encode()
    return Message(bytes(body or b""), dict(wire.properties or {}), about, wire.group_id)


def messages(receiver):
    while True:
        try:
            wire = receiver.receive(timeout=PATIENCE)
        except Timeout:
            raise SystemExit(f"nothing came within {PATIENCE} s")
        receiver.accept()
        yield read(wire)


def ask(url, *kinds):
    broker = Broker(url)
    replies, address = broker.replies()
    commands = broker.sender("queue", COMMANDS)
    incoming = messages(replies)
    for kind in kinds:
        correlation, message = request(kind, address)
        commands.send(write(message))
        answer = next(one for one in incoming if correlation_of(one) == correlation)
        show(answer, correlation=correlation)


def serve(url):
    broker = Broker(url)
    commands = broker.receiver("queue", COMMANDS)
    ready()
    for number, order in enumerate(messages(commands)):
        show(order)
        broker.sender("queue", order.headers["replyTo"]).send(write(reply(order, named=number > 0)))


def publish(url, *kinds):
    events = Broker(url).sender("topic", EVENTS)
    for kind in kinds:
        events.send(write(event(kind)))


def listen(url):
    receiver = Broker(url).receiver("topic", EVENTS)
    ready()
    for one in messages(receiver):
        show(one)


def take(url, queue):
    """Takes what is in a queue, for ever."""
    for one in messages(Broker(url).receiver("queue", queue)):
        show(one)


if __name__ == "__main__":
    run({"ask": ask, "serve": serve, "publish": publish, "listen": listen, "take": take})
