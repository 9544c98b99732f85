"""Runs calls of a Python release of the SDK for scripts/sdks.ts: one JSON request per line on stdin,
one JSON answer per line on stdout. Releases differ in how a body is made and how a result is printed.
"""

import dataclasses
import datetime
import inspect
import json
import re
import sys
import typing

from svix.api import Svix, SvixOptions
from svix.webhooks import Webhook

TOKEN, SERVER_URL = sys.argv[1:3]


def client_of(token):
    return Svix(token or TOKEN, SvixOptions(server_url=SERVER_URL))


svix = client_of(None)


def snake(name):
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda found: "_" + found.group(1).lower(), name)


def find_method(client, names):
    """The first name that this release has; releases renamed calls."""
    for name in names:
        found = client
        for part in name.split("."):
            found = getattr(found, snake(part), None)
        if callable(found):
            return found
    return None


def time_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def options_of(kind, given):
    values = {snake(name): value for name, value in given.items()}
    for name in ("since", "until", "before", "after"):
        if isinstance(values.get(name), str):
            values[name] = time_of(values[name])
    if isinstance(values.get("order"), str):
        hints = typing.get_type_hints(kind)
        (order,) = [one for one in typing.get_args(hints["order"]) if one is not type(None)]
        values["order"] = order(values["order"])
    return kind(**values)


def body_of(kind, given):
    if hasattr(kind, "model_validate"):
        return kind.model_validate(given)
    if hasattr(kind, "from_dict"):
        known = {field.name for field in getattr(kind, "__attrs_attrs__", ())}
        return kind.from_dict({k: v for k, v in given.items() if not known or snake(k) in known})
    known = kind.openapi_types
    return kind(**{snake(k): v for k, v in given.items() if snake(k) in known})


def plain(value):
    if hasattr(value, "model_dump"):
        return value.model_dump(by_alias=True, mode="json")
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return value


class OtherCall(Exception):
    """The release has another call under this name, which needs more arguments."""


def call(method, given, options):
    hints = typing.get_type_hints(method)
    rest = list(given)
    args = []
    for name, parameter in inspect.signature(method).parameters.items():
        kind = hints.get(name)
        if dataclasses.is_dataclass(kind) and kind.__name__.endswith("Options"):
            if options is not None:
                args.append(options_of(kind, options))
                options = None
        elif rest:
            arg = rest.pop(0)
            args.append(arg if isinstance(arg, str) else body_of(kind, arg))
        elif parameter.default is inspect.Parameter.empty:
            raise OtherCall(name)
    if rest or options is not None:
        raise TypeError("this release does not take the argument: %r" % (rest or options))
    return plain(method(*args))


def answer_to(request):
    try:
        if "verify" in request:
            given = request["verify"]
            Webhook(given["secret"]).verify(given["body"], given["headers"])
            return {"value": None}
        token = request.get("token")
        method = find_method(client_of(token) if token else svix, request["call"])
        if method is None:
            return {"absent": True}
        return {"value": call(method, request["args"], request.get("options"))}
    except OtherCall:
        return {"absent": True}
    except Exception as error:
        status = getattr(error, "status_code", None)
        if isinstance(status, int):
            return {"refused": status, "text": str(vars(error))}
        return {"error": "%s: %s" % (type(error).__name__, error)}


for line in sys.stdin:
    print(json.dumps(answer_to(json.loads(line))), flush=True)
