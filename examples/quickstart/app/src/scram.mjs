import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";

/** The client's side of SCRAM-SHA-256 (RFC 7677), by which Postgres takes a password without seeing it. */
export function scram(password) {
  const nonce = randomBytes(18).toString("base64");
  const opening = `n=,r=${nonce}`;
  let expected = Buffer.alloc(0);
  return {
    first: `n,,${opening}`,
    answer(challenge) {
      const { r: joined = "", s: salt = "", i: rounds = "" } = fieldsOf(challenge);
      if (!joined.startsWith(nonce)) throw new Error("Postgres: the server answered with another nonce.");
      const salted = pbkdf2Sync(password, Buffer.from(salt, "base64"), Number(rounds), 32, "sha256");
      const key = hmac(salted, "Client Key");
      const closing = `c=${Buffer.from("n,,").toString("base64")},r=${joined}`;
      const transcript = `${opening},${challenge},${closing}`;
      const signature = hmac(createHash("sha256").update(key).digest(), transcript);
      expected = hmac(hmac(salted, "Server Key"), transcript);
      return `${closing},p=${Buffer.from(key.map((byte, index) => byte ^ signature[index])).toString("base64")}`;
    },
    verify(final) {
      const given = Buffer.from(fieldsOf(final).v ?? "", "base64");
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        throw new Error("Postgres: the server does not know the password.");
      }
    },
  };
}

function hmac(key, text) {
  return createHmac("sha256", key).update(text).digest();
}

function fieldsOf(text) {
  return Object.fromEntries(text.split(",").map((field) => [field[0], field.slice(2)]));
}
