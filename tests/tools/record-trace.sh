#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# record-trace.sh OUTPUT COMMAND...: run COMMAND under a session daemon of its own and leave its CTF
# in OUTPUT/ctf. For tests of the analyzer, with LTTng's own tools. SUBBUF=size*number sets the
# buffers; BLOCKING=1 makes COMMAND wait for room in them, so that no event is lost.
set -eu
out=$1
shift
home=$(mktemp -d /tmp/asynctls-XXXXXX)
as=
if [ "$(id -u)" = 0 ]; then
	# A private daemon is not possible as root.
	as="setpriv --reuid 65533 --regid 65533 --clear-groups"
	chown 65533:65533 "$home"
fi
lt="$as env HOME=$home LTTNG_HOME=$home"
$lt lttng-sessiond --no-kernel >/dev/null 2>"$home/log" &
daemon=$!
trap 'kill $daemon 2>/dev/null || :; wait $daemon 2>/dev/null || :; rm -rf "$home"' EXIT
tries=0
until $lt lttng --no-sessiond list >/dev/null 2>&1; do
	tries=$((tries + 1))
	[ $tries -lt 500 ] || { cat "$home/log" >&2; exit 77; }
	read -r _ <>/dev/null 2>&1 || :
done
chmod 711 "$home/.lttng"
subbuf=${SUBBUF:-1M*8}
$lt lttng -q create s -o "$home/ctf"
$lt lttng -q enable-channel -u -s s --subbuf-size "${subbuf%\**}" --num-subbuf "${subbuf#*\*}" \
	${BLOCKING:+--blocking-timeout inf} c
$lt lttng -q enable-event -u -s s -c c 'asynctls:*'
$lt lttng -q add-context -u -s s -c c -t vpid -t vtid
$lt lttng -q start s
${BLOCKING:+env LTTNG_UST_ALLOW_BLOCKING=1} env LTTNG_HOME="$home" "$@"
$lt lttng -q stop s
$lt lttng -q destroy s
mkdir -p "$out"
rm -rf "$out/ctf"
mv "$home/ctf" "$out/ctf"
