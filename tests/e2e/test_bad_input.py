# SPDX-License-Identifier: Apache-2.0
"""An error is one line and the right status, and leaves nothing behind."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import require
from processes import concerned_with
from servers import find

OK, USAGE, TRACE, ENVIRONMENT, INCOMPLETE = 0, 2, 3, 4, 5
NOT_EXECUTABLE, NOT_FOUND = 126, 127  # as a shell has it


def errors(done):
    """The error lines of a command, which are to be all that it says."""
    return [line for line in done.stderr.splitlines() if "asynctls: error: " in line]


def expect_error(done, status, *words):
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert len(errors(done)) == 1, done.stderr
    for word in words:
        assert str(word) in errors(done)[0]


def shared_memory():
    """Traces of a tracer in shared memory, but for the page that it keeps for each user."""
    names = os.listdir("/dev/shm")
    return {n for n in names if "asynctls" in n or ("lttng" in n and "ust-wait" not in n)}


@pytest.fixture
def temporary(folder):
    """A folder for temporary files; whatever ran must have left it empty, and must be gone."""
    path = folder / "tmp"
    path.mkdir()
    path.chmod(0o1777)
    before = shared_memory()
    yield path
    assert os.listdir(path) == []
    assert concerned_with(folder) == []
    assert shared_memory() <= before


@pytest.fixture
def record(tool, folder, temporary):
    """Record a command with temporary files kept apart; returns what the recorder said."""
    require("lttng-sessiond")

    def run(*command, out=folder / "data", **variables):
        environment = {**os.environ, "TMPDIR": str(temporary), **variables}
        return tool.run("record", "-o", out, "--", *command, env=environment)

    return run


@pytest.mark.parametrize("command", ["analyze", "report", "show", "plot"])
def test_no_such_folder(tool, folder, command):
    more = {"show": ["job", "1"], "plot": ["--kind=timeline", "-o", folder / "x.png"]}
    done = tool.run(command, "-i", folder / "nowhere", *more.get(command, []))
    expect_error(done, TRACE, folder / "nowhere")
    assert os.listdir(folder) == []


@pytest.mark.parametrize("inside", ["", "ctf"], ids=["empty-folder", "empty-trace"])
def test_empty_trace(tool, folder, inside):
    (folder / "data" / inside).mkdir(parents=True)
    expect_error(tool.run("analyze", "-i", folder / "data"), TRACE, folder / "data")
    assert not list((folder / "data").glob("trace.db*"))


def streams(data):
    """The trace's files of events, largest first."""
    files = [p for p in Path(data, "ctf").rglob("*") if p.is_file()]
    files = [p for p in files if p.name != "metadata" and not p.name.endswith(".idx")]
    return sorted(files, key=lambda p: -p.stat().st_size)


@pytest.fixture
def damaged(recording, folder):
    """A copy of a good recording without its database, to be damaged."""
    copy = folder / "damaged"
    shutil.copytree(recording.data, copy)
    (copy / "trace.db").unlink()
    return copy


def test_truncated_stream(tool, damaged):
    stream = streams(damaged)[0]
    os.truncate(stream, stream.stat().st_size * 3 // 5)
    done = tool.run("analyze", "-i", damaged)
    assert done.returncode == OK, done.stderr
    assert "ends at byte" in done.stderr
    assert "THE TRACE IS INCOMPLETE" in tool.must("report", "-i", damaged)
    assert tool.run("report", "-i", damaged, "--strict").returncode == INCOMPLETE


def test_truncated_metadata(tool, damaged):
    metadata = next(damaged.rglob("metadata"))
    os.truncate(metadata, metadata.stat().st_size // 2)
    expect_error(tool.run("analyze", "-i", damaged), TRACE)
    assert not list(damaged.glob("trace.db*"))


def test_database_is_no_database(tool, folder):
    (folder / "trace.db").write_bytes(b"not a database, but longer than its header " * 40)
    done = tool.run("plot", "-i", folder, "--kind=timeline", "-o", folder / "x.png")
    expect_error(done, TRACE, "trace.db")
    assert os.listdir(folder) == ["trace.db"]


def test_no_such_job(tool, recording):
    done = tool.run("show", "-i", recording.data, "job", "999999999")
    expect_error(done, USAGE, "999999999")


def test_program_does_not_exist(record, folder):
    done = record("/no/such/program")
    expect_error(done, NOT_FOUND, "/no/such/program")
    assert not (folder / "data").exists()


def test_program_cannot_be_executed(record, folder):
    (folder / "program").write_text("not a program")
    expect_error(record(folder / "program"), NOT_EXECUTABLE, folder / "program")
    assert not (folder / "data").exists()


def test_program_without_openssl(record):
    done = record("sh", "-c", "echo unharmed; exit 7")
    assert (done.returncode, done.stdout) == (7, "unharmed\n")
    assert "nothing was recorded: sh is not linked to libssl" in done.stderr


def test_static_program(record, plain_program):
    done = record(plain_program)
    assert done.returncode == 7
    assert "nothing was recorded" in done.stderr and "static" in done.stderr


def test_program_killed_by_a_signal(record):
    done = record("sh", "-c", "kill -TERM $$")
    assert done.returncode == 128 + 15


def test_recording_without_events_says_so_later(tool, record, folder):
    assert record("true").returncode == OK
    for command in ("analyze", "report"):
        done = tool.run(command, "-i", folder / "data")
        assert "nothing was recorded" in done.stdout + done.stderr


def test_session_daemon_is_missing(tool, folder, temporary):
    # Under a mount that only this command sees, as the recorder also looks beyond PATH.
    hide = f"mount --bind /dev/null {find('lttng-sessiond')}"
    alone = ["unshare", "-m", "sh", "-c", f'{hide} && exec "$@"', "sh"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("a mount namespace cannot be made here")
    done = subprocess.run(
        [*alone, *tool.record(folder / "data"), "true"],
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
    )
    expect_error(done, ENVIRONMENT, "lttng-sessiond")
    assert not (folder / "data").exists()


@pytest.mark.parametrize("body", ["exit 1", "echo 2.12.1"], ids=["fails", "is-too-old"])
def test_session_daemon_is_of_no_use(record, folder, body):
    path = folder / "bin"
    path.mkdir()
    path.chmod(0o755)
    (path / "lttng-sessiond").write_text(f"#!/bin/sh\n{body}\n")
    (path / "lttng-sessiond").chmod(0o755)
    done = record("true", PATH=f"{path}:{os.environ['PATH']}")
    assert done.returncode == ENVIRONMENT, done.stderr
    assert len(errors(done)) == 1 and "lttng-sessiond" in errors(done)[0]
    assert not (folder / "data").exists()


@pytest.mark.parametrize("out", ["/proc/nowhere/data", "{file}/data"], ids=["proc", "below-a-file"])
def test_output_cannot_be_written(record, folder, out):
    (folder / "file").write_text("")
    out = out.format(file=folder / "file")
    expect_error(record("true", out=out), ENVIRONMENT, out)


@pytest.fixture
def locked(folder):
    """A folder that this user may not write to; for root, that takes a read-only file system."""
    path = folder / "locked"
    path.mkdir(mode=0o500)
    mount = ["mount", "-t", "tmpfs", "-o", "ro", "asynctls-test", str(path)]
    if os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("root may write everywhere, and nothing can be mounted here")
    yield path
    if os.geteuid() == 0:
        subprocess.run(["umount", path], check=True)


def test_output_is_not_ours_to_write(record, locked):
    expect_error(record("true", out=locked / "data"), ENVIRONMENT)


def test_output_is_full(record, folder):
    disk = folder / "disk"
    disk.mkdir()
    disk.chmod(0o711)
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "asynctls-test", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        done = record("openssl", "speed", "-seconds", "1", "rsa2048", out=disk / "data")
        expect_error(done, ENVIRONMENT, "No space left on device")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_database_cannot_be_written(tool, damaged):
    (damaged / "trace.db").mkdir()
    done = tool.run("analyze", "-i", damaged)
    assert done.returncode in (TRACE, ENVIRONMENT)
    assert len(errors(done)) == 1 and "trace.db" in errors(done)[0]
