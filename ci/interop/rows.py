"""Rows of `dryfire search` and rows off the wire, written alike so that they can be compared."""

import datetime
import json
import subprocess

from serve import BINARY


def local(spl, path, **data):
    """The rows of `dryfire search` over a file; `data` are its options (index, source, sourcetype, host)."""
    options = [f"--{name}={value}" for name, value in data.items()]
    command = [str(BINARY), "search", spl, str(path), "--format", "json", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"`dryfire search` ended with {done.returncode}: {done.stderr.strip()}")
    return [alike(json.loads(line)) for line in done.stdout.splitlines()]


def alike(row):
    """A row with texts alone: numbers as text, no empty fields, times as milliseconds."""
    texts = {name: text(value) for name, value in row.items() if value is not None and value != []}
    if "_time" in texts:
        texts["_time"] = seconds(texts["_time"])
    return {name: value for name, value in texts.items() if value != ""}


def text(value):
    """One value as Splunk's JSON has it: a text, or a list of texts; a list of one is that one."""
    if isinstance(value, list):
        return [text(item) for item in value] if len(value) != 1 else text(value[0])
    return value if isinstance(value, str) else json.dumps(value)


def seconds(time):
    """A time as whole milliseconds, from a number or from ISO 8601; Splunk cuts off what is less."""
    try:
        exact = float(time)
    except ValueError:
        exact = datetime.datetime.fromisoformat(time).timestamp()
    # A microsecond in a float of this size may be one too little.
    return str(int((exact + 5e-7) * 1000))
