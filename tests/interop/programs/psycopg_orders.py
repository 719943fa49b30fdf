"""A shop and a dispatch whose data, messages and notes of what came are one transaction, by psycopg and pika.

Nothing here knows of Tidings but its tables, and what the page of the outbox says for programs in other languages.
"""
import json
import os
import signal
import time
import uuid

import psycopg

from document import COMMANDS, EVENTS, correlation_of, ready, run, show
from pika_orders import ask, command_queue, connect, listen, read, take

TOPIC = json.dumps({"publishSubscribe": True})
REPLIES = json.dumps({"forReplies": True})


def append(cursor, channel, body, **columns):
    """A message, in the transaction of the data that it tells of."""
    columns = {"channel": channel, "message_id": str(uuid.uuid4()), "body": json.dumps(body).encode()} | columns
    names, values = ", ".join(columns), ", ".join(["%s"] * len(columns))
    cursor.execute(f"insert into tidings_outbox ({names}) values ({values})", list(columns.values()))


def tell(cursor, name, order, more={}, **columns):
    """An event of an order, which is its key."""
    about = {"name": name, "content_type": "application/json", "message_key": order.encode(), "created_ms": int(time.time() * 1000)}
    append(cursor, EVENTS, {"orderId": order} | more, channel_settings=TOPIC, **about | columns)


def receive(cursor, consumer, message_id):
    """Whether that is new to the consumer."""
    cursor.execute(
        "insert into tidings_received (consumer, message_id, received_ms) values (%s, %s, %s) on conflict do nothing",
        [consumer, message_id, int(time.time() * 1000)],
    )
    return cursor.rowcount > 0


def deliveries(channel, queue):
    """What comes, numbered; each is acknowledged when the next is asked for."""
    for number, (method, properties, body) in enumerate(channel.consume(queue), 1):
        yield number, read(properties, body)
        channel.basic_ack(method.delivery_tag)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


PLACED = {"placedAt": "2026-03-01T09:30:00Z"}


def place(_url, database, audit):
    """Ten orders. Each third is rolled back with all that was written for it, each fifth taken back. Events are written twice."""
    with psycopg.connect(database) as connection:
        for number in range(1, 11):
            order = f"O-{number:06}"
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute("insert into orders values (%s)", [order])
                message_id = str(uuid.uuid4())
                for _ in range(2):
                    headers = json.dumps([["shop", "aarhus-c"]])
                    tell(cursor, "OrderPlaced", order, PLACED, message_id=message_id, headers=headers, correlation_id="c-1")
                append(cursor, audit, {"orderId": order})
                if number % 3 == 0:
                    raise psycopg.Rollback
            if number % 5 == 0:
                with connection.transaction(), connection.cursor() as cursor:
                    tell(cursor, "OrderCancelled", order)


def shop(url, database, consumer, dies_at="0"):
    """Takes orders: the order, its event and the reply are one transaction. Dies at a command, after the commit."""
    channel = connect(url)
    command_queue(channel)
    with psycopg.connect(database) as connection:
        ready()
        for number, command in deliveries(channel, COMMANDS):
            with connection.transaction(), connection.cursor() as cursor:
                if receive(cursor, consumer, command.about.get("message_id", str(uuid.uuid4()))) and "replyTo" in command.headers:
                    _take_order(cursor, command)
            if number == int(dies_at):
                die()


def _take_order(cursor, command):
    cursor.execute("insert into orders select 'O-' || lpad((count(*) + 1)::text, 6, '0') from orders returning order_id")
    order = cursor.fetchone()[0]
    tell(cursor, "OrderPlaced", order, PLACED)
    correlation = correlation_of(command)
    append(
        cursor,
        command.headers["replyTo"],
        {"orderId": order},
        channel_settings=REPLIES,
        name="OrderCreated",
        correlation_id=correlation,
        headers=json.dumps([["correlationId", correlation]]),
    )


def dispatch(url, database, consumer, queue, dies_at="0"):
    """Packs a parcel for each order that was placed. Dies at an event, after the commit."""
    channel = connect(url)
    channel.queue_declare(queue, durable=True, arguments={"x-expires": 600_000})
    channel.queue_bind(queue, "amq.topic", EVENTS)
    with psycopg.connect(database) as connection:
        ready()
        for number, event in deliveries(channel, queue):
            with connection.transaction(), connection.cursor() as cursor:
                if receive(cursor, consumer, event.about["message_id"]) and event.about["type"] == "OrderPlaced":
                    order = json.loads(event.body)["orderId"]
                    cursor.execute("insert into parcels (order_id, packer) values (%s, 'python')", [order])
            if number == int(dies_at):
                die()
            show(event)


run({"ask": ask, "dispatch": dispatch, "listen": listen, "place": place, "shop": shop, "take": take})
