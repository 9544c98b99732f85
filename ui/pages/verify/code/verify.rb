require "openssl"

KEY = ENV.fetch("WEBHOOK_SECRET").delete_prefix("whsec_").unpack1("m")
raise "WEBHOOK_SECRET is not a signing secret" if KEY.bytesize < 24

# headers: a hash with names in lower case.
# body: the body as it came, before any parser, such as request.raw_post.
def genuine?(headers, body)
  sent_at = headers["webhook-timestamp"].to_s
  return false unless sent_at.match?(/\A\d{1,12}\z/)
  return false if (Time.now.to_i - sent_at.to_i).abs > 300

  signed = "#{headers["webhook-id"]}.#{sent_at}.".b + body.b
  expected = "v1," + [OpenSSL::HMAC.digest("SHA256", KEY, signed)].pack("m0")
  given = headers["webhook-signature"].to_s.split(" ")
  given.any? { |one| OpenSSL.secure_compare(one, expected) }
end
