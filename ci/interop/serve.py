"""Starts `dryfire serve` for the scripts beside this one, talks to it in the plainest way, and stops it."""

import base64
import http.client
import json
import os
import pathlib
import secrets
import signal
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRATCH = ROOT / "target/interop"
BINARY = pathlib.Path(os.environ.get("DRYFIRE_BINARY", ROOT / "target/release/dryfire"))


class Serve:
    """A running `dryfire serve` on ports of its own."""

    def __init__(self, *arguments, ports=(0, 0), log=None):
        self.arguments = [str(a) for a in arguments]
        self.ports = ports
        self.password = secrets.token_urlsafe(12)
        self.token = str(uuid.uuid4())
        self.log = log or SCRATCH / f"serve-{pathlib.Path(sys.argv[0]).stem}.log"
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self, wait=60):
        """Starts the server and reads where it listens."""
        command = [str(BINARY), "serve", "--port", str(self.ports[0]), "--hec-port", str(self.ports[1]),
                   "--format", "json", *self.arguments]
        secret = {"DRYFIRE_SERVE_PASSWORD": self.password, "DRYFIRE_SERVE_HEC_TOKEN": self.token}
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, env={**os.environ, **secret}, stdout=subprocess.PIPE, stderr=log)
        told = first_object(self.process, wait)
        if told is None:
            self.stop()
            raise SystemExit(f"`dryfire serve` did not start; its log, {self.log}, ends with:\n{tail(self.log)}")
        self.told = told
        self.rest = port_of(told, "management", "rest", "port", "address")
        self.hec = port_of(told, "hec", "hec_port", "collector")
        # The pipe is read on, so that the server never waits for us.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def stop(self):
        """Ends the server as a user does, with a signal, and by force if it does not listen."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        """`kill -9`: the process has no chance to write anything."""
        self.process.kill()
        self.process.wait()

    def peak_memory(self):
        """The most memory that the process ever had, in MB (VmHWM), or 0 where /proc does not tell."""
        try:
            status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return 0
        lines = [line for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(lines[0].split()[1]) // 1024 if lines else 0

    def request(self, method, path, form=None, timeout=120):
        """One request to the management port as admin: status and body."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.rest, context=unverified(), timeout=timeout)
        basic = base64.b64encode(f"admin:{self.password}".encode()).decode()
        body = urllib.parse.urlencode(form, doseq=True) if form is not None else None
        try:
            connection.request(method, path, body, {"Authorization": f"Basic {basic}"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def search(self, spl, **more):
        """The rows of a oneshot search."""
        form = {"search": spl, "exec_mode": "oneshot", "output_mode": "json", "count": 0, **more}
        status, body = self.request("POST", "/services/search/v2/jobs", form)
        if status != 200:
            raise RuntimeError(f"the search `{spl}` was answered with {status}: {body[:400]!r}")
        return json.loads(body)["results"]

    def count(self, spl):
        """What `… | stats count` says."""
        rows = self.search(f"{spl} | stats count")
        return int(rows[0]["count"]) if rows else 0


class Collector:
    """A connection to the HTTP Event Collector that is kept open, as senders do."""

    def __init__(self, port, token, channel=None, timeout=120):
        self.port, self.timeout = port, timeout
        self.headers = {"Authorization": f"Splunk {token}"}
        if channel:
            self.headers["X-Splunk-Request-Channel"] = channel
        self.connection = None

    def post(self, path, body):
        """Status and JSON answer."""
        if self.connection is None:
            self.connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=unverified(),
                                                          timeout=self.timeout)
        try:
            self.connection.request("POST", path, body, self.headers)
            answer = self.connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        except BaseException:
            self.close()
            raise

    def close(self):
        """Ends the connection."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def unverified():
    """The certificate signs itself; these tests are about what is said, not about whom to trust."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def first_object(process, wait):
    """The first line of JSON that the process prints, or None if it ends or says nothing."""
    found = []

    def read():
        for line in process.stdout:
            if line.lstrip().startswith(b"{"):
                found.append(json.loads(line))
                return

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(wait)
    return found[0] if found else None


def port_of(told, *keys):
    """The port out of what the server says of its addresses, whether a number, an address or a URL."""
    flat = {**told, **told.get("addresses", {})} if isinstance(told.get("addresses", {}), dict) else told
    for key in keys:
        if key in flat:
            return int(str(flat[key]).rstrip("/").rsplit(":", 1)[-1].split("/")[0])
    raise SystemExit(f"`dryfire serve` names no port under {keys}: {json.dumps(told)}")


def tail(path, lines=15):
    """The end of a text file."""
    try:
        return "\n".join(pathlib.Path(path).read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(nothing)"


def wait_for(what, seconds=30, every=0.1):
    """Asks until the answer is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(every)
    return bool(what())
