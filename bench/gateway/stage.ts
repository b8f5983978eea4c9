import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Bench } from "../harness/bench.ts";
import { type Certificates, certificates } from "./certificates.ts";
import { Child } from "./child.ts";
import { type CoopGateway, startCoop } from "./coop-gateway.ts";
import type { Done, Report, Work } from "./load/job.ts";
import type { Way } from "./load/way.ts";
import { startMitmproxy } from "./mitmproxy.ts";
import { DOMAIN, HOST, SECRET } from "./names.ts";
import { peerImage } from "./peer-image.ts";
import type { Proxy, Setting } from "./proxy.ts";
import { startSquid } from "./squid.ts";
import type { UpstreamReady, UpstreamSettings } from "./upstream-main.ts";

/** The proxies to compare with, with their versions, or why there are none. */
export type Peers =
  | { readonly kind: "there"; readonly squid: Proxy; readonly mitmproxy: Proxy; readonly versions: string }
  | { readonly kind: "missing"; readonly why: string };

/** Everything that is measured, running, each in processes of its own. */
export interface Stage {
  readonly direct: Way;
  readonly coop: CoopGateway;
  readonly peers: Peers;
  /** Has the one generator do some work; throws where anything was not answered as expected. */
  readonly done: (way: Way, work: Work) => Promise<Done>;
}

const JOB_MS = 20 * 60_000;

/** Starts all, lets `use` work with them, and ends all. */
export async function onStage<T>(bench: Bench, hosts: number, use: (stage: Stage) => Promise<T>): Promise<T> {
  const ends: (() => Promise<void>)[] = [];
  const project = bench.project("gateway");
  const started = <E extends { readonly end: () => Promise<void> }>(each: E): E => {
    ends.unshift(() => each.end());
    return each;
  };
  try {
    const known = await certificates(project.folder);
    const address = await bridgeAddress(bench);
    const settings: UpstreamSettings = { address, ...known.upstream, authorization: `Bearer ${SECRET}` };
    const upstream = started(new Child(process.execPath, [mainOf("upstream")]));
    const { port, dnsPort } = JSON.parse(await upstream.ask(JSON.stringify(settings), 10_000)) as UpstreamReady;
    const load = started(new Child(process.execPath, [mainOf("load")]));
    const setting = (name: string): Setting => {
      const folder = join(project.folder, name);
      mkdirSync(folder);
      return { folder, address, port, dnsPort, hosts };
    };
    const plumbing = join(dirname(dirname(bench.coopPath)), "dist/plumbing");
    const coop = started(await startCoop(plumbing, setting("coop"), known));
    const peers = await peersFor(bench, project.name, setting, known, started);
    return await use({
      direct: directWay(address, port, known),
      coop,
      peers,
      done: async (way, work) => {
        const host = work.kind === "hosts" ? DOMAIN : HOST;
        const report = JSON.parse(await load.ask(JSON.stringify({ way, host, work }), JOB_MS)) as Report;
        if (!report.ok) throw new Error(report.why);
        return report.done;
      },
    });
  } finally {
    for (const end of ends) await end();
  }
}

async function peersFor(
  bench: Bench,
  project: string,
  setting: (name: string) => Setting,
  known: Certificates,
  started: (proxy: Proxy) => Proxy,
): Promise<Peers> {
  const image = await peerImage(bench.docker, bench.images.base, bench.say);
  if (image.kind === "missing") return image;
  return {
    kind: "there",
    squid: started(await startSquid(bench.docker, project, image.tag, setting("squid"), known)),
    mitmproxy: started(await startMitmproxy(bench.docker, project, image.tag, setting("mitmproxy"), known)),
    versions: `${image.squid}, ${image.mitmproxy}`,
  };
}

function directWay(host: string, port: number, known: Certificates): Way {
  return {
    name: "direct",
    dial: { host, port },
    opening: "",
    connects: false,
    port,
    authorization: `Bearer ${SECRET}`,
    trust: known.upstream.root,
  };
}

/**
 * An address of this machine that is no loopback one, since no rule opens those to the gateway: the one of the engine's default
 * bridge. The kernel keeps what goes there on loopback.
 */
async function bridgeAddress(bench: Bench): Promise<string> {
  const network = await bench.docker.getNetwork("bridge").inspect();
  const address = network.IPAM?.Config?.[0]?.Gateway;
  if (address === undefined) throw new Error("the engine's default bridge has no address on this machine to listen on");
  return address;
}

function mainOf(name: string): string {
  return join(import.meta.dirname, `${name}-main.ts`);
}
