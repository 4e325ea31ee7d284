#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# check.sh RULE: hold the whole tree against one rule of its style; the rules stand at the end. 77,
# with a reason, if what checks it is not installed.
set -eu
cd "$(dirname "$(readlink -f "$0")")/../.."

skip()
{
	echo "skipped: $*"
	exit 77
}

require()
{
	local tool

	for tool; do
		command -v "$tool" >/dev/null || skip "$tool is not installed"
	done
}

files()
{
	git ls-files -z -- "$@"
}

# Releases of clang-format differ in what they make of the same file.
check_c()
{
	require clang-format
	clang-format --version | grep -q 'version 14\.' || skip "the layout is clang-format 14's"
	files '*.c' '*.h' | xargs -0 clang-format --dry-run -Werror
}

check_shell()
{
	require shellcheck
	files run .ci/run '*.sh' | xargs -0 shellcheck
}

check_python()
{
	require pyflakes3 black isort
	files '*.py' | xargs -0 pyflakes3
	black --version | grep -q ' 23\.' || skip "the layout is black 23's"
	files '*.py' | xargs -0 black --quiet --check --diff -l 100
	files '*.py' | xargs -0 isort --quiet --check --diff --profile black -l 100
}

# The modules of the page; Debian's eslint looks for modules of its own where only Debian's node
# does.
check_javascript()
{
	require eslint
	files '*.js' | NODE_PATH=/usr/share/nodejs xargs -0 eslint --no-eslintrc \
		--config tests/style/eslint.json --format unix --report-unused-disable-directives
}

# Strings may be longer, since they are searched for as they are printed; so may the order of events
# that a program of tests/shim asks for.
check_columns()
{
	! files '*.c' '*.h' '*.py' '*.sh' '*.sql' '*.js' '*.build' run |
		LC_ALL=C.UTF-8 xargs -0 grep -nE '^.{101}' | grep -v "[\"'\`]\|// ORDER "
}

check_layers()
{
	/usr/bin/python3 tests/style/layers.py
}

git rev-parse --git-dir >/dev/null 2>&1 || skip "this is no git checkout, so which files are ours is not known"
case ${1:-} in
c | columns | shell | python | layers | javascript) "check_$1" ;;
*)
	echo "usage: check.sh c|columns|shell|python|layers|javascript" >&2
	exit 2
	;;
esac
