import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, beforeEach, describe, it } from "node:test";
import { Redis } from "../src/redis.mjs";
import { Shop, stockKey } from "../src/shop.mjs";

const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = process.env;

describe("the parts shop", () => {
  let shop;
  let part;

  before(async () => {
    assert.ok(databaseUrl && redisUrl, "set DATABASE_URL and REDIS_URL: these tests run against Postgres and Redis");
    shop = await Shop.open({ databaseUrl, redisUrl });
  });
  after(() => shop?.close());
  beforeEach(() => {
    part = `gear-${randomUUID()}`;
  });

  it("counts deliveries into the stock", async () => {
    await shop.restock(part, 5);
    await shop.restock(part, 7);
    assert.equal(await shop.stockOf(part), 12);
  });

  it("takes reserved parts out of the stock", async () => {
    await shop.restock(part, 5);
    assert.equal(await shop.stockOf(part), 5);
    const order = await shop.reserve(part, 3);
    assert.equal(order.count, 3);
    assert.equal(await shop.stockOf(part), 2);
  });

  it("reserves all parts of an order or none", async () => {
    await shop.restock(part, 5);
    await assert.rejects(shop.reserve(part, 6), /fewer than 6/);
    assert.equal(await shop.stockOf(part), 5);
  });

  it("never sells the last part twice", async () => {
    await shop.restock(part, 1);
    const other = await Shop.open({ databaseUrl, redisUrl });
    const sold = await Promise.allSettled([shop.reserve(part, 1), other.reserve(part, 1)]);
    await other.close();
    assert.deepEqual(sold.map((each) => each.status).sort(), ["fulfilled", "rejected"]);
  });

  it("remembers the stock in Redis for a minute", async () => {
    await shop.restock(part, 4);
    await shop.stockOf(part);
    const redis = await Redis.open(redisUrl);
    const [remembered, seconds] = await Promise.all([redis.command("GET", stockKey(part)), redis.command("TTL", stockKey(part))]);
    redis.close();
    assert.equal(remembered, "4");
    assert.ok(seconds > 0 && seconds <= 60);
  });

  it("gives the parts of a cancelled order back", async () => {
    await shop.restock(part, 5);
    const order = await shop.reserve(part, 3);
    assert.equal(await shop.stockOf(part), 2);
    await shop.cancel(order.id);
    assert.equal(await shop.stockOf(part), 5);
  });

  it("cancels an order once", async () => {
    await shop.restock(part, 5);
    const order = await shop.reserve(part, 1);
    await shop.cancel(order.id);
    await assert.rejects(shop.cancel(order.id), /no order/);
  });
});
