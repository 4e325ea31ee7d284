# SPDX-License-Identifier: Apache-2.0
"""Makes a second OpenSSL: copies of a library and of the libssl and libcrypto that it is linked to,
which know each other by other names.

usage: second-openssl.py LIBRARY FOLDER
"""
import os
import re
import subprocess
import sys

library, folder = sys.argv[1:]
linked = subprocess.run(["ldd", library], capture_output=True, text=True, check=True).stdout
paths = dict(re.findall(r"(lib(?:ssl|crypto)\.so\S*) => (\S+)", linked))
os.makedirs(folder, exist_ok=True)
for path in [library, *paths.values()]:
    with open(path, "rb") as file:
        content = file.read()
    for name in paths:  # a name of the same length fits into its place
        content = content.replace(name.encode() + b"\0", name[:-1].encode() + b"~\0")
    target = os.path.basename(path).split(".so")[0].removeprefix("libhandshakes") or "handshakes"
    with open(os.path.join(folder, target + ".so"), "wb") as file:
        file.write(content)
