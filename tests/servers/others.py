# SPDX-License-Identifier: Apache-2.0
"""Servers of other protocols."""
import struct

from client import read_exactly
from kind import Kind, payload
from servers import find, free_port


class Mosquitto(Kind):
    program = "mosquitto"
    package = "mosquitto"

    def configure(self):
        self.write(
            "mosquitto.conf",
            f"""listener {self.port} 127.0.0.1
certfile {self.certificate}
keyfile {self.key}
allow_anonymous true
persistence false
user root
log_dest stderr
log_type error
log_type warning
""",
        )

    def command(self):
        return [find("mosquitto"), "-c", self.folder / "mosquitto.conf"]

    CONNECT = b"\0\x04MQTT\x04\x02\0\0\0\0"  # 3.1.1, clean session, no name

    def packet(self, head, body):
        """A packet with its length in groups of seven bits."""
        size, length = len(body), b""
        while True:
            length += bytes([(size & 127) | (128 if size > 127 else 0)])
            size >>= 7
            if not size:
                return bytes([head]) + length + body

    def read(self, tls):
        head, size, shift = read_exactly(tls, 1)[0], 0, 0
        while True:
            byte = read_exactly(tls, 1)[0]
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return head, read_exactly(tls, size)

    def ask(self, tls):
        tls.sendall(self.packet(0x10, self.CONNECT) + self.packet(0xC0, b""))
        return self.read(tls) == (0x20, b"\0\0") and self.read(tls)[0] == 0xD0

    def transfer(self, client):
        body = payload()
        with client.open() as tls:
            self.ask(tls)
            tls.sendall(self.packet(0x82, b"\0\1\0\3big\0"))
            self.read(tls)
            tls.sendall(self.packet(0x30, b"\0\3big" + body))
            return self.read(tls)[1][5:] == body


class Dnsdist(Kind):
    """DNS over TLS; every name has the same address."""

    program = "dnsdist"
    package = "dnsdist"

    def configure(self):
        self.write(
            "dnsdist.conf",
            f"""setLocal("127.0.0.1:{free_port()}")
addTLSLocal("127.0.0.1:{self.port}", "{self.certificate}", "{self.key}")
addAction(AllRule(), SpoofAction("192.0.2.1"))
setSecurityPollSuffix("")
""",
        )

    def command(self):
        return [
            find("dnsdist"),
            "--supervised",
            "--disable-syslog",
            "-C",
            self.folder / "dnsdist.conf",
        ]

    def query(self, number):
        question = b"\4name\7example\0" + struct.pack(">HH", 1, 1)
        body = struct.pack(">HHHHHH", number, 0x100, 1, 0, 0, 0) + question
        return struct.pack(">H", len(body)) + body

    def answer(self, tls):
        return read_exactly(tls, struct.unpack(">H", read_exactly(tls, 2))[0])

    def ask(self, tls):
        tls.sendall(self.query(1))
        return self.answer(tls).endswith(bytes([192, 0, 2, 1]))

    def transfer(self, client):
        """Nothing of it is large; many answers on one connection."""
        with client.open() as tls:
            for number in range(2000):
                tls.sendall(self.query(number))
                answer = self.answer(tls)
                if answer[:2] != struct.pack(">H", number) or not answer.endswith(
                    bytes([192, 0, 2, 1])
                ):
                    return False
        return True

    def reload(self):
        """It has none but by its console."""


KINDS = [Mosquitto, Dnsdist]
