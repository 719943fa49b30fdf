"""Values of Protobuf messages by Google's library: those that are told are compared and written again, and others are made.

Takes a set of files' descriptors in hexadecimal digits, the name of a message, lists of values that are to be equal, and how many to make. A value is
bytes in hexadecimal digits, or JSON behind `json:`.
"""
import json
import random
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

# The widths of integers, and whether they have a sign.
FIELD = descriptor_pb2.FieldDescriptorProto
WHOLE = {
    FIELD.TYPE_INT32: (32, True), FIELD.TYPE_SINT32: (32, True), FIELD.TYPE_SFIXED32: (32, True),
    FIELD.TYPE_INT64: (64, True), FIELD.TYPE_SINT64: (64, True), FIELD.TYPE_SFIXED64: (64, True),
    FIELD.TYPE_UINT32: (32, False), FIELD.TYPE_FIXED32: (32, False),
    FIELD.TYPE_UINT64: (64, False), FIELD.TYPE_FIXED64: (64, False),
}


def whole(bits, signed, chance):
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return chance.choice([0, 1, low, high, chance.randint(low, high), chance.randint(0, 200)])


def text(chance):
    return "".join(chance.choice("aé\u4e2d\U0001f600 ~/\"") for _ in range(chance.randint(0, 9)))


def single(field, chance):
    if field.type in WHOLE:
        return whole(*WHOLE[field.type], chance)
    match field.type:
        case FIELD.TYPE_DOUBLE:
            return chance.choice([0.0, -0.0, 0.1, -1e300, 5e-324, float("inf"), chance.uniform(-9, 9)])
        case FIELD.TYPE_FLOAT:
            return chance.choice([0.0, 1.5, -2.25, float("-inf")])
        case FIELD.TYPE_BOOL:
            return chance.random() < 0.5
        case FIELD.TYPE_STRING:
            return text(chance)
        case FIELD.TYPE_BYTES:
            return chance.randbytes(chance.randint(0, 20))
        case FIELD.TYPE_ENUM:
            numbers = [value.number for value in field.enum_type.values]
            # Numbers without a name are kept, but where the schema takes no others; null has none.
            return chance.choice(numbers if field.enum_type.is_closed or len(numbers) == 1 else numbers + [77, -1])
    raise ValueError(field.type)


def any_json(chance, depth):
    kinds = [None, True, 0.5, -3.0, text(chance)]
    if depth < 3:
        kinds += [[any_json(chance, depth + 1)], {text(chance): any_json(chance, depth + 1)}, [], {}]
    return chance.choice(kinds)


def fill(message, chance, depth):
    """Sets some of the fields, deep down few."""
    match message.DESCRIPTOR.full_name:
        case "google.protobuf.Timestamp":
            message.seconds = chance.choice([-62135596800, -1, 0, 253402300799, chance.randint(-(10**10), 10**10)])
            message.nanos = chance.choice([0, 1, 500_000_000, 999_999_999])
            return
        case "google.protobuf.Duration":
            sign = chance.choice([-1, 1])
            message.seconds = sign * chance.choice([0, 1, 315576000000])
            message.nanos = sign * chance.choice([0, 1_000, 999_999_999])
            return
        case "google.protobuf.FieldMask":
            message.paths.extend(chance.choice([[], ["a"], ["b_c.d", "e"]]))
            return
        case "google.protobuf.Value" | "google.protobuf.Struct" | "google.protobuf.ListValue":
            shape = {"Value": any_json(chance, 0), "Struct": {text(chance): any_json(chance, 1)}, "ListValue": [any_json(chance, 1)]}
            json_format.ParseDict(shape[message.DESCRIPTOR.name], message)
            return
    for field in message.DESCRIPTOR.fields:
        if not field.is_required and chance.random() < (0.5 if depth == 0 else 0.8):
            continue
        count = chance.randint(0, 3)
        target = getattr(message, field.name) if field.type == FIELD.TYPE_MESSAGE or field.is_repeated else None
        if field.message_type and field.message_type.GetOptions().map_entry:
            key, value = field.message_type.fields
            for _ in range(count):
                if value.type == FIELD.TYPE_MESSAGE:
                    fill(target[single(key, chance)], chance, depth + 1)
                else:
                    target[single(key, chance)] = single(value, chance)
        elif field.is_repeated and field.type == FIELD.TYPE_MESSAGE:
            for _ in range(count if depth < 3 else 0):
                fill(target.add(), chance, depth + 1)
        elif field.is_repeated:
            target.extend(single(field, chance) for _ in range(count))
        elif field.type == FIELD.TYPE_MESSAGE:
            if depth < 3:
                target.SetInParent()
                fill(target, chance, depth + 1)
        else:
            setattr(message, field.name, single(field, chance))


def answer(asked):
    pool = descriptor_pool.DescriptorPool()
    files = descriptor_pb2.FileDescriptorSet.FromString(bytes.fromhex(asked["files"]))
    for file in files.file:
        pool.Add(file)
    kind = message_factory.GetMessageClass(pool.FindMessageTypeByName(asked["message"]))

    def read(value):
        if value.startswith("json:"):
            return json_format.Parse(value.removeprefix("json:"), kind(), descriptor_pool=pool)
        return kind.FromString(bytes.fromhex(value))

    def write(message):
        shown = json_format.MessageToJson(message, descriptor_pool=pool, indent=None)
        return [message.SerializeToString(deterministic=True).hex(), "json:" + shown]

    chance = random.Random(1)
    made = [kind() for _ in range(asked["count"])]
    for message in made:
        fill(message, chance, 0)
    told = [[read(value) for value in values] for values in asked["values"]]
    return {
        "made": [write(message) for message in made],
        "again": [write(first) for first, *_ in told],
        "differ": [asked["values"][at] for at, (first, *rest) in enumerate(told) if any(first != other for other in rest)],
    }


print(json.dumps(answer(json.load(sys.stdin))))
