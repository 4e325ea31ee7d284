# SPDX-License-Identifier: Apache-2.0
"""doctor: what can be traced in programs of every kind, and in running processes."""
import json
import os
import shutil
import stat
import subprocess
import sys

import pytest
from tool import scalar

PYTHON_TLS = """
import ssl, sys
context = ssl.create_default_context()
tls = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="a.example")
try:
    tls.do_handshake()
except ssl.SSLWantReadError:
    print("ready", flush=True)
sys.stdin.read()
"""


def doctor(tool, subject):
    """Exit status, and status of each check by its name."""
    done = tool.run("doctor", "--json", subject)
    found = json.loads(done.stdout) if done.stdout else {"checks": []}
    assert done.returncode == (0 if found.get("can_record") else 4), done.stderr
    return done.returncode, {c["name"]: (c["status"], c["text"]) for c in found["checks"]}


def test_program_with_libssl(tool):
    status, checks = doctor(tool, "openssl")
    assert status == 0
    assert checks["linkage"][0] == "ok"
    assert checks["openssl"][1].startswith("OpenSSL ")
    assert checks["async-jobs"][0] == checks["interposable"][0] == "ok"


def test_program_without_openssl(tool):
    status, checks = doctor(tool, "/bin/true")
    assert status == 0
    assert checks["linkage"][0] == "warning"
    assert "openssl" not in checks


def compiled(folder, text, *options):
    source, program = folder / "p.c", folder / "p"
    source.write_text(text)
    done = subprocess.run(["cc", *options, "-o", program, source], capture_output=True)
    if done.returncode:
        pytest.skip("cannot compile that here")
    return program


def test_static_program_cannot_be_traced_and_is_not_harmed(tool, tmp_path):
    program = compiled(tmp_path, "int main(void) { return 7; }", "-static")
    status, checks = doctor(tool, program)
    assert status == 4
    assert "statically linked" in checks["linkage"][1]
    assert subprocess.run([program], env=tool.preload()).returncode == 7


def test_openssl_linked_into_the_program(tool, tmp_path):
    text = 'const char v[] = "OpenSSL 3.9.1 1 Jan 2030 and more text behind it";int main(void) { return v[1] == 0; }'
    program = compiled(tmp_path, text)
    status, checks = doctor(tool, program)
    assert status == 4
    assert "OpenSSL 3.9.1" in checks["linkage"][1]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file gain another's rights")
def test_setuid_program(tool, tmp_path):
    program = tmp_path / "openssl"
    shutil.copy(shutil.which("openssl"), program)
    os.chown(program, 65534, 65534)
    program.chmod(0o755 | stat.S_ISUID)
    status, checks = doctor(tool, program)
    assert status == 4
    assert checks["rights"][0] == "error"


def test_no_such_program_or_process(tool):
    for subject in ("no-such-program", "99999999"):
        done = tool.run("doctor", subject)
        assert done.returncode == 4
        assert "no such" in done.stderr
    assert tool.run("doctor", "--no-such-option").returncode == 2
    assert tool.run("doctor", "a", "b").returncode == 2


def running(environment):
    # The system's Python, whose ssl module is linked to the system's libssl, and loaded RTLD_LOCAL.
    process = subprocess.Popen(
        [
            "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable,
            "-c",
            PYTHON_TLS,
        ],
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def test_process_with_the_shim(tool):
    process = running(tool.preload())
    try:
        status, checks = doctor(tool, process.pid)
    finally:
        process.communicate("")
    assert process.returncode == 0
    assert status == 0
    assert checks["shim"][0] == checks["provider"][0] == "ok"
    assert checks["mode"][1] == "observe"
    assert checks["async-mode"][0] == "warning"  # Python knows nothing of it
    assert checks["openssl"][1].startswith("OpenSSL ")


def test_process_without_the_shim(tool):
    process = running({})
    try:
        status, checks = doctor(tool, process.pid)
    finally:
        process.communicate("")
    assert status == 4
    assert checks["shim"][0] == "error"


def test_python_is_recorded(tool, tmp_path):
    data = tmp_path / "data"
    done = subprocess.run(
        [*tool.record(data), "/usr/bin/python3", "-c", PYTHON_TLS],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "ready\n"), done.stderr
    tool.must("analyze", "-i", data)
    assert scalar(data, "SELECT count(*) FROM v_conn") == 1


def test_text_says_the_same(tool):
    done = tool.run("doctor", "openssl")
    assert done.returncode == 0
    assert "ok       linkage" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Recording works")


def test_second_openssl(tool, tmp_path):
    program = tool.build / "tests/shim/s-two-openssl"
    done = tool.run("record", "-o", tmp_path / "data", "--", program)
    assert done.returncode == 0
    assert "1 process used another OpenSSL besides" in done.stderr
