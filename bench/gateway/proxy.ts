import type { Way } from "./load/way.ts";

/** One proxy that is measured, running. */
export interface Proxy {
  /** Its ways in, by what it does with a connection; null = it does not do that. */
  readonly intercept: Way | null;
  readonly tunnel: Way | null;
  /** All of its processes at this moment. */
  readonly pids: () => readonly number[];
  readonly end: () => Promise<void>;
}

/** What every proxy is started with. */
export interface Setting {
  /** Empty, and its own. */
  readonly folder: string;
  /** What the names lead to. */
  readonly address: string;
  readonly port: number;
  /** A DNS server on 127.0.0.1. */
  readonly dnsPort: number;
  /** How many hosts `h<n>` there are. */
  readonly hosts: number;
}
