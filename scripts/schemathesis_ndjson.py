"""Teaches schemathesis to write a list as a line of JSON for each item."""

import json

import schemathesis


@schemathesis.serializer(
    "application/x-ndjson", "application/ndjson", "application/jsonl"
)
def ndjson(_context, value):
    items = value if isinstance(value, list) else [value]
    return b"\n".join(json.dumps(item).encode() for item in items)
