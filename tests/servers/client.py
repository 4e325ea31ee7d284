# SPDX-License-Identifier: Apache-2.0
"""A TLS client in Python's ssl: full handshakes of either version, and some that are aborted."""
import socket
import ssl
import struct
import time
from concurrent.futures import ThreadPoolExecutor

TIMEOUT = 30
VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
SIDE_BY_SIDE = 8


class Client:
    """prologue(socket): what the protocol says in the clear, before TLS. ask(tls): a short
    dialogue; true if the answer is right. identity: certificate and key that the client shows."""

    def __init__(self, port, prologue, ask, identity=None):
        self.port, self.prologue, self.ask = port, prologue, ask
        self.identity = identity

    def context(self, version):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = context.maximum_version = version
        if self.identity:
            context.load_cert_chain(*self.identity)
        return context

    def connect(self):
        sock = socket.create_connection(("127.0.0.1", self.port), TIMEOUT)
        self.prologue(sock)
        return sock

    def open(self, version=VERSIONS[1]):
        """A connection with its handshake done. A context of its own: there is no session to resume."""
        return self.context(version).wrap_socket(self.connect(), server_hostname="localhost")

    def once(self, version):
        with self.open(version) as tls:
            return bool(self.ask(tls))

    def insist(self, version, tries):
        """Try as often as that, with some patience in between."""
        while not (found := self.tried(self.once, version)) and tries > 1:
            tries -= 1
            time.sleep(0.1)
        return found

    def many(self, count, tries=1):
        """Make count handshakes, each version for half of them. Returns how many succeeded."""
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            versions = [VERSIONS[n % 2] for n in range(count)]
            return sum(pool.map(lambda version: self.insist(version, tries), versions))

    def abort(self, number):
        """Say a ClientHello, and vanish: at once, or after the first bytes of the answer; with a FIN or
        with a reset."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.context(VERSIONS[number % 2]).wrap_bio(incoming, outgoing)
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        with self.connect() as sock:
            sock.sendall(outgoing.read())
            if number & 2:
                sock.recv(100)
            if number & 4:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def tried(self, action, *values):
        """What an action yields; false if the server lets it down."""
        try:
            return action(*values)
        except OSError:
            return False

    def aborts(self, count):
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            list(pool.map(lambda number: self.tried(self.abort, number), range(count)))


def read_all(tls):
    """Everything up to the end of the connection, however rude that is."""
    parts = []
    try:
        while part := tls.recv(65536):
            parts.append(part)
    except (ConnectionResetError, ssl.SSLEOFError):
        pass
    return b"".join(parts)


def read_exactly(stream, size):
    parts = []
    while size:
        part = stream.recv(min(size, 65536))
        if not part:
            raise ConnectionResetError("the answer is cut short")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def read_line(stream):
    """A line, byte by byte: what follows it may not be ours to read."""
    line = b""
    while not line.endswith(b"\n"):
        line += read_exactly(stream, 1)
    return line
