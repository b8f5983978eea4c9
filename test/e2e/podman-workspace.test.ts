import "./support/on-podman.ts";
import "./workspace.test.ts";
