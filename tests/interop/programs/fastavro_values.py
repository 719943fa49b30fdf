"""Values of Avro schemas by fastavro: those that are told are read and written again, and others are made.

Takes a list of schemas with values in hexadecimal digits from its input, each behind a header of so many bytes, and says of each schema what it made
of them.
"""
import datetime
import decimal
import io
import json
import random
import sys
import uuid

import fastavro
from fastavro.schema import fingerprint, to_parsing_canonical_form


def read(schema, data):
    source = io.BytesIO(data)
    value = fastavro.schemaless_reader(source, schema, return_record_name=True)
    assert not source.read(), "bytes are left"
    return value


def write(schema, value):
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema, value)
    return out.getvalue()


def whole(bits, chance):
    return chance.choice([0, -1, 1, 2 ** (bits - 1) - 1, -(2 ** (bits - 1)), chance.randint(-100, 100)])


PLAIN = {
    "null": lambda chance: None,
    "boolean": lambda chance: chance.random() < 0.5,
    "int": lambda chance: whole(32, chance),
    "long": lambda chance: whole(64, chance),
    "float": lambda chance: chance.choice([0.0, 1.5, -2.25, float("inf")]),
    "double": lambda chance: chance.choice([0.1, -1e300, float("-inf")]),
    "bytes": lambda chance: chance.randbytes(chance.randint(0, 20)),
    "string": lambda chance: "".join(chance.choice("aé\u4e2d\U0001f600 ~/") for _ in range(chance.randint(0, 9))),
}

DAY = 86_400_000
LOGICAL = {
    "uuid": lambda schema, chance: uuid.UUID(int=chance.getrandbits(128)),
    "decimal": lambda schema, chance: decimal.Decimal(chance.randint(-(10 ** schema["precision"]) + 1, 10 ** schema["precision"] - 1)).scaleb(
        -schema.get("scale", 0), decimal.Context(prec=60)
    ),
    "date": lambda schema, chance: datetime.date.fromordinal(chance.randint(1, datetime.date.max.toordinal())),
    "time-millis": lambda schema, chance: chance.randrange(DAY),
    "time-micros": lambda schema, chance: chance.randrange(DAY * 1000),
    "timestamp-millis": lambda schema, chance: chance.randint(-10_000 * DAY, 10_000 * DAY),
    "timestamp-micros": lambda schema, chance: chance.randint(-10_000_000 * DAY, 10_000_000 * DAY),
    "local-timestamp-millis": lambda schema, chance: chance.randint(-10_000 * DAY, 10_000 * DAY),
    "local-timestamp-micros": lambda schema, chance: chance.randint(-10_000_000 * DAY, 10_000_000 * DAY),
}


def make(schema, names, chance, depth=0):
    """A value of a schema; deep down the first type of each union, and lists without items."""
    if isinstance(schema, list):
        branch = schema[0] if depth > 4 else chance.choice(schema)
        value = make(branch, names, chance, depth)
        name = branch if isinstance(branch, str) else branch.get("name", branch["type"])
        return (name, value) if name in names else value
    if isinstance(schema, str):
        return make(names[schema], names, chance, depth) if schema in names else PLAIN[schema](chance)
    names.update({schema["name"]: schema} if "name" in schema else {})
    meant = LOGICAL.get(schema.get("logicalType"))
    if meant:
        return meant(schema, chance)
    count = 0 if depth > 3 else chance.randint(0, 3)
    match schema["type"]:
        case "record":
            return {field["name"]: make(field["type"], names, chance, depth + 1) for field in schema["fields"]}
        case "enum":
            return chance.choice(schema["symbols"])
        case "fixed":
            return chance.randbytes(schema["size"])
        case "array":
            return [make(schema["items"], names, chance, depth + 1) for _ in range(count)]
        case "map":
            return {f"key {key}": make(schema["values"], names, chance, depth + 1) for key in range(count)}
        case kind:
            return make(kind, names, chance, depth)


def answer(asked):
    schema = fastavro.parse_schema(asked["schema"])
    chance = random.Random(1)
    values = [read(schema, bytes.fromhex(text)[asked["header"]:]) for text in asked["values"]]
    return {
        "fingerprint": fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"),
        "shown": [repr(value) for value in values],
        "again": [write(schema, value).hex() for value in values],
        "made": [write(schema, make(schema, {}, chance)).hex() for _ in range(asked["count"])],
    }


print(json.dumps([answer(asked) for asked in json.load(sys.stdin)]))
