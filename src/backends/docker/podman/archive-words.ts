import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract, pack } from "tar-stream";
import { get, NATIVE } from "./errand.ts";
import type { Errand } from "./errand.ts";
import { fieldsOf, listIn, textIn } from "./json.ts";

/**
 * Unpacks an archive into a container. Docker follows a path of the archive into whatever is mounted there; Podman only follows
 * the path that is asked for, and would write past the mount. So an archive for the root that lies wholly in one mount is given to
 * that mount, whose own folder it may then describe.
 */
export async function putArchive(errand: Errand): Promise<unknown> {
  const { ask, call, name } = errand;
  const file = call.file;
  if (textIn(fieldsOf(call.options)["path"]) !== "/" || !Buffer.isBuffer(file)) return ask(call);
  const report = fieldsOf(await ask(get(`${NATIVE}/containers/${name}/json`, call)));
  const places = listIn(report["Mounts"]).map((each) => textIn(fieldsOf(each)["Destination"]));
  const found = await insideOne(file, places);
  return ask(found === null ? call : { ...call, file: found.archive, options: { ...call.options, path: found.place } });
}

/** The same archive below the one of these places in which all of it lies; null where there is none. */
export async function insideOne(
  archive: Buffer,
  places: readonly string[],
): Promise<{ readonly place: string; readonly archive: Buffer } | null> {
  const names: string[] = [];
  for await (const entry of Readable.from([archive]).pipe(extract())) {
    names.push(`/${entry.header.name}`);
    entry.resume();
  }
  const place = places.find((each) => names.length > 0 && names.every((name) => name.startsWith(`${each}/`)));
  if (place === undefined) return null;
  const moved = pack();
  for await (const entry of Readable.from([archive]).pipe(extract()))
    moved.entry({ ...entry.header, name: `.${`/${entry.header.name}`.slice(place.length)}` }, await buffer(entry));
  moved.finalize();
  return { place, archive: await buffer(moved) };
}
