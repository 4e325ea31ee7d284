#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh [SECONDS]: feed broken traces to the fast reader and the model, under ASan and UBSan, with
# clang's libFuzzer (60 s). The corpus grows in build-fuzz/; what is worth keeping goes into
# tests/fuzz/corpus. A crash leaves its input in build-fuzz/ and ends with a status other than 0.
set -eu
top=$(dirname "$(readlink -f "$0")")/../..
out=$top/build-fuzz
mkdir -p "$out/corpus"
a=$top/analyzer
clang -g -O1 -std=gnu11 -D_GNU_SOURCE -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
	-I "$a" -I "$top/libtrace" -o "$out/fuzz-trace" "$top/tests/fuzz/fuzz-trace.c" "$a"/read/ctf/*.c \
	"$a"/model/*.c "$a"/base/map.c "$a"/base/slab.c "$a"/base/codes.c "$top/libtrace/events/trace.c"
FUZZ_TRACE=$top/tests/data/ctf/good/gen-32/ust/uid/0/64-bit
export FUZZ_TRACE
cd "$out"
exec ./fuzz-trace -max_total_time="${1:-60}" -max_len=20000 -timeout=20 -rss_limit_mb=1024 \
	-print_final_stats=1 corpus "$top/tests/fuzz/corpus"
