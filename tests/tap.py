# SPDX-License-Identifier: Apache-2.0
"""Cases as TAP, which meson reads."""


def comment(text):
    for line in str(text).splitlines():
        print("# " + line)


class Tap:
    """A line on stdout for each case as it ends, and the plan at the end."""

    def __init__(self):
        self.count = self.failed = 0

    def check(self, ok, name, why=""):
        """One case; why: the reason that is printed if it failed."""
        self.count += 1
        self.failed += not ok
        print(f"{'ok' if ok else 'not ok'} {self.count} - {name}", flush=True)
        if not ok:
            comment(why)

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}", flush=True)

    def end(self):
        """Print the plan. Returns the exit status: a test without a single case has failed, too."""
        print(f"1..{self.count}", flush=True)
        return 1 if self.failed or not self.count else 0
