/* SPDX-License-Identifier: Apache-2.0 */
/* args.c: each kind of option, what is refused, and where the arguments begin. */
#include "base/args.h"

#include <getopt.h>
#include <string.h>

#include "test.h"

#define WORDS 8

static struct {
	bool flag, ring;
	const char *text, *choice;
	int number;
	int64_t duration;
	uint64_t size;
	double share;
	char taken[16];
} got;

static bool take(void *to, const char *value)
{
	snprintf(to, sizeof(got.taken), "%s", value);
	return strcmp(value, "bad") != 0;
}

static const struct atls_arg table[] = {
	{ "flag", 'f', .help = "a flag", .flag = &got.flag },
	{ "text", 't', "TEXT", "any text", .text = &got.text },
	{ "choice", 0, "one|two", "a word", .text = &got.choice },
	{ .help = "Numbers" },
	{ "number", 0, "N", "a number", .number = &got.number, .low = 1, .high = 9 },
	{ "duration", 0, "DURATION", "a duration", .duration = &got.duration },
	{ "ring", 0, "[SIZE]", "a size, or none", .flag = &got.ring, .size = &got.size },
	{ "share", 0, "SHARE", "a share", .share = &got.share },
	{ "taken", 0, "X", "something else", .take = take, .to = got.taken, .wanted = "good" },
	{ 0 },
};

/* Words apart by one space, after the command's name; what atls_args() says of them. */
static int parse(const char *words, bool stop)
{
	static char copy[200];
	char *argv[WORDS] = { "command" };
	int argc = 1;

	memset(&got, 0, sizeof(got));
	snprintf(copy, sizeof(copy), "%s", words);
	for (char *word = strtok(copy, " "); word && argc < WORDS - 1; word = strtok(NULL, " "))
		argv[argc++] = word;
	optind = 0;
	return atls_args(argc, argv, table, stop);
}

static void is_refused(const char *words)
{
	is(parse(words, false), ATLS_ARGS_WRONG, words);
}

int main(void)
{
	is(parse("", false), 1, "no word is fine");
	is(parse("--flag -t x --choice=two", false), 5, "flags, letters and texts");
	ok(got.flag && !strcmp(got.text, "x") && !strcmp(got.choice, "two"), "they arrive");
	is(parse("--number=9 --duration=1.5ms --share=5% --taken=it", false), 5, "other kinds");
	is(got.number, 9, "a number");
	is(got.duration, 1500000, "a duration");
	is(got.share * 1000, 50, "a share");
	ok(!strcmp(got.taken, "it"), "what has a function of its own");
	is(parse("--ring", false), 2, "a value may be left out");
	ok(got.ring && got.size == 0, "it is");
	is(parse("--ring=64k", false), 2, "a value may be there");
	ok(got.ring && got.size == 65536, "it is");

	is(parse("a --flag b", false), 2, "arguments stand behind the options");
	ok(got.flag, "which may follow them");
	is(parse("a --flag b", true), 1, "a program's options are its own");
	ok(!got.flag, "and left alone");
	is(parse("-- --flag", false), 2, "-- ends the options");
	is(parse("--number=1 --help --number=bad", false), ATLS_ARGS_HELP, "help, at once");
	is(parse("-h", false), ATLS_ARGS_HELP, "help by its letter");

	is_refused("--no-such");
	is_refused("-x");
	is_refused("--flag=1");
	is_refused("--text");
	is_refused("--choice=three");
	is_refused("--choice=on");
	is_refused("--choice=one|two");
	is_refused("--choice=");
	is_refused("--number=0");
	is_refused("--number=10");
	is_refused("--number=1x");
	is_refused("--duration=5");
	is_refused("--duration=0s");
	is_refused("--duration=1,5ms");
	is_refused("--ring=much");
	is_refused("--share=some");
	is_refused("--taken=bad");
	return done();
}
