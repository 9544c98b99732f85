"""Serializes a list for schemathesis as one line of JSON per item."""

import json

import schemathesis


@schemathesis.serializer(
    "application/x-ndjson", "application/ndjson", "application/jsonl"
)
def ndjson(_context, value):
    items = value if isinstance(value, list) else [value]
    return b"\n".join(json.dumps(item).encode() for item in items)
