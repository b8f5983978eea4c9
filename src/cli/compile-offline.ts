import { dirname } from "node:path";
import { containerObjects } from "../../compilers/container/compile.ts";
import type { ContainerObject } from "../../compilers/container/resources.ts";
import type { LoadedProject } from "../config/load.ts";
import { resourceGraph } from "../graph/resource.ts";
import type { ResourceGraph } from "../graph/resource.ts";
import { resolve } from "../resolve/resolve.ts";
import { hiddenBy } from "./hidden-by.ts";
import { liveView } from "./live-view.ts";
import { buildContextOf } from "./workspace-supplier.ts";
import { compileCredentials } from "../providers/compile-credentials.ts";
import { readProviders } from "../providers/own-providers.ts";
import type { Shell } from "./shell.ts";
import { settingsFolder } from "./user-folders.ts";

/** The graph without asking any engine: image references stand where their ids would. */
export async function compileOffline(project: LoadedProject, shell: Shell): Promise<ResourceGraph<ContainerObject>> {
  const inputs = await resolve(project.model, {
    root: project.root,
    folder: dirname(project.path),
    environment: shell.environment,
    images: () => Promise.resolve({}),
    publishedPorts: () => Promise.resolve({}),
    engineAddresses: () => Promise.resolve({ others: [], own: [] }),
    buildContext: (agent, path) => buildContextOf(project, agent.name, path, shell),
    hiddenBy: (agent, path) => hiddenBy(project, agent, path),
    liveView: (agent) => liveView(project, agent, shell),
    credentials: compileCredentials(project.model, readProviders(settingsFolder(shell.environment))),
    authority: () => Promise.resolve(null),
    secretVersions: {},
  });
  return resourceGraph(
    { project: project.model.project, backend: "docker" },
    containerObjects({ model: project.model, inputs }),
  );
}
