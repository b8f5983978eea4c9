import { connect } from "node:net";
import { columnsOf, errorOf, int16, int32, packet, rowOf, takeMessages } from "./packets.mjs";
import { scram } from "./scram.mjs";

const PROTOCOL = 196_608; // 3.0

/** One connection to Postgres. Queries queue up behind one another. */
export class Postgres {
  #socket;
  #received = Buffer.alloc(0);
  #reader = null;
  #last = Promise.resolve();
  #broken = null;

  static async open(url) {
    const { username, password, hostname, port, pathname } = new URL(url);
    const postgres = new Postgres(connect({ host: hostname, port: Number(port || 5432), noDelay: true }));
    await postgres.#logIn(decodeURIComponent(username), decodeURIComponent(password), pathname.slice(1) || username);
    return postgres;
  }

  constructor(socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#receive(bytes));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("Postgres: the connection is closed.")));
  }

  /** Runs one statement; `$1`, `$2`, … are its values. */
  query(sql, values = []) {
    return this.#next(() => {
      const rows = [];
      let columns = [];
      let failure = null;
      const bound = values.flatMap((value) => {
        const text = Buffer.from(String(value));
        return [int32(text.length), text];
      });
      const statement = [
        packet("P", "", sql, int16(0)),
        packet("B", "", "", int16(0), int16(values.length), ...bound, int16(0)),
        packet("D", Buffer.from("P"), ""),
        packet("E", "", int32(0)),
        packet("S"),
      ];
      return this.#exchange(statement, (type, body, done) => {
        if (type === "T") columns = columnsOf(body);
        if (type === "D") rows.push(rowOf(body, columns));
        if (type === "E") failure = errorOf(body);
        if (type === "Z") done(failure, rows);
      });
    });
  }

  async close() {
    await this.#last;
    this.#socket.end(packet("X"));
  }

  #logIn(user, password, database) {
    const login = scram(password);
    return this.#next(() =>
      this.#exchange([packet("", int32(PROTOCOL), "user", user, "database", database, Buffer.alloc(1))], (type, body, done) => {
        if (type === "E") done(errorOf(body));
        if (type === "Z") done(null);
        if (type !== "R") return;
        const step = body.readInt32BE(0);
        const text = body.toString("utf8", 4);
        if (step === 10) {
          const first = Buffer.from(login.first);
          this.#socket.write(packet("p", "SCRAM-SHA-256", int32(first.length), first));
        } else if (step === 11) this.#socket.write(packet("p", Buffer.from(login.answer(text))));
        else if (step === 12) login.verify(text);
        else if (step !== 0) done(new Error("Postgres: the server wants a way to log in other than SCRAM-SHA-256."));
      }),
    );
  }

  #next(work) {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  #exchange(packets, read) {
    return new Promise((resolve, reject) => {
      if (this.#broken !== null) return reject(this.#broken);
      const done = (error, value) => {
        this.#reader = null;
        if (error === null) resolve(value);
        else reject(error);
      };
      this.#reader = { read: (type, body) => read(type, body, done), fail: done };
      this.#socket.write(Buffer.concat(packets));
    });
  }

  #receive(bytes) {
    const { messages, rest } = takeMessages(Buffer.concat([this.#received, bytes]));
    this.#received = rest;
    try {
      for (const { type, body } of messages) this.#reader?.read(type, body);
    } catch (error) {
      this.#socket.destroy(error);
    }
  }

  #fail(error) {
    this.#broken ??= error;
    this.#reader?.fail(this.#broken);
  }
}
