# SPDX-License-Identifier: Apache-2.0
"""A TLS server of Python's ssl module. usage: pyserver.py KIND PORT CERT KEY

KIND is blocking (a thread for each connection), selectors (non-blocking sockets in an epoll loop),
poll (the same with poll), timeout (sockets with a timeout), asyncio (memory BIOs) or nested (as
selectors, with a callback for the server's name that nests calls until the interpreter will not
have more).
"""
import asyncio
import selectors
import socket
import ssl
import sys
import threading

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nasynctls\n"


class Nested:
    """Looks for its attributes among its attributes; each step is a call from C."""

    def __getattr__(self, name):
        return getattr(self, name + "'")


def nest(*_):
    try:
        return Nested().attribute
    except RecursionError as error:
        print(type(error).__name__, file=sys.stderr, flush=True)


def converse(context, sock, seconds):
    sock.settimeout(seconds)
    try:
        with context.wrap_socket(sock, server_side=True) as tls:
            tls.recv(4096)
            tls.sendall(ANSWER)
    except OSError as error:
        print(error, file=sys.stderr)


def serve_threads(context, listener, seconds):
    while True:
        sock = listener.accept()[0]
        threading.Thread(target=converse, args=(context, sock, seconds), daemon=True).start()


class Connection:
    """A non-blocking one: does what it can, and says what it waits for."""

    def __init__(self, context, sock):
        sock.setblocking(False)
        self.tls = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        self.shaken = False

    def proceed(self):
        """Returns the event to wait for, or None at its end."""
        try:
            if not self.shaken:
                self.tls.do_handshake()
                self.shaken = True
            self.tls.recv(4096)
            self.tls.send(ANSWER)
        except ssl.SSLWantReadError:
            return selectors.EVENT_READ
        except ssl.SSLWantWriteError:
            return selectors.EVENT_WRITE
        except OSError as error:
            print(error, file=sys.stderr)
        return None


def advance(selector, connection):
    event = connection.proceed()
    known = connection.tls.fileno() in selector.get_map()
    if event and known:
        selector.modify(connection.tls, event, connection)
    elif event:
        selector.register(connection.tls, event, connection)
    else:
        if known:
            selector.unregister(connection.tls)
        connection.tls.close()


def serve_loop(context, listener, selector):
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            connection = key.data or Connection(context, listener.accept()[0])
            advance(selector, connection)


async def serve_asyncio(context, listener):
    async def answer(reader, writer):
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWER)
            await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(answer, sock=listener, ssl=context)
    await server.serve_forever()


def main():
    kind, port, cert, key = sys.argv[1:5]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.num_tickets = 0
    if kind == "nested":
        context.sni_callback = nest
    listener = socket.create_server(("127.0.0.1", int(port)), backlog=128)
    if kind == "asyncio":
        asyncio.run(serve_asyncio(context, listener))
    elif kind in ("blocking", "timeout"):
        serve_threads(context, listener, 20 if kind == "timeout" else None)
    else:
        chosen = selectors.PollSelector() if kind == "poll" else selectors.EpollSelector()
        serve_loop(context, listener, chosen)


if __name__ == "__main__":
    main()
