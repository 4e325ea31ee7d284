#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check-page.sh SHIM PAGE: every function that the shim wraps is named in its page, and no other.
set -u
n=0
ok() { # STATUS WHAT
	n=$((n + 1))
	[ "$1" = 0 ] && echo "ok $n - $2" || echo "not ok $n - $2"
}
some() { # WHAT NAMES
	[ -n "$2" ]
	ok $? "$1 are found"
}
wrapped=$(nm -D --defined-only "$1" | awk '$2 == "T" { print $3 }' | grep -v '^__\|^lttng_\|^asynctls_')
some "wrapped functions" "$wrapped"
for name in $wrapped; do
	grep -qw "$name" "$2"
	ok $? "$name is in the page"
done
named=$(sed -n '/^# WHAT IS WRAPPED/,/^Not wrapped/p' "$2" | grep -v '^Not wrapped' |
	grep -o '\(ASYNC\|SSL\|EVP\)_[A-Za-z_0-9]*' | grep -v 'SSL_MODE_ASYNC')
some "functions in the page" "$named"
for name in $named; do
	echo "$wrapped" | grep -qx "$name"
	ok $? "$name is wrapped"
done
echo "1..$n"
