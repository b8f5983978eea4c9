import { PassThrough, Readable, Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { flow, inTurns } from "../../src/gateway/flow.ts";
import { HANDSHAKE_UNITS, Turns, UNSHARED } from "../../src/gateway/turns.ts";

it("lets a sandbox go on at once that does little", () => {
  const turns = new Turns();
  expect(turns.wait("a")).toBeNull();
  expect(turns.wait("b", HANDSHAKE_UNITS)).toBeNull();
  expect(turns.waiting("a")).toBe(0);
});

it("spreads what one sandbox has ready over turns, in order, and keeps nobody else waiting", async () => {
  const turns = new Turns();
  const done: number[] = [];
  const all = Array.from({ length: 80 }, async (_, index) => {
    await turns.wait("loud");
    done.push(index);
  });
  await turn();
  const first = done.length;
  expect(first).toBeLessThan(40);
  expect(turns.wait("quiet")).toBeNull();
  await turn();
  expect(done.length).toBeGreaterThan(first);
  expect(done.length).toBeLessThan(80);
  await Promise.all(all);
  expect(done).toEqual(Array.from({ length: 80 }, (_, index) => index));
});

it("gives less to whoever has much waiting while somebody else is there, and never nothing", async () => {
  const turns = new Turns();
  const done = { loud: 0, quiet: 0 };
  const all = [
    ...Array.from({ length: 200 }, async () => {
      await turns.wait("loud");
      done.loud += 1;
    }),
    ...Array.from({ length: 12 }, async () => {
      await turns.wait("quiet");
      done.quiet += 1;
    }),
  ];
  for (let each = 0; each < 4; each += 1) await turn();
  expect(done.quiet).toBe(12);
  expect(done.loud).toBeGreaterThan(4);
  expect(done.loud).toBeLessThan(12);
  await Promise.all(all);
  expect(done.loud).toBe(200);
});

it("gives all of a sandbox's share to a handshake", async () => {
  const turns = new Turns();
  expect(turns.wait("quiet")).toBeNull();
  let shaken = 0;
  const all = Array.from({ length: 5 }, async () => {
    await turns.wait("loud", HANDSHAKE_UNITS);
    shaken += 1;
  });
  await Promise.resolve();
  expect(shaken).toBe(1);
  await turn();
  expect(shaken).toBeLessThan(4);
  await Promise.all(all);
});

it("carries a stream whole, a few pieces in a turn, and stops for whoever takes no more", async () => {
  const turns = new Turns();
  const pieces = Array.from({ length: 50 }, (_, index) => Buffer.from(`${index};`));
  const taken: string[] = [];
  let take = (): void => undefined;
  const slow = new Writable({
    highWaterMark: 4,
    write: (chunk: Buffer, _encoding, done) => {
      taken.push(chunk.toString());
      take = done;
    },
  });
  const source = Readable.from(pieces, { objectMode: false });
  flow(source, slow, turns.of("a"));
  for (let each = 0; each < 20; each += 1) await turn();
  // Nothing has been taken: two at the most are on their way, whatever turns have passed.
  expect(taken.length).toBe(1);
  expect(slow.writableLength).toBeLessThan(12);
  const over = new Promise((resolve) => slow.once("finish", resolve));
  const taking = setInterval(() => take(), 0);
  await over;
  clearInterval(taking);
  expect(taken.join("")).toBe(pieces.join(""));
});

it("throws away what comes after it was stopped", async () => {
  const source = new PassThrough();
  const taken: string[] = [];
  const to = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      taken.push(chunk.toString());
      done();
    },
  });
  const stop = flow(source, to, UNSHARED);
  source.write("one");
  await turn();
  stop();
  source.end("two");
  await new Promise((resolve) => source.once("close", resolve));
  expect(taken).toEqual(["one"]);
  expect(to.writableEnded).toBe(false);
});

it("passes a pipeline's pieces in turns", async () => {
  const turns = new Turns();
  const stage = inTurns(turns.of("a"));
  const passed: string[] = [];
  stage.on("data", (chunk: Buffer) => passed.push(chunk.toString()));
  for (let each = 0; each < 30; each += 1) stage.write(String(each % 10));
  stage.end();
  await turn();
  expect(passed.join("").length).toBeLessThan(30);
  await new Promise((resolve) => stage.once("end", resolve));
  expect(passed.join("")).toBe("0123456789".repeat(3));
});
