import "./support/on-podman.ts";
import "./egress.test.ts";
