"""The order service's clients, and a stand-in for the service, by boto3: commands and events in streams of Kinesis."""
import base64
import json
import re
import time
import uuid
from datetime import datetime, timezone

import boto3

from document import COMMANDS, EVENTS, PATIENCE, Message, correlation_of, event, ready, reply, request, run, show

# What an attribute of an event has of a message, and what of it is around a body.
ABOUT = {
    "message_id": "id",
    "type": "type",
    "content_type": "datacontenttype",
    "correlation_id": "correlationid",
    "reply_to": "replyto",
}
AROUND = [*ABOUT.values(), "time", "expirytime"]
NAMELESS = "tidings.nameless"


class Kinesis:
    def __init__(self, url):
        key, secret, host, region = re.fullmatch(r"kinesis://(\w+):(\w+)@([^?]+)\?region=([^&]+).*", url).groups()
        credentials = {"aws_access_key_id": key, "aws_secret_access_key": secret}
        self.client = boto3.client("kinesis", endpoint_url=f"http://{host}", region_name=region, **credentials)

    def make(self, name):
        self.client.create_stream(StreamName=name, ShardCount=1)
        self.client.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})

    def send(self, stream, message):
        key = message.key or str(uuid.uuid4())
        self.client.put_record(StreamName=stream, Data=json.dumps(around(message)), PartitionKey=key)

    def iterators(self, stream, where):
        shards = self.client.list_shards(StreamName=stream)["Shards"]
        ids = [shard["ShardId"] for shard in shards]
        one = self.client.get_shard_iterator
        return [one(StreamName=stream, ShardId=shard, ShardIteratorType=where)["ShardIterator"] for shard in ids]

    def messages(self, iterators):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for at, iterator in enumerate(iterators):
                came = self.client.get_records(ShardIterator=iterator)
                iterators[at] = came["NextShardIterator"]
                for record in came["Records"]:
                    yield read(record)
                    until = time.monotonic() + PATIENCE
            time.sleep(0.1)
        raise SystemExit(f"nothing came within {PATIENCE} s")


def around(message):
    event = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": "/python", "type": NAMELESS}
    event |= {ABOUT[name]: value for name, value in message.about.items() if name in ABOUT}
    if "timestamp" in message.about:
        event["time"] = datetime.fromtimestamp(message.about["timestamp"], timezone.utc).isoformat()
    if not message.key:
        event["keyless"] = True
    event["headers"] = json.dumps([[name, str(value)] for name, value in message.headers.items()])
    try:
        event["data"] = json.loads(message.body)
    except ValueError:
        event["data_base64"] = base64.b64encode(message.body).decode()
    return event


def value(text):
    return text if isinstance(text, str) else base64.b64decode(text["base64"]).decode()


def read(record):
    event = json.loads(record["Data"])
    about = {f"kinesis.{name}": told for name in AROUND if (told := event.pop(name, NAMELESS)) != NAMELESS}
    key = None if event.pop("keyless", False) else record["PartitionKey"]
    packed = event.pop("data_base64", None)
    body = json.dumps(event.pop("data", None)).encode() if packed is None else base64.b64decode(packed)
    packed = json.loads(event.pop("headers", "[]"))
    for name in ("specversion", "source"):
        del event[name]
    headers = event | {pair[0]: value(pair[1]) for pair in packed if not isinstance(pair, str)}
    return Message(body, headers | about, {}, key)


def ask(url, *kinds):
    kinesis, name = Kinesis(url), f"replies-{uuid.uuid4()}"
    kinesis.make(name)
    incoming = kinesis.messages(kinesis.iterators(name, "TRIM_HORIZON"))
    for kind in kinds:
        correlation, message = request(kind, name)
        kinesis.send(COMMANDS, message)
        answer = next(one for one in incoming if correlation_of(one) == correlation)
        show(answer, correlation=correlation)
    incoming.close()
    kinesis.client.delete_stream(StreamName=name)


def serve(url):
    kinesis = Kinesis(url)
    incoming = kinesis.messages(kinesis.iterators(COMMANDS, "LATEST"))
    ready()
    for number, order in enumerate(incoming):
        show(order)
        kinesis.send(order.headers["replyTo"], reply(order, named=number > 0))


def publish(url, *kinds):
    kinesis = Kinesis(url)
    for kind in kinds:
        kinesis.send(EVENTS, event(kind))


def listen(url):
    kinesis = Kinesis(url)
    incoming = kinesis.messages(kinesis.iterators(EVENTS, "LATEST"))
    ready()
    for message in incoming:
        show(message)


def take(url, address):
    """Shows what comes to the stream of an address, for ever."""
    kinesis = Kinesis(url)
    for message in kinesis.messages(kinesis.iterators(address, "TRIM_HORIZON")):
        show(message)


run({"ask": ask, "serve": serve, "publish": publish, "listen": listen, "take": take})
