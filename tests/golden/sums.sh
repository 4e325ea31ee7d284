#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sums.sh ASYNCTLS TRACE...: the report is the same from the rows of a database, from its sums, and from the
# trace without any database; and the sums are those of the rows (sums.sql gives what is not).
set -u
asynctls=$1
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0
for trace; do
	n=$((n + 1))
	rm -rf "$tmp/t" "$tmp/t".*
	[ -d "$trace" ] && name=t || name=t.txt
	cp -r "$trace" "$tmp/$name"
	"$asynctls" report --json -i "$tmp/$name" >"$tmp/direct" 2>"$tmp/err"
	[ ! -e "$tmp/$name.db" ] || echo "a database was made" >>"$tmp/direct"
	{
		"$asynctls" analyze -i "$tmp/$name"
		"$asynctls" report --json -i "$tmp/$name.db" >"$tmp/sums"
		ASYNCTLS_REPORT_ROWS=1 "$asynctls" report --json -i "$tmp/$name.db" >"$tmp/rows"
		"$asynctls" query --json -i "$tmp/$name.db" -f "$(dirname "$0")/sums.sql" >"$tmp/off"
	} 2>>"$tmp/err"
	if [ -s "$tmp/rows" ] && cmp -s "$tmp/rows" "$tmp/sums" && cmp -s "$tmp/rows" "$tmp/direct" &&
		[ "$(tr -d ' \n' <"$tmp/off")" = "[]" ]; then
		echo "ok $n - $(basename "$(dirname "$trace")")/$(basename "$trace")"
	else
		echo "not ok $n - $trace"
		head -c 3000 "$tmp/off" "$tmp/err" "$tmp/rows" "$tmp/sums" "$tmp/direct" | sed 's/^/# /'
	fi
done
echo "1..$n"
