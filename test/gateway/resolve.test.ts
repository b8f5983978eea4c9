import { createSocket } from "node:dgram";
import { type Answer, decode, encode } from "dns-packet";
import { expect, it, onTestFinished } from "vitest";
import { defaultRouters } from "../../src/gateway/own-addresses.ts";
import { dnsResolve } from "../../src/gateway/resolve.ts";

/** A DNS server that answers from a table and remembers what it was asked. */
async function aServer(
  table: Readonly<Record<string, readonly Answer[]>>,
): Promise<{ readonly at: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (packet, from) => {
    const { id, questions } = decode(packet);
    const [question] = questions ?? [];
    if (question === undefined || question.name === "silent.test") return;
    asked.push(`${question.type} ${question.name}`);
    const known = table[question.name];
    const answers = (known ?? []).filter((answer) => answer.type === question.type || answer.type === "CNAME");
    const flags = known === undefined ? 3 : 0;
    socket.send(
      encode({ type: "response", id: id ?? 0, flags: 0x0180 | flags, questions: [question], answers: [...answers] }),
      from.port,
      from.address,
    );
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  onTestFinished(() => void socket.close());
  return { at: `127.0.0.1:${socket.address().port}`, asked };
}

it("gives every address of a name, also behind an alias, and asks once while it may be remembered", async () => {
  const { at, asked } = await aServer({
    "api.test": [
      { type: "CNAME", name: "api.test", ttl: 60, data: "real.test" },
      { type: "A", name: "real.test", ttl: 60, data: "93.184.216.34" },
      { type: "A", name: "real.test", ttl: 60, data: "10.0.0.1" },
    ],
  });
  const resolve = dnsResolve([at]);
  const [first, second] = await Promise.all([resolve("api.test"), resolve("api.test")]);
  expect(first).toEqual({ ok: true, addresses: ["93.184.216.34", "10.0.0.1"] });
  expect(second).toEqual(first);
  await resolve("api.test");
  expect(asked.filter((each) => each.startsWith("A "))).toEqual(["A api.test"]);
});

it("remembers no more than a thousand names, the last ones", async () => {
  const names = Array.from({ length: 1100 }, (_, index) => `n${index}.test`);
  const { at, asked } = await aServer(
    Object.fromEntries(names.map((name) => [name, [{ type: "A", name, ttl: 60, data: "93.184.216.34" }]])),
  );
  const resolve = dnsResolve([at]);
  for (const name of names) expect(await resolve(name)).toMatchObject({ ok: true });
  for (const name of ["n0.test", "n1099.test"]) expect(await resolve(name)).toMatchObject({ ok: true });
  expect(asked.filter((each) => each === "A n0.test").length).toBe(2);
  expect(asked.filter((each) => each === "A n1099.test").length).toBe(1);
}, 60_000);

it("tells a name without addresses from a server that fails", async () => {
  const { at } = await aServer({ "empty.test": [] });
  const resolve = dnsResolve([at]);
  expect(await resolve("absent.test")).toEqual({ ok: false, reason: "not-found" });
  expect(await resolve("empty.test")).toEqual({ ok: false, reason: "not-found" });
  expect(await resolve("silent.test")).toEqual({ ok: false, reason: "failed" });
}, 30_000);

it("finds the routers in the kernel's table", () => {
  const table = [
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
    "eth0\t00000000\t010012AC\t0003\t0\t0\t0\t00000000\t0\t0\t0",
    "eth0\t000012AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
    "",
  ].join("\n");
  expect(defaultRouters(table)).toEqual(["172.18.0.1"]);
  expect(defaultRouters("")).toEqual([]);
});
