#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# report.sh ASYNCTLS TRACE...: the report from a database is that from the trace without one.
set -u
asynctls=$1
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# report INPUT: the page, and the JSON object
report() {
	"$asynctls" report -i "$1" && "$asynctls" report --json -i "$1"
}

n=0
for trace; do
	n=$((n + 1))
	rm -rf "$tmp/t" "$tmp/t".*
	[ -d "$trace" ] && name=t || name=t.txt
	cp -r "$trace" "$tmp/$name"
	report "$tmp/$name" >"$tmp/direct" 2>"$tmp/err"
	[ ! -e "$tmp/$name.db" ] || echo "a database was made" >>"$tmp/direct"
	"$asynctls" analyze -i "$tmp/$name" 2>>"$tmp/err"
	report "$tmp/$name.db" >"$tmp/analyzed" 2>>"$tmp/err"
	if [ -s "$tmp/direct" ] && cmp -s "$tmp/direct" "$tmp/analyzed"; then
		echo "ok $n - $(basename "$(dirname "$trace")")/$(basename "$trace")"
	else
		echo "not ok $n - $trace"
		head -c 3000 "$tmp/err" "$tmp/direct" "$tmp/analyzed" | sed 's/^/# /'
	fi
done
echo "1..$n"
