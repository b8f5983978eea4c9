# Adds addresses, routes and interfaces to the network namespace that it runs in: `address IP`, `route IP VIA`,
# `bridge NAME`, one a line on stdin.
# For machines without iproute2; needs CAP_NET_ADMIN.
import socket
import struct
import sys

RTM_NEWLINK, RTM_NEWADDR, RTM_NEWROUTE = 16, 20, 24
REQUEST_ACK_CREATE_REPLACE = 0x1 | 0x4 | 0x400 | 0x100


def family(ip):
    return socket.AF_INET6 if ":" in ip else socket.AF_INET


def attribute(kind, payload):
    length = 4 + len(payload)
    return struct.pack("HH", length, kind) + payload + b"\0" * (-length % 4)


def ask(kind, body):
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    link.bind((0, 0))
    link.send(struct.pack("IHHII", 16 + len(body), kind, REQUEST_ACK_CREATE_REPLACE, 1, 0) + body)
    error = struct.unpack("i", link.recv(65536)[16:20])[0]
    link.close()
    return -error


def add_address(ip):
    packed = socket.inet_pton(family(ip), ip)
    # Host scope prefix on `lo`; 0x02 = IFA_F_NODAD.
    head = struct.pack("BBBBI", family(ip), len(packed) * 8, 0x02, 0, socket.if_nametoindex("lo"))
    return ask(RTM_NEWADDR, head + attribute(1, packed) + attribute(2, packed))


def add_route(ip, via):
    packed = socket.inet_pton(family(ip), ip)
    # The main table, made by an administrator, everywhere, unicast.
    head = struct.pack("BBBBBBBBI", family(ip), len(packed) * 8, 0, 0, 254, 4, 0, 1, 0)
    return ask(RTM_NEWROUTE, head + attribute(1, packed) + attribute(5, socket.inet_pton(family(via), via)))


def add_bridge(name):
    # Raised as it is made: IFF_UP, and that alone is to change.
    head = struct.pack("BBHiII", socket.AF_UNSPEC, 0, 0, 0, 1, 1)
    return ask(RTM_NEWLINK, head + attribute(3, name.encode() + b"\0") + attribute(18, attribute(1, b"bridge")))


ADD = {"address": add_address, "route": add_route, "bridge": add_bridge}

for line in sys.stdin.read().split("\n"):
    words = line.split()
    if not words:
        continue
    error = ADD[words[0]](*words[1:])
    if error not in (0, 17):
        print("%s: errno %d" % (line, error))
        sys.exit(1)
