// Says where in a sandbox some texts are: in environments, command lines and memory of the processes that may be read, and in
// files below the folders that are given. One line of JSON: for each text the places.
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";

const [texts, folders] = process.argv.slice(1).map((each) => JSON.parse(each));
const PIECE = 1 << 24;
const found = Object.fromEntries(texts.map((text) => [text, new Set()]));

const look = (place, bytes) => {
  for (const text of texts) if (bytes.includes(text)) found[text].add(place);
};
// What may not be read holds nothing for anybody of this user.
const whatMayBeRead = (read) => {
  try {
    return read();
  } catch {
    return [];
  }
};

function memory(pid) {
  const piece = Buffer.alloc(PIECE);
  const file = openSync(`/proc/${pid}/mem`, "r");
  // Regions of which no page is there are reserved, by gigabytes.
  const there = /^([0-9a-f]+)-([0-9a-f]+) rw.*\nSize:.*\nKernelPageSize:.*\nMMUPageSize:.*\nRss: +[1-9]/gm;
  for (const [, first, last] of readFileSync(`/proc/${pid}/smaps`, "latin1").matchAll(there)) {
    let at = Number.parseInt(first, 16);
    const end = Number.parseInt(last, 16);
    while (at < end) {
      const read = whatMayBeRead(() => readSync(file, piece, 0, Math.min(PIECE, end - at), at));
      if (!(read > 0)) break;
      look(`memory ${pid}`, piece.subarray(0, read));
      // A text may lie across two pieces.
      at += read === PIECE ? read - 256 : read;
    }
  }
  closeSync(file);
}

function files(folder) {
  for (const name of whatMayBeRead(() => readdirSync(folder))) {
    const path = join(folder, name);
    const is = lstatSync(path, { throwIfNoEntry: false });
    if (is?.isDirectory()) files(path);
    else if (is?.isFile()) whatMayBeRead(() => look(path, readFileSync(path)));
  }
}

for (const pid of readdirSync("/proc")) {
  // This process knows the texts by its own arguments.
  if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
  for (const name of ["environ", "cmdline"]) {
    whatMayBeRead(() => look(`${name} ${pid}`, readFileSync(`/proc/${pid}/${name}`)));
  }
  whatMayBeRead(() => memory(pid));
}
folders.forEach(files);
process.stdout.write(`${JSON.stringify(Object.fromEntries(texts.map((text) => [text, [...found[text]]])))}\n`);
