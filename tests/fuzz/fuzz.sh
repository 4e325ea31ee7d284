#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh [SECONDS]: feed broken traces to the analysis, under ASan and UBSan, with clang's
# libFuzzer (60 s). Begins with the traces of the golden and the lint tests. The corpus grows in
# build-fuzz/; what is worth keeping goes into tests/fuzz/corpus. A crash leaves its input in
# build-fuzz/ and ends with a status other than 0.
set -eu
top=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
out=$top/build-fuzz
mkdir -p "$out/corpus" "$out/seeds"
[ -f "$out/build.ninja" ] || meson setup --native-file "$top/tests/fuzz/build.ini" "$out" "$top"
ninja -C "$out" tests/fuzz/fuzz-trace
for trace in "$top"/tests/golden/*/events.txt "$top"/tests/lint/traces/*.txt; do
	(printf t && cat "$trace") >"$out/seeds/$(echo "${trace#"$top"/tests/}" | tr / -)"
done
grep -ohE '^ATLS_EVENT\(\w+|ATLS_(INT|CODE|TEXT)\([^,]+, *[^,]+, *\w+' "$top/libtrace/events/catalogue.def" |
	sed -E 's/.*[(, ]//; s/.*/"&"/' | sort -u >"$out/words.dict"
FUZZ_TRACE=$top/tests/data/ctf/good/gen-32/ust/uid/0/64-bit
export FUZZ_TRACE
cd "$out"
# What the analysis says of each trace is of no interest.
exec tests/fuzz/fuzz-trace -max_total_time="${1:-60}" -max_len=20000 -timeout=20 -rss_limit_mb=1024 \
	-dict=words.dict -close_fd_mask=2 -print_final_stats=1 corpus seeds "$top/tests/fuzz/corpus"
