"""A value of a Protobuf message behind a schema registry's header, as Confluent's library writes and reads it.

Takes a set of files' descriptors and a value in hexadecimal digits, the name of the message, and framed bytes to read, or none. The registry is
one in this process.
"""
import json
import sys

from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory


def answer(asked):
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(bytes.fromhex(asked["files"])).file:
        pool.Add(file)
    kind = message_factory.GetMessageClass(pool.FindMessageTypeByName(asked["message"]))
    registry = SchemaRegistryClient.new_client({"url": "mock://"})
    context = SerializationContext("orders", MessageField.VALUE)
    serialize = ProtobufSerializer(kind, registry, {"use.deprecated.format": False})
    value = kind.FromString(bytes.fromhex(asked["value"]))
    framed = serialize(value, context)
    if not asked["framed"]:
        return {"framed": framed.hex()}
    deserialize = ProtobufDeserializer(kind, {"use.deprecated.format": False}, registry)
    read = deserialize(bytes.fromhex(asked["framed"]), context)
    return {"framed": framed.hex(), "is_same": read == value}


print(json.dumps(answer(json.load(sys.stdin))))
