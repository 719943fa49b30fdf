"""The order service's clients, and a stand-in for the service, by aio-pika."""
import asyncio
from contextlib import aclosing, asynccontextmanager

import aio_pika

from document import COMMANDS, EVENTS, PATIENCE, Message, correlation_of, event, ready, reply, request, run, show

# The queue that is none: a broker gives what is sent to it to the connection that asked.
DIRECT = "amq.rabbitmq.reply-to"
PROPERTIES = [
    "app_id", "content_encoding", "content_type", "correlation_id", "delivery_mode", "expiration",
    "message_id", "priority", "reply_to", "timestamp", "type", "user_id",
]


@asynccontextmanager
async def channel_to(url):
    async with await aio_pika.connect(url) as connection:
        yield await connection.channel()


async def send(exchange, key, message):
    headers = message.headers | ({"tidings-key": message.key} if message.key else {})
    await exchange.publish(aio_pika.Message(message.body, headers=headers, **message.about), key)


def read(incoming):
    about = {name: getattr(incoming, name) for name in PROPERTIES}
    # What is missing is nothing, or zero.
    about = {name: value for name, value in about.items() if value}
    return Message(incoming.body, incoming.headers, about)


async def messages(queue):
    async with queue.iterator(timeout=PATIENCE) as incoming:
        async for one in incoming:
            await one.ack()
            yield read(one)


async def ask(url, *kinds):
    async with channel_to(url) as channel:
        replies = await channel.declare_queue(exclusive=True)
        async with aclosing(messages(replies)) as incoming:
            for kind in kinds:
                correlation, message = request(kind, replies.name)
                await send(channel.default_exchange, COMMANDS, message)
                answer = await anext(incoming)
                while correlation_of(answer) != correlation:
                    answer = await anext(incoming)
                show(answer, correlation=correlation)


async def ask_directly(url):
    """By the broker's direct reply-to, which wants no queue."""
    async with channel_to(url) as channel:
        replies = await channel.get_queue(DIRECT, ensure=False)
        got = asyncio.get_running_loop().create_future()
        await replies.consume(got.set_result, no_ack=True)
        correlation, message = request("by-properties", DIRECT)
        await send(channel.default_exchange, COMMANDS, message)
        show(read(await asyncio.wait_for(got, PATIENCE)), correlation=correlation)


async def serve(url):
    async with channel_to(url) as channel:
        # Its messages have keys, so that one consumer at a time gets them.
        commands = await channel.declare_queue(COMMANDS, durable=True, arguments={"x-single-active-consumer": True})
        ready()
        answered = 0
        async for order in messages(commands):
            show(order)
            await send(channel.default_exchange, order.headers["replyTo"], reply(order, named=answered > 0))
            answered += 1


async def publish(url, *kinds):
    async with channel_to(url) as channel:
        topic = await channel.get_exchange("amq.topic", ensure=False)
        for kind in kinds:
            await send(topic, EVENTS, event(kind))


async def listen(url):
    async with channel_to(url) as channel:
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind("amq.topic", "orders.*.events")
        ready()
        async for one in messages(queue):
            show(one)


async def take(url, queue):
    """Takes what is in a queue, for ever."""
    async with channel_to(url) as channel:
        async for one in messages(await channel.get_queue(queue, ensure=False)):
            show(one)


def blocking(command):
    return lambda *arguments: asyncio.run(command(*arguments))


commands = {"ask": ask, "ask-directly": ask_directly, "serve": serve, "publish": publish, "listen": listen, "take": take}
run({name: blocking(command) for name, command in commands.items()})
