import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.function.Function;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public final class Webhooks {
  private static final byte[] KEY =
      Base64.getDecoder().decode(System.getenv("WEBHOOK_SECRET").replace("whsec_", ""));

  /** Takes request::getHeader, and the bytes of the body as they came, before any parser. */
  public static boolean isGenuine(Function<String, String> header, byte[] body)
      throws GeneralSecurityException {
    String sentAt = String.valueOf(header.apply("webhook-timestamp"));
    if (!sentAt.matches("[0-9]{1,12}")) return false;
    if (Math.abs(System.currentTimeMillis() / 1000 - Long.parseLong(sentAt)) > 300) return false;
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
    mac.update(bytes(header.apply("webhook-id") + "." + sentAt + "."));
    String expected = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
    for (String given : String.valueOf(header.apply("webhook-signature")).split(" ")) {
      if (MessageDigest.isEqual(bytes(given), bytes(expected))) return true;
    }
    return false;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
