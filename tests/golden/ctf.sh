#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctf.sh ASYNCTLS DATA: analyze the recorded traces of tests/data/ctf, whole and damaged.
# gen-32 is what 'gen-trace PROVIDER 32 4' plays, recorded with sub-buffers of 4 KB.
set -u
asynctls=$1
data=$2
good=$2/ctf/good/gen-32
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
streams=$tmp/r/ctf/ust/uid/0/64-bit
n=0

ok() { # STATUS WHAT
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		sed 's/^/# /' "$tmp/err" "$tmp/out"
	fi
}
fresh() {
	rm -rf "$tmp/r"
	mkdir "$tmp/r"
	cp -r "$good" "$tmp/r/ctf"
}
run() { # EXPECTED_STATUS ARGUMENTS...
	want=$1
	shift
	timeout 20 "$asynctls" "$@" >"$tmp/out" 2>"$tmp/err"
	got=$?
	[ $got = "$want" ]
}
one_line() { [ "$(wc -l <"$tmp/err")" = 1 ]; }
says() { grep -q -- "$1" "$tmp/err" "$tmp/out"; }
only_ctf() { [ "$(ls -A "$tmp/r")" = ctf ]; }
refused() { # WHAT TEXT
	run 3 analyze -i "$tmp/r" && one_line && says "$2" && only_ctf
	ok $? "$1: one line, status 3, nothing left behind"
}

fresh
run 0 analyze -i "$tmp/r"
ok $? "a whole trace is analyzed"
says ' 694 events, 32 jobs (30 paused), 32 connections, 0 lost'
ok $? "and counted"
echo '{"command": ["nginx", "-g", "daemon off;"], "host": "h", "mode": "bridge", "events": 7}' >"$tmp/r/meta.json"
touch -d '+1 minute' "$tmp/r/meta.json"
run 0 report -i "$tmp/r" --json && says '"command":"nginx -g .daemon off;."' && says '"recorder_events":7'
ok $? "report takes up a newer meta.json"
says '"spurious_resumes":2' && says '"offloaded":30,"failed":0' && says '"in_place":2,"in_place_ns":1400'
ok $? "the JSON report has the figures"
run 0 report -i "$tmp/r/trace.db" && says 'Offloaded: YES. 30 of 32 jobs paused (93.8 %), 32 pauses.' &&
	[ "$(wc -L <"$tmp/out")" -le 100 ]
ok $? "the text report too, in 100 columns"
run 0 show job 7 -i "$tmp/r" && says 'although not done (spurious)' && [ "$(wc -L <"$tmp/out")" -le 100 ]
ok $? "show draws a job"
run 2 show job 33 -i "$tmp/r" && says 'highest id is 32'
ok $? "show says when there is no such job"

fresh
truncate -s 8192 "$streams/c_0"
run 0 analyze -i "$tmp/r" && says 'warning: .*c_0 ends at byte 8192 instead of 16384' && says ' 369 events'
ok $? "a stream that lacks packets: the rest is read, the loss is said"
run 0 report -i "$tmp/r" && says 'THE TRACE IS INCOMPLETE'
ok $? "and said again by the report"
run 5 report -i "$tmp/r" --strict
ok $? "which --strict refuses"
fresh
dd if=/dev/zero of="$streams/c_0" bs=1 seek=4096 count=64 conv=notrunc 2>/dev/null
run 0 analyze -i "$tmp/r" && says 'warning: .*c_0: byte 4096: no packet begins here' && says ' 510 events'
ok $? "a garbled packet: what comes before and after is kept"
run 0 report -i "$tmp/r" --json && says '"stretches":1' && says '"unknown":6'
ok $? "and what was open then is unknown"
fresh
truncate -s 6000 "$streams/c_0"
run 0 analyze -i "$tmp/r" && says 'c_0 ends at byte 6000 instead of 16384' && says ' 268 events'
ok $? "a stream cut inside a packet is read up to there"
fresh
rm -r "$streams/index"
run 0 analyze -i "$tmp/r" && says ' 694 events' && ! says warning
ok $? "no index is needed"
fresh
dd if="$good/ust/uid/0/64-bit/c_0" of="$streams/c_0" bs=4096 skip=1 count=1 conv=notrunc 2>/dev/null
dd if="$good/ust/uid/0/64-bit/c_0" of="$streams/c_0" bs=4096 seek=1 count=1 conv=notrunc 2>/dev/null
run 0 analyze -i "$tmp/r" && says 'byte 4096: a packet that begins before' && says ' 694 events'
ok $? "a clock that runs backwards: all is read"
fresh
printf '\1' | dd of="$streams/c_0" bs=1 seek=4116 conv=notrunc 2>/dev/null
run 0 analyze -i "$tmp/r" && says 'byte 4096: a packet of an unknown stream'
ok $? "a packet of an unknown stream"
fresh
head -c 400 /dev/zero | tr '\0' '\377' | dd of="$streams/c_0" bs=1 seek=12400 conv=notrunc 2>/dev/null
run 0 analyze -i "$tmp/r" && says 'warning: .*c_0: byte 12' && says ' 5[0-9][0-9] events'
ok $? "garbage inside a packet costs that packet's rest"
fresh
truncate -s 100 "$streams/metadata"
refused "metadata cut" 'no whole packet at byte 0 of 100'
fresh
: >"$streams/metadata"
refused "empty metadata" 'the file is empty'
fresh
rm -r "$streams"/c_* "$streams/index"
refused "a trace without streams" 'holds no event'
fresh
rm -r "$tmp/r/ctf/ust"
refused "a recording without a trace" 'no CTF trace here'
rm -rf "$tmp/r"
run 3 analyze -i "$tmp/r" && one_line && says 'there is no such recording'
ok $? "no recording at all"
fresh
run 4 analyze -i "$tmp/r" -o "$tmp/none/x.db" && one_line
ok $? "an output that cannot be written"
run 0 report -i "$data/../golden/bridge-processes/events.txt" && says ' 10 nginx .* concurrent$' &&
	says ' 20 apache2 .* waits inside$' && says ' 30 small .* in place$'
ok $? "the report says of each process what the bridge makes of it"
run 0 report --json -i "$data/../golden/bridge-processes/events.txt" && says '"name":"apache2".*"bridge":"waits inside"'
ok $? "in JSON, too"
for time in -1 9223372036854775807; do
	echo "$time 10 10 ssl_new conn=1" >"$tmp/far.txt"
	run 3 report -i "$tmp/far.txt" && one_line && says 'far.txt:1: an event at an impossible time'
	ok $? "text with an event at $time"
done
run 3 report -i "$asynctls" && one_line
ok $? "a file that is no database"
echo "1..$n"
