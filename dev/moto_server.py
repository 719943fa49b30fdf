"""moto's server, where one thing at a time happens to a queue, as at a server that is not in memory.

By itself it looks once, when somebody begins to wait, which groups of a FIFO queue others hold, and hands out what has been taken since. And of a
group whose lease is over it hands out the last message first: it forgets one by one what was out, and passes over all before. It does so as well
where leases end while it looks, so that a request has one time from its beginning to its end. And it takes word of
a message of such a group from whoever had it before: a lease that is prolonged too late hides that message, and those behind it are handed out.
"""
import logging
import threading
import time
from contextlib import contextmanager

from moto.server import main
from moto.sqs import models
from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import SQSBackend
from werkzeug.serving import WSGIRequestHandler

ONE_AT_A_TIME = threading.RLock()
CLOCK = models.unix_time_millis
STOPPED = threading.local()


def millis():
    return getattr(STOPPED, "at", None) or CLOCK()


@contextmanager
def one_time():
    STOPPED.at = CLOCK()
    try:
        yield
    finally:
        STOPPED.at = None


def alone(original):
    def call(*arguments, **named):
        with ONE_AT_A_TIME:
            return original(*arguments, **named)

    return call


def held(original):
    def call(backend, queue_name, receipt_handle, **named):
        queue = backend.get_queue(queue_name)
        for message in queue._messages if queue.fifo_queue else ():
            is_over = message.visible or message.receipt_handle != receipt_handle
            if is_over and message.had_receipt_handle(receipt_handle):
                raise ReceiptHandleIsInvalid()
        return original(backend, queue_name, receipt_handle, **named)

    return call


def waiting(original):
    def receive(backend, queue, count, wait, visibility, *rest, **named):
        until = time.monotonic() + wait
        while True:
            with ONE_AT_A_TIME, one_time():
                pending = backend.get_queue(queue).pending_messages
                pending.difference_update([message for message in pending if message.visible])
                found = original(backend, queue, count, 0, visibility, *rest, **named)
            if found or time.monotonic() >= until:
                return found
            time.sleep(0.01)

    return receive


for name in ("delete_message", "change_message_visibility"):
    setattr(SQSBackend, name, held(getattr(SQSBackend, name)))
for name in ("send_message", "delete_message", "change_message_visibility", "change_message_visibility_batch"):
    setattr(SQSBackend, name, alone(getattr(SQSBackend, name)))
models.unix_time_millis = millis
SQSBackend.receive_message = waiting(SQSBackend.receive_message)
# Connections that last, and no line for each request.
WSGIRequestHandler.protocol_version = "HTTP/1.1"
logging.getLogger("werkzeug").setLevel(logging.ERROR)
main()
