# Tries many ways out at the same time: `python3 probe.py '[["tcp", "10.0.0.1", 80, "word"], …]' seconds`. Prints one line
# a try, in order: `reached …` or `no …`. Only what came back from the other end, or a socket that the kernel gave, counts
# as reached.
import ast
import os
import socket
import ssl
import struct
import sys
import threading
import time

WAIT = float(sys.argv[2]) if len(sys.argv) > 2 else 3.0


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def talk(sock, word):
    sock.sendall(word.encode() + b"\n")
    return sock.recv(4096).decode("latin1").strip()


def stream(address, port, protocol=0):
    sock = socket.socket(family(address), socket.SOCK_STREAM, protocol)
    sock.settimeout(WAIT)
    sock.connect((address, port))
    return sock


def tcp(address, port, word):
    return talk(stream(address, port), word)


def multipath(address, port, word):
    return talk(stream(address, port, 262), word)


# Blocking, with the kernel's own time limits: only so does the first packet carry data where there is no cookie yet.
def fastopen(address, port, word):
    sock = socket.socket(family(address), socket.SOCK_STREAM)
    for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
        sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", int(WAIT), 0))
    sock.sendto(word.encode() + b"\n", 0x20000000, (address, port))
    return sock.recv(4096).decode("latin1").strip()


def udp(address, port, word):
    sock = socket.socket(family(address), socket.SOCK_DGRAM)
    sock.settimeout(WAIT)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sock.sendto(word.encode(), (address, port))
    return sock.recv(4096).decode("latin1").strip()


# On every interface that there is, as nobody inside knows which one leads where.
def link_local(address, port, word):
    said = "no interface"
    for index, name in socket.if_nameindex():
        sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
        sock.settimeout(WAIT / 4)
        try:
            sock.connect((address, port, 0, index))
            return talk(sock, word)
        except OSError as error:
            said = "%s: %s" % (name, error)
    raise OSError(said)


def unix(path, word):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(WAIT)
    sock.connect("\0" + path[1:] if path[0] == "@" else path)
    return talk(sock, word)


def ping(address):
    six = ":" in address
    sock = socket.socket(family(address), socket.SOCK_RAW, 58 if six else 1)
    sock.settimeout(WAIT)
    packet = struct.pack("!BBHHH", 128 if six else 8, 0, 0, 7, 1) + b"ping"
    total = sum(struct.unpack("!6H", packet))
    total = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    sock.sendto(packet[:2] + struct.pack("!H", total) + packet[4:], (address, 0))
    until = time.monotonic() + WAIT
    while time.monotonic() < until:
        data = sock.recv(2048)
        if data[0] == 129 or data[20:21] == b"\0":
            return "echo reply"
    raise OSError("no reply")


def open_socket(kind, flavour, protocol):
    socket.socket(kind, flavour, protocol).close()
    return "a socket"


def query(server, name, kind, transport):
    labels = [label.encode() for label in name.split(".")]
    question = b"".join(bytes([len(label)]) + label for label in labels) + b"\0" + struct.pack(">HH", kind, 1)
    packet = struct.pack(">HHHHHH", 7, 0x100, 1, 0, 0, 0) + question
    if transport == "udp":
        sock = socket.socket(family(server), socket.SOCK_DGRAM)
        sock.settimeout(WAIT)
        sock.sendto(packet, (server, 53))
        answer = sock.recv(4096)
    else:
        sock = stream(server, 53)
        sock.sendall(struct.pack(">H", len(packet)) + packet)
        answer = sock.recv(4096)[2:]
    code = answer[3] & 15
    if code != 0:
        raise OSError({2: "SERVFAIL", 3: "NXDOMAIN"}.get(code, "code %d" % code))
    return "%d answers" % struct.unpack(">H", answer[6:8])


# By the explicit proxy, past every variable.
def proxied(authority, word):
    sock = stream("127.0.0.1", 3128)
    said = talk(sock, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r" % (authority, authority))
    if " 200 " not in said.split("\n")[0]:
        raise OSError(said.split("\n")[0])
    return talk(sock, word)


def proxied_get(url, host):
    sock = stream("127.0.0.1", 3128)
    said = talk(sock, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r" % (url, host))
    if " 200 " not in said.split("\n")[0]:
        raise OSError(said.split("\n")[0])
    return said.split("\n")[0]


# Bytes as they are, to a name or address; what comes back must hold the given word.
def bare(host, port, text, wanted):
    sock = socket.create_connection((host, port), WAIT)
    sock.sendall(text.encode())
    said = b""
    while wanted.encode() not in said:
        piece = sock.recv(4096)
        if not piece:
            raise OSError(said.decode("latin1").split("\n")[0].strip() or "closed")
        said += piece
    return wanted


# Bytes given as hexadecimal digits, to a unix socket or to host and port; what comes back, if anything does.
def raw(where, digits):
    if where.startswith("/"):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(WAIT)
        sock.connect(where)
    else:
        host, port = where.rsplit(":", 1)
        sock = socket.create_connection((host, int(port)), WAIT)
    sock.sendall(bytes.fromhex(digits))
    said = sock.recv(4096)
    if not said:
        raise OSError("closed")
    return said[2:].decode("latin1") if where.startswith("/") else said.decode("latin1")


def tls(host, name, path):
    context = ssl._create_unverified_context()
    secure = context.wrap_socket(socket.create_connection((host, 443), WAIT), server_hostname=name or None)
    secure.sendall(("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (path, host)).encode())
    said = secure.recv(4096).decode("latin1").split("\n")[0].strip()
    if " 200 " not in said:
        raise OSError(said)
    return said


def dial(host, port, word):
    sock = socket.create_connection((host, port), WAIT)
    sock.settimeout(WAIT)
    return talk(sock, word)


# A new device in this namespace: RTM_NEWLINK for a bridge.
def new_device(name):
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    label = name.encode() + b"\0"
    kind = struct.pack("HH", 4 + 6, 1) + b"bridge" + b"\0" * 2
    body = struct.pack("BxHiII", 0, 0, 0, 0, 0)
    body += struct.pack("HH", 4 + len(label), 3) + label + b"\0" * (-len(label) % 4)
    body += struct.pack("HH", 4 + len(kind), 18) + kind
    link.send(struct.pack("IHHII", 16 + len(body), 16, 0x605, 1, 0) + body)
    error = struct.unpack("i", link.recv(4096)[16:20])[0]
    if error != 0:
        raise OSError(-error, os.strerror(-error))
    return "a device"


KINDS = {
    "tcp": tcp, "multipath": multipath, "fastopen": fastopen, "udp": udp, "link-local": link_local, "unix": unix,
    "ping": ping, "socket": open_socket, "query": query, "proxied": proxied, "proxied-get": proxied_get, "bare": bare, "raw": raw,
    "tls": tls, "dial": dial, "device": new_device,
}
tries = ast.literal_eval(sys.argv[1])
results = ["no answer in time"] * len(tries)


def attempt(index):
    kind, *words = tries[index]
    try:
        said = KINDS[kind](*words)
        results[index] = "reached " + said if said else "no answer"
    except OSError as error:
        results[index] = "no " + (str(error) or type(error).__name__)


threads = [threading.Thread(target=attempt, args=(index,), daemon=True) for index in range(len(tries))]
for thread in threads:
    thread.start()
until = time.monotonic() + 2 * WAIT + 5
for thread in threads:
    thread.join(max(0.0, until - time.monotonic()))
for result in results:
    print(result.replace("\n", " "))
sys.stdout.flush()
os._exit(0)
