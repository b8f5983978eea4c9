import { expect, it } from "vitest";
import { fromKernel, hostAddresses } from "../../src/resolve/host-addresses.ts";

const LOCAL = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
        |-- 172.17.0.0
           /16 link UNICAST
        |-- 172.17.0.1
           /32 host LOCAL
Local:
        |-- 172.17.0.1
           /32 host LOCAL
        |-- 172.17.255.255
           /32 link BROADCAST
        |-- 192.168.7.2
           /32 host LOCAL
        |-- 10.9.9.9
           /32 host LOCAL
`;

const SIX = "fd000000000000000000000000000002 02 40 00 80     eth0\n";

it("finds every local address, also of a bridge without a carrier, each once", () => {
  expect(fromKernel(LOCAL, SIX)).toEqual(["172.17.0.1", "192.168.7.2", "10.9.9.9", "fd00::2"]);
});

it("finds nothing in tables that are empty or of another form", () => {
  expect(fromKernel("", "")).toEqual([]);
  expect(fromKernel("no table", "zz\n\n")).toEqual([]);
});

it("adds what the engine knows, and leaves out the bridge that the gateway holds back by itself", async () => {
  const here = await hostAddresses({ others: [], own: [] });
  const found = await hostAddresses({ others: ["10.250.1.1", "fd00:250::1", "127.0.0.1"], own: here.slice(0, 1) });
  expect(found).toEqual([...here.slice(1), "10.250.1.1", "fd00:250::1"].toSorted());
});
