# SPDX-License-Identifier: Apache-2.0
"""Mail servers."""
import subprocess

from client import read_exactly, read_line
from kind import Kind, NotTried, give, payload
from servers import find
from waiting import until


def message():
    """A message of the large transfer's size, in lines."""
    body = payload()
    lines = [body[at : at + 72] for at in range(0, len(body), 72)]
    return b"Subject: large\r\n\r\n" + b"\r\n".join(lines) + b"\r\n"


class Dovecot(Kind):
    """Its login processes drop their environment and sit in an empty root directory."""

    program = "dovecot"
    package = "dovecot-core"
    reload_sign = "SIGHUP received"

    def configure(self):
        (self.folder / "mail").mkdir(exist_ok=True)
        (self.folder / "mail").chmod(0o777)
        self.write(
            "dovecot.conf",
            f"""base_dir = {self.folder}/run
state_dir = {self.folder}/run
log_path = /dev/stderr
protocols = imap
ssl = required
ssl_cert = <{self.certificate}
ssl_key = <{self.key}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {self.port}
    ssl = yes
  }}
}}
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home={self.folder}/mail
}}
mail_location = maildir:{self.folder}/mail
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 100
""",
        )

    def command(self):
        return [find("dovecot"), "-F", "-c", self.folder / "dovecot.conf"]

    def until_tag(self, tls, tag):
        while not (line := read_line(tls)).startswith(tag):
            pass
        return line.startswith(tag + b" OK")

    def ask(self, tls):
        read_line(tls)
        tls.sendall(b"a LOGIN tester secret\r\n")
        return self.until_tag(tls, b"a")

    def transfer(self, client):
        body = message()
        with client.open() as tls:
            if not self.ask(tls):
                return False
            tls.sendall(b"b APPEND INBOX {%d}\r\n" % len(body))
            read_line(tls)
            tls.sendall(body + b"\r\n")
            self.until_tag(tls, b"b")
            tls.sendall(b"c SELECT INBOX\r\n")
            self.until_tag(tls, b"c")
            tls.sendall(b"d FETCH 1 BODY.PEEK[]\r\n")
            head = read_line(tls)
            return read_exactly(tls, int(head.split(b"{")[1].split(b"}")[0])) == body


class Postfix(Kind):
    """smtpd with TLS from the first byte; virtual delivers into a folder."""

    program = "postfix"
    package = "postfix"

    def configure(self):
        self.folder.chmod(0o755)
        self.etc = self.folder / "etc"
        for name in ("etc", "spool", "data", "mail"):
            (self.folder / name).mkdir(exist_ok=True)
        (self.folder / "mail").chmod(0o777)
        self.write(
            "etc/main.cf",
            f"""compatibility_level = 3.6
queue_directory = {self.folder}/spool
data_directory = {self.folder}/data
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
mydestination =
myhostname = localhost
virtual_mailbox_domains = localhost
virtual_mailbox_base = {self.folder}/mail
virtual_mailbox_maps = static:box
virtual_mailbox_limit = 0
virtual_minimum_uid = 1
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
message_size_limit = 0
smtpd_tls_cert_file = {self.certificate}
smtpd_tls_key_file = {self.key}
smtpd_recipient_restrictions = permit_mynetworks, reject
mynetworks = 127.0.0.0/8
smtpd_client_connection_count_limit = 0
maillog_file = {self.folder}/maillog
maillog_file_prefixes = {self.folder}
alias_maps =
""",
        )
        services = f"127.0.0.1:{self.port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n"
        for line in (
            "pickup unix n - n 60 1 pickup",
            "cleanup unix n - n - 0 cleanup",
            "qmgr unix n - n 300 1 qmgr",
            "tlsmgr unix - - n 1000? 1 tlsmgr",
            "rewrite unix - - n - - trivial-rewrite",
            "bounce unix - - n - 0 bounce",
            "defer unix - - n - 0 bounce",
            "proxymap unix - - n - - proxymap",
            "error unix - - n - - error",
            "virtual unix - n n - - virtual",
            "anvil unix - - n - 1 anvil",
            "postlog unix-dgram n - n - 1 postlogd",
        ):
            services += line + "\n"
        self.write("etc/master.cf", services)
        done = subprocess.run(
            [find("postfix"), "-c", self.etc, "check"], capture_output=True, text=True
        )
        if done.returncode:
            raise NotTried(f"postfix check: {done.stderr.strip()[-200:]}")
        give(self.folder / "data", "postfix")

    def command(self):
        return ["/usr/lib/postfix/sbin/master", "-c", self.etc, "-d"]

    def reply(self, tls):
        while (line := read_line(tls))[3:4] == b"-":
            pass
        return line[:3]

    def say(self, tls, line):
        tls.sendall(line + b"\r\n")
        return self.reply(tls)

    def ask(self, tls):
        return self.reply(tls) == b"220" and self.say(tls, b"EHLO localhost") == b"250"

    def transfer(self, client):
        body = message()
        with client.open() as tls:
            self.ask(tls)
            self.say(tls, b"MAIL FROM:<a@localhost>")
            self.say(tls, b"RCPT TO:<b@localhost>")
            self.say(tls, b"DATA")
            if self.say(tls, body + b".") != b"250":
                return False
        box = self.folder / "mail" / "box"
        wanted = body.partition(b"\r\n\r\n")[2].replace(b"\r\n", b"\n")
        until(lambda: box.exists() and box.stat().st_size > len(wanted))
        until(lambda: box.read_bytes().endswith(b"\n\n"))
        return wanted in box.read_bytes()


KINDS = [Dovecot, Postfix]
