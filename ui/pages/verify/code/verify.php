<?php
// $headers: names in lower case, as array_change_key_case(getallheaders()) gives them.
// $body: the body as it came, as file_get_contents('php://input') gives it.
function is_genuine(array $headers, string $body): bool
{
    $key = base64_decode(preg_replace('/^whsec_/', '', (string) getenv('WEBHOOK_SECRET')));
    if (strlen($key) < 24) {
        throw new RuntimeException('WEBHOOK_SECRET is not a signing secret');
    }
    $sentAt = $headers['webhook-timestamp'] ?? '';
    if (!preg_match('/^\d{1,12}$/D', $sentAt) || abs(time() - (int) $sentAt) > 300) {
        return false;
    }
    $signed = ($headers['webhook-id'] ?? '') . ".$sentAt.$body";
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', $signed, $key, true));
    foreach (explode(' ', $headers['webhook-signature'] ?? '') as $given) {
        if (hash_equals($expected, $given)) {
            return true;
        }
    }
    return false;
}
