import { expect, it } from "vitest";
import { addressCheck } from "../../src/gateway/address-check.ts";

const check = addressCheck(["172.30.0.2"], ["192.168.7.7/32", "93.184.216.9/32"]);

it.for([
  "1.1.1.1",
  "8.8.8.8",
  "93.184.216.34",
  "172.15.255.255",
  "172.32.0.1",
  "100.63.255.255",
  "2606:4700::1111",
  "2a00::1",
])("lets %s through", (address) => {
  expect(check(address, [])).toBeNull();
});

it.for([
  "0.0.0.0",
  "0.1.2.3",
  "10.0.0.1",
  "100.64.0.1",
  "100.100.100.200",
  "127.0.0.1",
  "127.0.0.11",
  "127.64.0.1",
  "168.63.129.16",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.192",
  "192.0.2.1",
  "192.88.99.1",
  "192.168.0.1",
  "198.18.0.1",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::7f00:1",
  "::ffff:8.8.8.8",
  "::ffff:127.0.0.1",
  "64:ff9b::7f00:1",
  "64:ff9b:1::1",
  "100::1",
  "2001::1",
  "2001:10::1",
  "2001:db8::1",
  "2002:7f00:1::1",
  "3fff::1",
  "5f00::1",
  "fc00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fec0::1",
  "ff02::1",
  "fe80::1%eth0",
  "not an address",
  "",
])("refuses %j", (address) => {
  expect(check(address, [])).not.toBeNull();
});

it("opens a private address that is named, and nothing beside it", () => {
  expect(check("10.2.3.4", ["10.2.0.0/16"])).toBeNull();
  expect(check("10.3.3.4", ["10.2.0.0/16"])).toBe("private");
  expect(check("fd00::1", ["fd00::/8"])).toBeNull();
});

it.for(["127.0.0.1", "169.254.169.254", "168.63.129.16", "0.0.0.0", "::1", "fe80::1", "::ffff:10.2.3.4", "224.0.0.1"])(
  "never opens %s, whatever is named",
  (address) => {
    expect(check(address, ["0.0.0.0/0", "::/0"])).not.toBeNull();
  },
);

it("opens the host's own addresses only by exactly that address", () => {
  expect(check("93.184.216.9", [])).toBe("the host's own");
  expect(check("192.168.7.7", ["192.168.0.0/16"])).toBe("the host's own");
  expect(check("192.168.7.7", ["192.168.7.7/32"])).toBeNull();
  expect(check("172.30.0.2", ["172.30.0.0/16"])).toBe("the host's own");
});

it("does not take what it said of one question for the answer to another", () => {
  expect(check("10.1.1.1", ["10.0.0.0/8"])).toBeNull();
  expect(check("10.1.1.1", [])).toBe("private");
  expect(check('10.1.1.1",["10.0.0.0/8"]', [])).toBe("not an address");
  expect(check("10.1.1.1 10.0.0.0/8", [])).toBe("not an address");
});
