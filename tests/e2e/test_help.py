# SPDX-License-Identifier: Apache-2.0
"""Each command has help, and the commands of the README exist."""
import re
import subprocess

import pytest
from tool import SOURCE, Tool


def shell_lines():
    """Commands in the README's and CONTRIBUTING's indented or fenced blocks."""
    for name in ("README.md", "CONTRIBUTING.md"):
        for block in re.findall(r"^```sh\n(.*?)^```", (SOURCE / name).read_text(), re.M | re.S):
            yield from (line.split("#")[0].strip() for line in block.splitlines())


def mentioned(pattern):
    return sorted({m for line in shell_lines() for m in re.findall(pattern, line)})


def listed():
    """Commands that 'asynctls --help' lists."""
    return re.findall(r"^  (\w+) ", Tool().must("--help"), re.M)


COMMANDS = listed()
OPTION = re.compile(r"^ {2,6}(?:-\w(?: \S+)?, )?(--[a-z-]+)", re.M)


def is_in(option, text):
    """Whether a page has the option itself, not only a longer one that begins with it."""
    return re.search(rf"(?<![\w-]){option}(?![\w-])", text)


def test_help_lists_every_command():
    files = {path.stem for path in (SOURCE / "analyzer/cmd").glob("*.c")}
    assert "record" in files and sorted(COMMANDS) == sorted(files)


def test_kinds_of_plots_are_in_the_manual(tool):
    (kinds,) = re.findall(r"--kind KIND\s+([^;]+);", tool.must("plot", "--help"))
    kinds = re.split(r",\s+", kinds)
    assert "timeline" in kinds
    assert not [kind for kind in kinds if not is_in(kind, page_of("plot"))]


def test_version(tool):
    assert re.fullmatch(r"asynctls \d+\.\d+\.\d+\n", tool.must("--version"))


@pytest.mark.parametrize("command", COMMANDS)
def test_command_has_help(tool, command):
    done = tool.run(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: asynctls {command}")
    assert done.stderr == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_unknown_option_is_a_usage_error(tool, command):
    done = tool.run(command, "--no-such-option")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "no-such-option" in done.stderr


def page_of(command):
    """The source of the one page that has the command in its NAME."""
    pages = [page.read_text() for page in sorted((SOURCE / "man").glob("*.1.scd"))]
    named = re.compile(rf"^# NAME\n\n[^\n]*\basynctls-{command}\b", re.M)
    (found,) = [page for page in pages if named.search(page)]
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_options_are_in_the_manual(tool, command):
    page = page_of(command)
    assert f"*{command}*" in page or f"*asynctls {command}*" in page
    options = set(re.findall(r"--[a-z][a-z-]+", tool.must(command, "--help"))) - {"--help"}
    assert options
    assert not [option for option in options if not is_in(option, page)]


def variables(folder):
    """Environment variables that the sources below a folder read."""
    sources = (path.read_text() for path in (SOURCE / folder).glob("**/*.c"))
    return {
        name for text in sources for name in re.findall(r'\b(?:secure_)?getenv\("(\w+)"\)', text)
    }


@pytest.mark.parametrize(
    "folder, page, known",
    [
        ("shim", "asynctls-shim.7.scd", "ASYNCTLS_BRIDGE_ONLY"),
        ("analyzer", "asynctls.1.scd.in", "NO_COLOR"),
    ],
)
def test_variables_are_in_the_manual(folder, page, known):
    text = (SOURCE / f"man/{page}").read_text()
    assert known in variables(folder), "the sources are searched"
    assert not [name for name in variables(folder) if f"*{name}*" not in text]


def test_overview_names_every_command():
    page = (Tool().build / "man/asynctls.1.scd").read_text()
    assert re.findall(r"^\*([a-z]+)\*$", page, re.M) == COMMANDS


def takes_time():
    """(command, option) of all that take a duration."""
    for command in COMMANDS:
        for option in re.findall(r"(--[a-z-]+)=(?:SIZE\|)?TIME", Tool().must(command, "--help")):
            yield command, option


@pytest.mark.parametrize("command, option", takes_time())
def test_a_duration_needs_its_unit(tool, command, option):
    done = tool.run(command, f"{option}=5")
    assert done.returncode == 2 and done.stdout == ""
    assert f"{option}: '5' is not" in done.stderr and "10s" in done.stderr


def test_which_options_take_a_duration():
    found = list(takes_time())
    assert {option for command, option in found if command == "record"} == {
        "--delay",
        "--duration",
        "--rotate",
    }
    assert {("report", "--min"), ("export", "--max"), ("start", "--delay")} <= set(found)


def test_no_command_is_a_usage_error(tool):
    done = tool.run()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: asynctls")


def test_unknown_command_is_a_usage_error(tool):
    done = tool.run("no-such-command")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no-such-command" in done.stderr


def test_documented_commands_exist(tool):
    commands = mentioned(r"(?:^|[ /])asynctls ([a-z]+)")
    assert commands
    assert set(commands) <= set(listed())


def test_documented_options_exist(tool):
    used = [
        (command, option)
        for command, words in mentioned(r"asynctls ([a-z]+)(.*)")
        for option in re.findall(r" (--[a-z-]+)", words.split(" -- ")[0])
    ]
    assert used
    for command, option in used:
        assert is_in(option, tool.must(command, "--help")), f"{command} {option}"


def test_documented_verbs_exist():
    verbs = mentioned(r"\./run ([a-z]+)")
    usage = subprocess.run([SOURCE / "run", "help"], capture_output=True, text=True, check=True)
    assert verbs
    assert set(verbs) <= set(re.findall(r"^  (\w+) ", usage.stdout, re.M))


def test_run_refuses_an_unknown_verb():
    done = subprocess.run([SOURCE / "run", "no-such-verb"], capture_output=True, check=False)
    assert done.returncode == 2


def complete(*words):
    """Completions by bash of the last of these words."""
    script = (
        f"source {SOURCE / 'completions' / 'asynctls'}; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1));"
        ' _asynctls; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    path = f"{Tool().build}:/usr/bin:/bin"
    done = subprocess.run(
        ["bash", "-c", script, "bash", *words], env={"PATH": path}, capture_output=True, text=True
    )
    return done.stdout.split()


def test_completion_knows_commands_values_and_rules():
    assert "export" in complete("asynctls", "e")
    assert complete("asynctls", "export", "-f", "c") == ["chrome", "csv"]
    assert complete("asynctls", "env", "--format", "=", "d") == ["docker"]
    assert complete("asynctls", "record", "--mode", "=") == ["observe", "engine", "bridge"]
    assert complete("asynctls", "lint", "--explain", "lost") == ["lost-wake"]


@pytest.mark.parametrize("command", COMMANDS)
def test_completion_knows_options(tool, command):
    options = OPTION.findall(tool.must(command, "--help"))
    assert "--help" in options
    assert sorted(complete("asynctls", command, "--")) == sorted(set(options))
