#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# commands.sh ASYNCTLS PAGE: the page, with the commands that asynctls lists in place of @COMMANDS@.
set -e

# The page that has the command in its NAME.
page_of() {
	grep -lE "^asynctls-([a-z, -]*asynctls-)?$1[, ].*- " "${2%/*}"/asynctls-*.1.scd | sed 's|.*/||; s|\.1\.scd||'
}

"$1" --help | sed -n 's/^  \([a-z]\{1,\}\)  */\1 /p' |
	while read -r name summary; do
		printf '*%s*\n\t%s; *%s*(1)\n' "$name" "$summary" "$(page_of "$name" "$2")"
	done |
	sed -e '/^@COMMANDS@$/{
r /dev/stdin
d
}' "$2"
