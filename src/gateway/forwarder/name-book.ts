import type { GatewayLink } from "./gateway-link.ts";
import type { NameKnown } from "./dns-answer.ts";

/** Makes sure that something listens under the name on these ports, and says on which address. */
export type OfferName = (name: string, ports: readonly number[]) => Promise<string>;

/** Short enough that a swap of the rules is seen at once, long enough for A and AAAA of one look-up. */
const REMEMBER_MS = 1000;
const ENTRIES = 4096;

/** What the gateway says about names, asked once for simultaneous questions. */
export class NameBook {
  readonly #link: GatewayLink;
  readonly #offer: OfferName;
  readonly #known = new Map<string, { readonly answer: Promise<NameKnown>; readonly until: number }>();

  constructor(link: GatewayLink, offer: OfferName) {
    this.#link = link;
    this.#offer = offer;
  }

  look(spelled: string): Promise<NameKnown> {
    const name = spelled.toLowerCase().replace(/\.$/, "");
    if (name === "localhost" || name.endsWith(".localhost"))
      return Promise.resolve({ kind: "address", address: "127.0.0.1" });
    const remembered = this.#known.get(name);
    if (remembered !== undefined && remembered.until > performance.now()) return remembered.answer;
    const answer = this.#ask(name);
    this.#known.delete(name);
    this.#known.set(name, { answer, until: performance.now() + REMEMBER_MS });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= ENTRIES) break;
      this.#known.delete(oldest);
    }
    // A gateway that was away is asked again at once.
    void answer.then((known) => known.kind === "away" && this.#known.delete(name));
    return answer;
  }

  async #ask(name: string): Promise<NameKnown> {
    const answered = await this.#link.ask({ kind: "name", name }).catch(() => null);
    if (answered === null) return { kind: "away" };
    answered.socket.destroy();
    if (!answered.reply.ok) return { kind: "refused" };
    return { kind: "address", address: await this.#offer(answered.reply.name, answered.reply.ports) };
  }
}
