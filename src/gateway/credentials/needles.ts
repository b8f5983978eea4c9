/** Shorter texts than this are hidden as they are, but not in other codings: too much else would look like them. */
const SHORTEST_CODED = 6;

/**
 * Every form in which an answer may show one of the secrets, as bytes: plain, in either case, percent-encoded, JSON- and
 * HTML-escaped, hex, base64 and base64url at each alignment within something longer, those again inside JSON or a URL, and
 * UTF-16. Sorted, each once.
 */
export function needlesOf(secrets: readonly string[]): readonly Buffer[] {
  const forms = new Map<string, Buffer>();
  const add = (bytes: Buffer): void => {
    if (bytes.length > 0) forms.set(bytes.toString("latin1"), bytes);
  };
  for (const secret of secrets) {
    add(Buffer.from(secret, "utf8"));
    for (const form of codedForms(secret)) if (form.length >= SHORTEST_CODED) add(Buffer.from(form, "utf8"));
    if (secret.length < SHORTEST_CODED) continue;
    const wide = Buffer.from(secret, "utf16le");
    add(wide);
    add(Buffer.from(wide).swap16());
  }
  return [...forms.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, bytes]) => bytes);
}

function codedForms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, "utf8");
  const base64 = [0, 1, 2].map((before) => base64Middle(bytes, before));
  const unpadded = base64.map((each) => each.replaceAll("+", "-").replaceAll("/", "_"));
  const once = [secret, ...base64, ...unpadded, bytes.toString("hex"), bytes.toString("hex").toUpperCase()];
  const twice = [...base64, ...unpadded].flatMap((each) => {
    const wrapped = Buffer.from(each, "latin1");
    return [0, 1, 2].map((before) => base64Middle(wrapped, before));
  });
  const inText = once.flatMap((each) => [...percentForms(each), ...jsonForms(each), ...htmlForms(each)]);
  return [...once, ...inText, ...twice, secret.toLowerCase(), secret.toUpperCase()];
}

/** The characters of base64 that these bytes alone decide, when `before` bytes (0 to 2) of others stand before them. */
function base64Middle(bytes: Buffer, before: number): string {
  const whole = Buffer.concat([Buffer.alloc(before), bytes]);
  const from = Math.ceil((before * 8) / 6);
  const to = Math.floor((whole.length * 8) / 6);
  return whole.toString("base64").slice(from, to);
}

/** As the encoders of the common languages write it: each leaves other signs alone, and hex digits come in either case. */
function percentForms(text: string): readonly string[] {
  const unescaped = [/[A-Za-z0-9_.~-]/, /[A-Za-z0-9_.!~*'()-]/, /[A-Za-z0-9_.~/-]/, /[A-Za-z0-9_.*-]/, /[A-Za-z0-9]/];
  const uri = /[A-Za-z0-9;,/?:@&=+$!*'()#_.~-]/;
  const forms = [...unescaped, uri, /(?!)/].flatMap((plain) => {
    const upper = percentEncoded(text, plain);
    return [upper, upper.replaceAll(/%[0-9A-F]{2}/g, (each) => each.toLowerCase())];
  });
  return [...new Set(forms.flatMap((each) => [each, each.replaceAll("%20", "+")]))];
}

function percentEncoded(text: string, plain: RegExp): string {
  return [...Buffer.from(text, "utf8")]
    .map((byte) => {
      const sign = String.fromCharCode(byte);
      return plain.test(sign) ? sign : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}

function jsonForms(text: string): readonly string[] {
  const plain = JSON.stringify(text).slice(1, -1);
  const slashed = plain.replaceAll("/", "\\/");
  const unicode = (from: string, which: RegExp, upper: boolean): string =>
    from.replaceAll(which, (sign) => {
      const hex = sign.charCodeAt(0).toString(16).padStart(4, "0");
      return `\\u${upper ? hex.toUpperCase() : hex}`;
    });
  const forms = [false, true].flatMap((upper) => [
    unicode(plain, /[<>&]/g, upper),
    unicode(plain, /[<>&'/+=]/g, upper),
    unicode(plain, /[^\x20-\x7e]/g, upper),
    unicode(slashed, /[<>&]|[^\x20-\x7e]/g, upper),
    unicode(text, /[\s\S]/g, upper),
  ]);
  // What is JSON inside of a JSON text.
  return [plain, slashed, ...forms, ...[plain, slashed].map((each) => JSON.stringify(each).slice(1, -1))];
}

const ENTITIES: Readonly<Record<string, readonly string[]>> = {
  "&": ["&amp;", "&#38;", "&#x26;"],
  "<": ["&lt;", "&#60;", "&#x3c;"],
  ">": ["&gt;", "&#62;", "&#x3e;"],
  '"': ["&quot;", "&#34;", "&#x22;"],
  "'": ["&#39;", "&#039;", "&#x27;"],
  "/": ["/", "&#47;", "&#x2F;"],
  "=": ["=", "&#61;", "&#x3D;"],
  "+": ["+", "&#43;", "&#x2B;"],
};

function htmlForms(text: string): readonly string[] {
  return [0, 1, 2].map((at) => text.replaceAll(/[&<>"'/=+]/g, (sign) => ENTITIES[sign]?.[at] ?? sign));
}
