# SPDX-License-Identifier: Apache-2.0
"""python3 -m asynctls_dashboards plot ...: what `asynctls plot` runs."""

import sys

from asynctls_dashboards.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
