using System;
using System.Globalization;
using System.Linq;
using System.Security.Cryptography;
using System.Text;

public static class Webhooks
{
    private static readonly byte[] Key = Decode(Environment.GetEnvironmentVariable("WEBHOOK_SECRET")!);

    // header: name => Request.Headers[name]. body: the bytes as they came, before any parser.
    public static bool IsGenuine(Func<string, string?> header, byte[] body)
    {
        var sentAt = header("webhook-timestamp") ?? "";
        var isTime = long.TryParse(sentAt, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds);
        if (!isTime || Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - seconds) > 300) return false;
        var signed = Encoding.UTF8.GetBytes(header("webhook-id") + "." + sentAt + ".").Concat(body).ToArray();
        byte[] mac;
        using (var hmac = new HMACSHA256(Key)) mac = hmac.ComputeHash(signed);
        var expected = Encoding.UTF8.GetBytes("v1," + Convert.ToBase64String(mac));
        var given = (header("webhook-signature") ?? "").Split(' ');
        return given.Any(one => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), expected));
    }

    private static byte[] Decode(string secret)
    {
        var text = secret.Replace("whsec_", "");
        var key = Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
        return key.Length >= 24 ? key : throw new ArgumentException("WEBHOOK_SECRET is not a signing secret");
    }
}
