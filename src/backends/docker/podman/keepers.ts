import { get, NATIVE } from "./errand.ts";
import type { Call, Errand } from "./errand.ts";
import { fieldsOf, listIn, textIn, textsIn } from "./json.ts";

/*
 * Podman removes no container whose namespace another one has joined, not even one that ended long ago; Docker does, and the
 * namespace lives on in the other one. So such a container is ended and put aside under another name, where nobody sees it,
 * and goes with the last one that joined it.
 */

const ASIDE = "coop-aside-";

/** As Docker's call, without what was put aside. */
export async function listContainers({ ask, call }: Errand): Promise<unknown> {
  return listIn(await ask(call)).filter((each) => !textsIn(fieldsOf(each)["Names"]).some(isAside));
}

function isAside(name: string): boolean {
  return name.replace(/^\//, "").startsWith(ASIDE);
}

export async function removeContainer(errand: Errand): Promise<unknown> {
  const { ask, call, name } = errand;
  try {
    const answer = await ask(call);
    await removeForsaken(errand.ask);
    return answer;
  } catch (cause) {
    if (!isStoodOn(cause)) throw cause;
    const report = fieldsOf(await ask(get(`${NATIVE}/containers/${name}/json`, call)));
    return putAside(errand, textIn(report["Id"]));
  }
}

async function putAside({ ask }: Pick<Errand, "ask">, id: string): Promise<unknown> {
  // 409: it does not run.
  await ask({ method: "POST", path: `/containers/${id}/kill`, statusCodes: { 204: true } }).catch((cause: unknown) => {
    if (!isConflict(cause)) throw cause;
  });
  const name = asideName(id);
  await ask({
    method: "POST",
    path: `/containers/${id}/rename?`,
    options: { _query: { name } },
    statusCodes: { 204: true },
  });
  // Who stood on it may have gone meanwhile, and saw nothing put aside.
  return removeForsaken(ask);
}

function asideName(id: string): string {
  return `${ASIDE}${id.slice(0, 12)}`;
}

function removalOf(id: string): Call {
  return {
    method: "DELETE",
    path: `/containers/${id}?`,
    options: { force: true, v: true },
    statusCodes: { 200: true, 204: true, 404: true },
  };
}

function isStoodOn(cause: unknown): boolean {
  return cause instanceof Error && /has dependent containers/.test(cause.message);
}

// Of this run or another one: whoever still stands on one keeps it, by Podman's refusal. Again while one went, since it may
// have stood on another.
async function removeForsaken(ask: Errand["ask"]): Promise<void> {
  const list = { method: "GET", path: "/containers/json?", options: { all: true }, statusCodes: { 200: true } };
  for (let left = Number.POSITIVE_INFINITY; ;) {
    const ids = listIn(await ask(list)).flatMap((each) => {
      const { Id, Names } = fieldsOf(each);
      // By its own id, which no name of somebody else's holds by chance.
      return textsIn(Names).includes(`/${asideName(textIn(Id))}`) ? [textIn(Id)] : [];
    });
    if (ids.length === 0 || ids.length >= left) return;
    left = ids.length;
    for (const id of ids) await ask(removalOf(id)).catch(() => undefined);
  }
}

// What is paused cannot be stopped; its removal ends it.
export async function stopContainer({ ask, call, name }: Errand): Promise<unknown> {
  try {
    return await ask(call);
  } catch (cause) {
    if (!isConflict(cause)) throw cause;
    const report = fieldsOf(await ask(get(`${NATIVE}/containers/${name}/json`, call)));
    if (fieldsOf(report["State"])["Paused"] !== true) throw cause;
    throw Object.assign(new Error(`"${name}" is paused`, { cause }), { statusCode: 304 });
  }
}

function isConflict(cause: unknown): boolean {
  return cause instanceof Error && "statusCode" in cause && cause.statusCode === 409;
}
