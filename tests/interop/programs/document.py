"""What a programmer takes from the document of the order service, to speak with it by a broker.

Nothing here knows of Tidings; the programs beside it know what the page of their broker for other clients says, `INTEROP.md`,
and nothing else. A message is what all brokers have of it: `about`, which AMQP has properties for, headers, a key and a body.
"""
import json
import os
import signal
import sys
import threading
import uuid
from dataclasses import dataclass, field

COMMANDS = "orders.commands"
EVENTS = "orders.eu.events"
# The place of a caller in a trace, as the W3C writes it.
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
# How long anything may take, in seconds.
PATIENCE = 20


@dataclass
class Message:
    body: bytes
    headers: dict = field(default_factory=dict)
    about: dict = field(default_factory=dict)
    key: str | None = None


def _json(value):
    return json.dumps(value).encode()


def _order(quantity):
    return _json({
        "customer": "C-2001",
        "lines": [{"sku": "mug-blue", "quantity": quantity}],
        "delivery": {"kind": "pickup", "shop": "aarhus-c"},
    })


def request(kind, reply_to):
    """A request of that kind, and the correlation id that its reply has."""
    correlation = str(uuid.uuid4())
    headers = {"correlationId": correlation, "replyTo": reply_to}
    named = {"type": "CreateOrder", "content_type": "application/json"}
    return correlation, {
        # What the document asks for, and nothing else.
        "plain": lambda: Message(_order(2), headers),
        "too-many": lambda: Message(_order(500), headers),
        # All that the broker has a place for.
        "full": lambda: Message(
            _order(1),
            headers | {"tenant": "acme", "traceparent": TRACE},
            named
            | {"message_id": "request-1", "correlation_id": correlation, "reply_to": reply_to, "timestamp": 1_700_000_000},
            key="C-2001",
        ),
        # Where the reply goes, by the broker's own means only.
        "by-properties": lambda: Message(
            _order(1), {"correlationId": correlation}, {"correlation_id": correlation, "reply_to": reply_to}
        ),
        "broken": lambda: Message(b"{", headers, named),
        "unknown": lambda: Message(_order(1), headers, {"type": "NoSuchMessage"}),
        "unfit": lambda: Message(b"{}", headers),
        "too-little": lambda: Message(_order(0), headers, named),
    }[kind]()


def reply(to, named):
    """The answer to a received order: its headers are those of the document."""
    lines = json.loads(to.body)["lines"]
    headers = {"correlationId": to.headers["correlationId"]}
    if lines[0]["quantity"] > 10:
        name, body = "OrderRejected", {"reason": "out_of_stock", "sku": lines[0]["sku"]}
    else:
        name, body = "OrderCreated", {"orderId": "O-000042"}
    return Message(_json(body), headers, {"type": name} if named else {})


def event(kind):
    """An event, or what should be one."""
    # The order of that number was cancelled.
    if kind.startswith("O-"):
        return Message(_json({"orderId": kind}), key=kind)
    placed = _json({"orderId": "O-000007", "placedAt": "2026-03-01T09:30:00Z"})
    return {
        # An order that was cancelled: no other event has no more than that.
        "plain": lambda: Message(_json({"orderId": "O-000008"})),
        "ambiguous": lambda: Message(placed),
        "named": lambda: Message(placed, {}, {"type": "OrderPlaced"}),
        "full": lambda: Message(
            placed,
            {"traceparent": TRACE, "shop": "aarhus-c", "copies": 3},
            {"type": "OrderPlaced", "content_type": "application/json", "message_id": "event-1", "correlation_id": "c-1"},
            key="O-000007",
        ),
        "broken": lambda: Message(b"{", {}, {"type": "OrderPlaced"}),
        "unknown": lambda: Message(b"{}", {}, {"type": "OrderArchived"}),
    }[kind]()


def correlation_of(message):
    """By the header of the document."""
    return message.headers.get("correlationId")


def _text(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def show(message, **more):
    """Says what came, as a line of JSON whose values are texts."""
    line = {
        "about": {name: _text(value) for name, value in message.about.items()},
        "headers": {name: _text(value) for name, value in message.headers.items()},
        "key": message.key,
        "body": _text(message.body),
    }
    print(json.dumps(line | more), flush=True)


def ready():
    print("ready", flush=True)


def run(commands):
    """Runs the command of that name, with where the broker is and what else stands behind it, until it ends or its input does."""
    threading.Thread(target=_interrupt_at_end, daemon=True).start()
    try:
        commands[sys.argv[1]](sys.argv[2], *sys.argv[3:])
    except KeyboardInterrupt:
        pass


def _interrupt_at_end():
    while os.read(0, 1):
        pass
    signal.raise_signal(signal.SIGINT)
