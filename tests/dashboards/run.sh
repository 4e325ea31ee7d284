#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run one of the dashboards' test files under a Python that has matplotlib, as `asynctls plot`
# would. usage: run.sh TEST_FILE [unittest arguments]
set -u
here=$(dirname "$0")
for python in "${ASYNCTLS_PYTHON:-/usr/bin/python3}" /usr/bin/python3 python3; do
	if "$python" -c 'import matplotlib, numpy' 2>/dev/null; then
		export PYTHONPATH="$here/../../dashboards:$here" PYTHONDONTWRITEBYTECODE=1
		exec "$python" "$@" -v
	fi
done
echo "skipped: no Python with matplotlib and numpy (Debian: python3-matplotlib)" >&2
exit 77
