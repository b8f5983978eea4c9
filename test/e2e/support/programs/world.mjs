// A stand-in for everything outside: resolver, web servers, and listeners that answer with what they were told. Every
// thing that it sees is one JSON line on standard output. Answers of the resolver: /tmp/answers.json, names to lists of
// addresses; a list of lists is given by turns.
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { createServer as createTlsServer } from "node:tls";

const { key, cert, tcp = [], udp = [], dns = true, web = true, host = "::" } = JSON.parse(process.env.WORLD ?? "{}");
const saw = (event) => process.stdout.write(`${JSON.stringify({ at: Date.now(), ...event })}\n`);
const turns = new Map();
const spent = new Set();

process.on("uncaughtException", (error) => saw({ kind: "error", text: String(error) }));

for (const port of tcp) {
  createServer((socket) => {
    saw({ kind: "connect", port, from: socket.remoteAddress });
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      saw({ kind: "tcp", port, text: data.toString("latin1").slice(0, 200) });
      socket.write(`saw ${data.toString("latin1").trim()}\n`);
    });
  }).listen(port, host);
}

for (const port of udp) {
  onEveryAddress(port, (data, from, reply) => {
    saw({ kind: "udp", port, text: data.toString("latin1").slice(0, 200), from: from.address });
    reply(`saw ${data.toString("latin1").trim()}\n`);
  });
}

if (dns) startResolver();
if (web) startWeb();
saw({ kind: "ready" });

function startWeb() {
  const answer = (request, response) => {
    const scheme = request.socket.encrypted ? "https" : "http";
    saw({
      kind: "request",
      scheme,
      host: request.headers.host,
      path: request.url,
      to: request.socket.localAddress,
      headers: request.rawHeaders,
    });
    // An endpoint that says what it was sent, as many have for debugging.
    if (request.url?.startsWith("/echo")) return void response.end(JSON.stringify(request.rawHeaders));
    // A token endpoint of which each token is another one, and ends what it was asked with.
    if (request.url === "/token") return renewed(request, response);
    if (request.url !== "/stream") return void response.end(`stand-in ${request.url}\n`);
    const timer = setInterval(() => response.write("tick\n"), 100);
    response.on("close", () => clearInterval(timer));
    response.write("tick\n");
  };
  const http = createHttpServer(answer);
  http.listen(80, host);
  const inner = createHttpServer(answer);
  const secure = createTlsServer(
    { key, cert, SNICallback: (name, done) => (saw({ kind: "sni", name }), done(null)) },
    (socket) => inner.emit("connection", socket),
  );
  secure.on("connection", (socket) =>
    saw({ kind: "connect", port: 443, from: socket.remoteAddress, to: socket.localAddress }),
  );
  secure.on("tlsClientError", () => undefined);
  secure.listen(443, host);
}

function renewed(request, response) {
  let body = "";
  request.on("data", (data) => (body += data));
  request.on("end", () => {
    const used = new URLSearchParams(body).get("refresh_token") ?? "";
    const good = !spent.has(used);
    spent.add(used);
    const tokens = { access_token: `renewed-of-${used}`, refresh_token: `${used}-next`, expires_in: 3600 };
    response.writeHead(good ? 200 : 400, { "content-type": "application/json" });
    response.end(JSON.stringify(good ? tokens : { error: "invalid_grant" }));
  });
}

// One socket an address, those that come later too: an answer must leave from where the question went. What was sent to
// everybody on a network is answered from the address there.
function onEveryAddress(port, heard) {
  const bound = new Set();
  const bind = (address, answering) => {
    bound.add(address);
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    const from = answering ?? socket;
    socket.on("message", (data, sender) =>
      heard(data, sender, (answer) => from.send(answer, sender.port, sender.address)),
    );
    socket.bind(port, address);
    return socket;
  };
  const look = () => {
    for (const { address, netmask } of Object.values(networkInterfaces()).flat()) {
      if (bound.has(address) || address.startsWith("fe80:") || (host !== "::" && host !== address)) continue;
      const socket = bind(address);
      if (netmask === "255.255.255.0") bind(address.replace(/\d+$/, "255"), socket);
    }
  };
  look();
  setInterval(look, 200);
}

function startResolver() {
  onEveryAddress(53, (packet, _from, reply) => reply(answerTo(packet, "udp")));
  createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      const answer = answerTo(data.subarray(2), "tcp");
      socket.write(Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 255]), answer]));
    });
  }).listen(53, host);
}

function answerTo(packet, transport) {
  const labels = [];
  let at = 12;
  while (packet[at] > 0) {
    labels.push(packet.subarray(at + 1, at + 1 + packet[at]).toString("latin1"));
    at += 1 + packet[at];
  }
  const type = packet.readUInt16BE(at + 1);
  const name = labels.join(".");
  saw({ kind: "query", name, type, transport });
  const addresses = addressesOf(name).filter((each) => each.includes(":") === (type === 28));
  const known = addressesOf(name, true).length > 0;
  const records = type === 1 || type === 28 ? addresses : [];
  const head = Buffer.alloc(12);
  packet.copy(head, 0, 0, 2);
  head.writeUInt16BE(known ? 0x8580 : 0x8583, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  return Buffer.concat([head, packet.subarray(12, at + 5), ...records.map((each) => record(type, each))]);
}

function record(type, address) {
  const data = type === 1 ? Buffer.from(address.split(".").map(Number)) : bytesOf(address);
  // A pointer to the question's name, class IN, a time to live of nothing.
  return Buffer.concat([Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, data.length]), data]);
}

function bytesOf(address) {
  const [head, tail = ""] = address.split("::");
  const groups = (text) => (text === "" ? [] : text.split(":").map((each) => Number.parseInt(each, 16)));
  const [before, after] = [groups(head), groups(tail)];
  const all = address.includes("::")
    ? [...before, ...Array(8 - before.length - after.length).fill(0), ...after]
    : before;
  return Buffer.from(all.flatMap((each) => [each >> 8, each & 255]));
}

function addressesOf(name, peek = false) {
  let known = {};
  try {
    known = JSON.parse(readFileSync("/tmp/answers.json", "utf8"));
  } catch {
    // None yet.
  }
  const found = known[name] ?? [];
  if (!Array.isArray(found[0])) return found;
  const turn = turns.get(name) ?? 0;
  if (!peek) turns.set(name, turn + 1);
  return found[turn % found.length];
}
