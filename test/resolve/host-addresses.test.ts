import { expect, it } from "vitest";
import { fromKernel } from "../../src/resolve/host-addresses.ts";

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

const ROUTES = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0107A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
eth0\t0007A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
`;

const SIX = "fd000000000000000000000000000002 02 40 00 80     eth0\n";

it("finds every local address with its device, also of a bridge without a carrier", () => {
  expect(fromKernel(LOCAL, ROUTES, SIX)).toEqual([
    { device: "docker0", address: "172.17.0.1" },
    { device: "eth0", address: "192.168.7.2" },
    { device: "", address: "10.9.9.9" },
    { device: "eth0", address: "fd00::2" },
  ]);
});

it("finds nothing in tables that are empty or of another form", () => {
  expect(fromKernel("", "", "")).toEqual([]);
  expect(fromKernel("no table", "a b c\nd", "zz\n\n")).toEqual([]);
});
