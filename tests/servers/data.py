# SPDX-License-Identifier: Apache-2.0
"""Data bases and caches."""
import hashlib
import os
import signal
import struct
import subprocess

from client import read_exactly, read_line
from kind import Kind, NotTried, give, payload, user

POSTGRES = "/usr/lib/postgresql/15/bin/"


def setup(words):
    """Run a command that has to succeed before a server can start."""
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        raise NotTried(f"{words[-1]}: {done.stderr.strip()[-200:]}")


class Redis(Kind):
    program = "redis-server"
    package = "redis-server"
    title = "redis-server, io-threads"

    def command(self):
        words = ["--port", 0, "--tls-port", self.port, "--bind", "127.0.0.1", "--save", ""]
        words += ["--tls-cert-file", self.certificate, "--tls-key-file", self.key]
        words += ["--tls-auth-clients", "no", "--tls-ca-cert-file", self.certificate]
        words += ["--io-threads", 3, "--io-threads-do-reads", "yes", "--dir", self.folder]
        return ["/usr/bin/redis-server", *words]

    def ask(self, tls):
        tls.sendall(b"PING\r\n")
        return read_line(tls) == b"+PONG\r\n"

    def transfer(self, client):
        with client.open() as tls:
            body = payload()
            tls.sendall(b"*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$%d\r\n%s\r\n" % (len(body), body))
            if read_line(tls) != b"+OK\r\n":
                return False
            tls.sendall(b"GET big\r\n")
            return read_exactly(tls, int(read_line(tls)[1:])) == body

    def reload(self):
        """It has no reload by signal; its files are read again when they are set anew."""
        with self.client.open() as tls:
            tls.sendall(b"CONFIG SET tls-cert-file %s\r\n" % str(self.certificate).encode())
            read_line(tls)


class Memcached(Kind):
    program = "memcached"
    package = "memcached"

    def command(self):
        words = ["-Z", "-l", "127.0.0.1", "-p", self.port, "-t", 4, "-I", "16m", "-m", 64]
        words += ["-o", f"ssl_chain_cert={self.certificate},ssl_key={self.key}"]
        return [*user("memcache"), "/usr/bin/memcached", *words]

    def configure(self):
        give(self.folder, "memcache")

    def ask(self, tls):
        tls.sendall(b"version\r\n")
        return read_line(tls).startswith(b"VERSION ")

    def transfer(self, client):
        with client.open() as tls:
            body = payload()
            tls.sendall(b"set big 0 0 %d\r\n%s\r\n" % (len(body), body))
            if read_line(tls) != b"STORED\r\n":
                return False
            tls.sendall(b"get big\r\n")
            return read_exactly(tls, int(read_line(tls).split()[3])) == body

    def reload(self):
        """refresh_certs reads them again."""
        with self.client.open() as tls:
            tls.sendall(b"refresh_certs\r\n")
            read_line(tls)


class Postgres(Kind):
    """A process for each client, which begins TLS inside its own BIO."""

    program = "/usr/lib/postgresql/15/bin/postgres"
    package = "postgresql-15"
    reload_sign = "reloading configuration files"
    stop_signal = signal.SIGINT

    @classmethod
    def lacks(cls):
        return "" if os.path.exists(POSTGRES + "postgres") else "not installed"

    def configure(self):
        self.data = self.folder / "cluster"
        if not self.data.exists():
            self.folder.chmod(0o755)
            give(self.folder, "postgres")
            words = [POSTGRES + "initdb", "-A", "trust", "-U", "tester", "-D", self.data]
            setup([*user("postgres"), *words, "--no-sync"])
        self.write(
            "cluster/postgresql.auto.conf",
            f"""listen_addresses = '127.0.0.1'
port = {self.port}
unix_socket_directories = ''
ssl = on
ssl_cert_file = '{self.certificate}'
ssl_key_file = '{self.key}'
fsync = off
""",
        )
        give(self.data, "postgres")

    def command(self):
        return [*user("postgres"), POSTGRES + "postgres", "-D", self.data]

    def prologue(self, sock):
        sock.sendall(struct.pack(">II", 8, 80877103))
        if read_exactly(sock, 1) != b"S":
            raise ConnectionError("TLS is refused")

    def message(self, tls):
        kind = read_exactly(tls, 1)
        return kind, read_exactly(tls, struct.unpack(">I", read_exactly(tls, 4))[0] - 4)

    def query(self, tls, sql):
        """The one value that a query yields."""
        text = b"user\0tester\0database\0postgres\0\0"
        tls.sendall(struct.pack(">II", len(text) + 8, 196608) + text)
        while self.message(tls)[0] != b"Z":
            pass
        tls.sendall(b"Q" + struct.pack(">I", len(sql) + 5) + sql + b"\0")
        value = None
        while (answer := self.message(tls))[0] != b"Z":
            if answer[0] == b"D":
                value = answer[1][6:]
        tls.sendall(b"X" + struct.pack(">I", 4))
        return value

    def ask(self, tls):
        return self.query(tls, b"SELECT 41 + 1") == b"42"

    def transfer(self, client):
        body = payload()
        with client.open() as tls:
            return self.query(tls, b"SELECT '" + body + b"'") == body


class Mariadb(Kind):
    program = "mariadbd"
    package = "mariadb-server"

    def configure(self):
        self.data = self.folder / "base"
        if not self.data.exists():
            self.data.mkdir()
            self.folder.chmod(0o755)
            give(self.folder, "mysql")
            words = ["mariadb-install-db", "--no-defaults", "--user=mysql", "--skip-test-db"]
            setup([*words, "--auth-root-authentication-method=normal", f"--datadir={self.data}"])

    def command(self):
        words = ["--no-defaults", f"--datadir={self.data}", f"--socket={self.data}/socket"]
        words += [f"--port={self.port}", "--bind-address=127.0.0.1", "--skip-grant-tables=0"]
        words += [f"--ssl-cert={self.certificate}", f"--ssl-key={self.key}", "--user=mysql"]
        words += ["--max-allowed-packet=64M", "--skip-name-resolve", "--innodb-buffer-pool-size=8M"]
        return ["/usr/sbin/mariadbd", *words, f"--pid-file={self.data}/pid"]

    FLAGS = 0x00000001 | 0x200 | 0x800 | 0x8000 | 0x80000  # long password, 4.1, TLS, secure, plugin

    def packet(self, stream):
        head = read_exactly(stream, 4)
        return head[3], read_exactly(stream, int.from_bytes(head[:3], "little"))

    def send(self, stream, number, body):
        stream.sendall(len(body).to_bytes(3, "little") + bytes([number]) + body)

    def prologue(self, sock):
        self.packet(sock)
        self.send(sock, 1, struct.pack("<IIB23x", self.FLAGS, 1 << 24, 33))

    def login(self, tls):
        body = struct.pack("<IIB23x", self.FLAGS, 1 << 24, 33)
        self.send(tls, 2, body + b"root\0\0mysql_native_password\0")
        number, answer = self.packet(tls)
        if answer[:1] == b"\xfe":
            self.send(tls, number + 1, b"")
            answer = self.packet(tls)[1]
        return answer[:1] == b"\0"

    def ask(self, tls):
        return self.login(tls) and self.query(tls, b"SELECT 41 + 1").endswith(b"42")

    def query(self, tls, sql):
        """The packet of the first row; it has one value."""
        self.send(tls, 0, b"\3" + sql)
        self.packet(tls)  # number of columns
        self.packet(tls)
        self.packet(tls)  # end of columns
        return self.packet(tls)[1]

    def transfer(self, client):
        body = payload()
        with client.open() as tls:
            if not self.login(tls):
                return False
            digest = hashlib.sha256(body).hexdigest().encode()
            sent = self.query(tls, b"SELECT SHA2('" + body + b"', 256)").endswith(digest)
        with client.open() as tls:
            return (
                sent
                and self.login(tls)
                and len(self.query(tls, b"SELECT REPEAT('x', 8000000)")) > 8000000
            )


KINDS = [Postgres, Mariadb, Redis, Memcached]
