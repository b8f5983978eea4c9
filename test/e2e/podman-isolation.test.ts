import "./support/on-podman.ts";
import "./isolation.test.ts";
