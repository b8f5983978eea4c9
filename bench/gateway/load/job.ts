import type { Way } from "./way.ts";

/** What the generator is asked to do, a line of JSON. */
export interface Job {
  readonly way: Way;
  readonly host: string;
  readonly work: Work;
}

export type Work =
  /** Clients that each send a request as soon as the one before is answered. */
  | { readonly kind: "requests"; readonly clients: number; readonly ms: number }
  /** Clients that each open a connection, send one request, close, and begin again. */
  | { readonly kind: "connections"; readonly clients: number; readonly ms: number }
  /** One client that fetches a body of so many bytes again and again. */
  | { readonly kind: "download"; readonly bytes: number; readonly ms: number }
  /** One client that asks for a stream of events so many times, one after the other. */
  | { readonly kind: "events"; readonly times: number }
  /** One request to each of so many hosts, `h0.<host>` and so on, each over a connection of its own. */
  | { readonly kind: "hosts"; readonly clients: number; readonly count: number }
  /** Opens so many connections, sends one request over each, and keeps them until the next job for this way. */
  | { readonly kind: "hold"; readonly count: number };

/** What came of it. */
export interface Done {
  readonly count: number;
  readonly seconds: number;
  /** Of bodies. */
  readonly bytes: number;
  /** Of each request, or until the first event; zero where there was none. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The generator's answer, a line of JSON. */
export type Report = { readonly ok: true; readonly done: Done } | { readonly ok: false; readonly why: string };
