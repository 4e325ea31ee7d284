# SPDX-License-Identifier: Apache-2.0
"""A web server of Python's ssl. usage: httpserver.py threads|asyncio PORT CERT KEY FOLDER"""
import asyncio
import signal
import socket
import ssl
import sys
import threading
from pathlib import Path


def respond(request, folder):
    """The answer to a request: a file of the folder."""
    body = (folder / Path(request.split()[1].decode()).name).read_bytes()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def converse(context, sock, folder):
    try:
        with context.wrap_socket(sock, server_side=True) as tls:
            tls.sendall(respond(tls.recv(4096), folder))
            tls.unwrap()
    except (OSError, IndexError):
        pass  # the client has vanished


def serve_threads(context, listener, folder):
    while True:
        sock = listener.accept()[0]
        threading.Thread(target=converse, args=(context, sock, folder), daemon=True).start()


async def serve_asyncio(context, listener, folder):
    async def answer(reader, writer):
        try:
            writer.write(respond(await reader.readuntil(b"\r\n\r\n"), folder))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has vanished
        finally:
            writer.close()

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with await asyncio.start_server(answer, sock=listener, ssl=context):
        await stop.wait()


def main():
    kind, port, cert, key, folder = sys.argv[1:6]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    listener = socket.create_server(("127.0.0.1", int(port)), backlog=128)
    if kind == "asyncio":
        asyncio.run(serve_asyncio(context, listener, Path(folder)))
    else:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        serve_threads(context, listener, Path(folder))


if __name__ == "__main__":
    main()
