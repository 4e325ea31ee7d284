#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# readers.sh DUMP_EVENTS FOLDER...: the fast reader and the reference give the same events, in the
# same order, and the same losses, of every recording.
set -u
dump=$1
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0
for folder; do
	n=$((n + 1))
	"$dump" fast "$folder" >"$tmp/fast" 2>"$tmp/err"
	fast=$?
	"$dump" reference "$folder" >"$tmp/reference" 2>>"$tmp/err"
	reference=$?
	if [ $reference = 0 ] && [ $fast = 0 ] && cmp -s "$tmp/fast" "$tmp/reference" && [ -s "$tmp/fast" ]; then
		echo "ok $n - $folder: $(wc -l <"$tmp/fast") events are the same"
	else
		echo "not ok $n - $folder"
		diff "$tmp/fast" "$tmp/reference" | head -20 | cat - "$tmp/err" | sed 's/^/# /'
	fi
done
echo "1..$n"
