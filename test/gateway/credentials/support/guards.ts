import { PassThrough } from "node:stream";
import type { Unguarded } from "./victim.ts";

/** The guards of a credential, each by what the gateway is without it. */
export const WITHOUT = {
  "a look at what the client carries": {
    "credentials/carried.ts": () => ({ carriedIn: () => [] }),
    "credentials/kept-headers.ts": (real: { keptHeaders: unknown }) => ({
      ...real,
      withoutCarriers: (raw: unknown) => raw,
    }),
    "credentials/query-pairs.ts": (real: object) => ({ ...real, queryPairs: () => [] }),
  },
  "names of headers as servers read them": {
    "credentials/header-key.ts": () => ({ headerKey: (name: string) => name.toLowerCase() }),
  },
  "names of parameters as servers read them": {
    "credentials/parameter-key.ts": () => ({ parameterKey: (name: string) => name }),
  },
  "headers that are left behind": { "credentials/kept-headers.ts": () => ({ keptHeaders: (raw: unknown) => raw }) },
  "headers that never come back": { "credentials/never-back.ts": () => ({ neverBack: () => false }) },
  "answers that cannot be read": { "credentials/why-unreadable.ts": () => ({ whyUnreadable: () => null }) },
  "the place of a credential": {
    "credentials/place-for.ts": () => ({ placeFor: ({ places }: { places: readonly unknown[] }) => places[0] }),
  },
  "rules that cannot be enforced": { "enforceable.ts": () => ({ unenforceable: () => null }) },
  "a look at the heads of answers": filter((made) => ({ ...made, text: (text: string) => text })),
  "a look at the bodies of answers": filter((made) => ({
    ...made,
    scrubber: () => ({ push: (bytes: Buffer) => bytes, end: () => Buffer.alloc(0) }),
  })),
  "codings undone": { "credentials/body-stages.ts": () => ({ codingsOf: () => [] }) },
  "ends held back": {
    "credentials/needle-search.ts": (real: { needleSearch: (needles: unknown) => object }) => ({
      needleSearch: (needles: unknown) => ({ ...real.needleSearch(needles), openEnd: () => 0 }),
    }),
  },
  "forms of a secret": {
    "credentials/needles.ts": () => ({
      needlesOf: (secrets: readonly string[]) => secrets.map((each) => Buffer.from(each)),
    }),
  },
  "a look into WebSockets": { "credentials/websocket-stage.ts": () => ({ websocketStage: () => new PassThrough() }) },
} as const;

function filter(change: (made: object) => object): Unguarded {
  const made = (real: { secretFilter: (secrets: unknown) => object }) => ({
    secretFilter: (secrets: unknown) => change(real.secretFilter(secrets)),
  });
  return { "credentials/scrubber.ts": made };
}
