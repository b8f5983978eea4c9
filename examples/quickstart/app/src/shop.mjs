import { Postgres } from "./postgres.mjs";
import { Redis } from "./redis.mjs";
import { TABLES } from "./tables.mjs";

const CACHE_SECONDS = 60;

/** A shop for parts: Postgres holds what is true, Redis remembers how many there are of each part. */
export class Shop {
  #database;
  #cache;

  static async open({ databaseUrl, redisUrl }) {
    const database = await Postgres.open(databaseUrl);
    try {
      await database.query(TABLES);
      return new Shop(database, await Redis.open(redisUrl));
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  constructor(database, cache) {
    this.#database = database;
    this.#cache = cache;
  }

  /** How many of a part can be reserved. */
  async stockOf(part) {
    const remembered = await this.#cache.command("GET", stockKey(part));
    if (remembered !== null) return Number(remembered);
    const [row] = await this.#database.query("SELECT stock FROM parts WHERE name = $1", [part]);
    const stock = row === undefined ? 0 : row.stock;
    await this.#cache.command("SET", stockKey(part), stock, "EX", CACHE_SECONDS);
    return stock;
  }

  /** Counts a delivery into the stock. */
  async restock(part, count) {
    await this.#database.query(
      "INSERT INTO parts (name, stock) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET stock = parts.stock + $2",
      [part, count],
    );
    await this.#cache.command("DEL", stockKey(part));
  }

  /** Takes parts out of the stock for a customer, all of them or none. */
  async reserve(part, count) {
    const [order] = await this.#database.query(
      `WITH taken AS (UPDATE parts SET stock = stock - $2 WHERE name = $1 AND stock >= $2 RETURNING name)
       INSERT INTO orders (part, count) SELECT name, $2 FROM taken RETURNING id, part, count`,
      [part, count],
    );
    if (order === undefined) throw new Error(`There are fewer than ${count} of ${part}.`);
    await this.#cache.command("DEL", stockKey(part));
    return order;
  }

  /** Takes an order back; its parts can be reserved again. */
  async cancel(id) {
    const [order] = await this.#database.query(
      `WITH cancelled AS (DELETE FROM orders WHERE id = $1 RETURNING part, count)
       UPDATE parts SET stock = stock + cancelled.count FROM cancelled WHERE parts.name = cancelled.part
       RETURNING cancelled.part, cancelled.count`,
      [id],
    );
    if (order === undefined) throw new Error(`There is no order ${id}.`);
    return order;
  }

  async close() {
    this.#cache.close();
    await this.#database.close();
  }
}

export function stockKey(part) {
  return `stock:${part}`;
}
