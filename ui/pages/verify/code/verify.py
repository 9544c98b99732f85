import base64, hmac, os, time

KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_") + "==")
if len(KEY) < 24:
    raise ValueError("WEBHOOK_SECRET is not a signing secret")

# headers: a mapping that finds names in lower case, such as request.headers.
# body: the bytes of the body as they came, before any parser.
def is_genuine(headers, body):
    sent_at = headers.get("webhook-timestamp", "")
    if not sent_at.isdecimal() or len(sent_at) > 12:
        return False
    if abs(time.time() - int(sent_at)) > 300:
        return False
    signed = f"{headers.get('webhook-id')}.{sent_at}.".encode() + body
    expected = b"v1," + base64.b64encode(hmac.digest(KEY, signed, "sha256"))
    given = headers.get("webhook-signature", "").encode().split(b" ")
    return any(hmac.compare_digest(expected, one) for one in given)
