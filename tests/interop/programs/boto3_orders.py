"""The order service's clients, and a stand-in for the service, by boto3: commands in a queue of SQS, events by a topic of SNS."""
import base64
import hashlib
import json
import re
import time
import uuid

import boto3

from document import COMMANDS, EVENTS, PATIENCE, Message, correlation_of, event, ready, reply, request, run, show

# What the attribute of that name has of a message.
OURS = "tidings"
ABOUT = {
    "message_id": "id",
    "type": "name",
    "content_type": "contentType",
    "correlation_id": "correlationId",
    "reply_to": "replyTo",
}


class Aws:
    def __init__(self, url):
        key, secret, host, region = re.fullmatch(r"aws://(\w+):(\w+)@([^?]+)\?region=(.+)", url).groups()
        place = {"endpoint_url": f"http://{host}", "region_name": region}
        credentials = {"aws_access_key_id": key, "aws_secret_access_key": secret}
        self.sqs = boto3.client("sqs", **place, **credentials)
        self.sns = boto3.client("sns", **place, **credentials)

    def queue(self, name):
        return self.sqs.get_queue_url(QueueName=name)["QueueUrl"]

    def topic(self, name):
        pages = self.sns.get_paginator("list_topics").paginate()
        arns = (topic["TopicArn"] for page in pages for topic in page["Topics"])
        return next(arn for arn in arns if arn.endswith(":" + name))

    def make(self, name, **attributes):
        return self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def send(self, queue, message, is_fifo):
        self.sqs.send_message(QueueUrl=queue, MessageBody=message.body.decode(), **parts(message, is_fifo))

    def publish(self, topic, message):
        self.sns.publish(TopicArn=topic, Message=message.body.decode(), **parts(message, True))

    def messages(self, queue):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            came = self.sqs.receive_message(
                QueueUrl=queue, WaitTimeSeconds=1, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"]
            )
            for wire in came.get("Messages", []):
                self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=wire["ReceiptHandle"])
                yield read(wire)
                until = time.monotonic() + PATIENCE
        raise SystemExit(f"nothing came within {PATIENCE} s")


def name_of(address, end=""):
    if re.fullmatch(r"\w+(-\w+)*", address, re.ASCII):
        return address + end
    digits = hashlib.sha256(address.encode()).hexdigest()[:12]
    return f"{address.replace('.', '-')}---{digits}{end}"


def parts(message, is_fifo):
    ours = {ABOUT[name]: value for name, value in message.about.items() if name in ABOUT}
    if "timestamp" in message.about:
        ours["created"] = message.about["timestamp"] * 1000
    if is_fifo and not message.key:
        ours["keyless"] = True
    texts = {name: str(value) for name, value in message.headers.items()}
    if ours:
        texts[OURS] = json.dumps(ours)
    attributes = {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}
    group = {"MessageGroupId": message.key or str(uuid.uuid4()), "MessageDeduplicationId": str(uuid.uuid4())}
    return {"MessageAttributes": attributes} | (group if is_fifo else {})


def value(text):
    return text if isinstance(text, str) else base64.b64decode(text["base64"])


def read(wire):
    headers = {name: told["StringValue"] for name, told in wire.get("MessageAttributes", {}).items()}
    ours = json.loads(headers.pop(OURS, "{}"))
    body = wire["Body"].encode()
    how = ours.pop("body", None)
    if how:
        body = b"" if how == "empty" else base64.b64decode(body)
    headers |= {pair[0]: value(pair[1]) for pair in ours.pop("headers", []) if not isinstance(pair, str)}
    group = wire["Attributes"].get("MessageGroupId")
    key = ours.pop("key", None if ours.pop("keyless", False) else group)
    headers |= {f"{OURS}.{name}": told for name, told in ours.items()}
    return Message(body, headers, {}, key and value(key))


def ask(url, *kinds):
    aws, name = Aws(url), f"replies-{uuid.uuid4()}"
    replies, commands = aws.make(name), aws.queue(name_of(COMMANDS, ".fifo"))
    incoming = aws.messages(replies)
    for kind in kinds:
        correlation, message = request(kind, name)
        aws.send(commands, message, True)
        answer = next(one for one in incoming if correlation_of(one) == correlation)
        show(answer, correlation=correlation)
    incoming.close()
    aws.sqs.delete_queue(QueueUrl=replies)


def serve(url):
    aws = Aws(url)
    commands = aws.queue(name_of(COMMANDS, ".fifo"))
    ready()
    for number, order in enumerate(aws.messages(commands)):
        show(order)
        aws.send(aws.queue(order.headers["replyTo"]), reply(order, named=number > 0), False)


def publish(url, *kinds):
    aws = Aws(url)
    topic = aws.topic(name_of(EVENTS, ".fifo"))
    for kind in kinds:
        aws.publish(topic, event(kind))


def listen(url):
    aws, name = Aws(url), f"listens-{uuid.uuid4()}.fifo"
    topic, queue = aws.topic(name_of(EVENTS, ".fifo")), aws.make(name, FifoQueue="true")
    arn = aws.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    aws.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    aws.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    ready()
    for message in aws.messages(queue):
        show(message)


def take(url, address):
    """Takes what is in the queue of an address, for ever."""
    aws = Aws(url)
    for message in aws.messages(aws.queue(name_of(address))):
        show(message)


run({"ask": ask, "serve": serve, "publish": publish, "listen": listen, "take": take})
