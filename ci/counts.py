#!/usr/bin/env python3
"""Compares counts of `dryfire search` with those of Python's XML parser, log by log. Exit code 1 on a difference.

For every log: events by EventCode, processes by Image (Sysmon 1), logons by TargetUserName (Security 4624), the events'
text as a whole (so that an event of several lines is one), and values of several lines.
Needs only Python 3. See ci/README.md."""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from xml.sax.saxutils import unescape

ROOT = pathlib.Path(__file__).resolve().parent.parent
EVENT = re.compile(r"<Event[ >].*?</Event>", re.S)
# XML can't hold these at all; the events of some logs do, and Splunk does not mind.
FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(x[0-9A-Fa-f]+|[0-9]+);")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=ROOT / "target/release/dryfire", help="the dryfire to check")
    default = pathlib.Path(os.environ.get("DRYFIRE_CORPUS", ROOT / "../shared/corpus")) / "logs"
    parser.add_argument("--logs", type=pathlib.Path, default=default, help="folder of logs ($DRYFIRE_CORPUS/logs)")
    parser.add_argument("--jobs", type=int, default=2, help="searches at the same time")
    return parser.parse_args()


class Expected:
    """What the XML parser finds in a log."""

    def __init__(self, path):
        text = path.read_bytes().decode("utf-8", "replace")
        self.raw = EVENT.findall(text)
        self.codes, self.images, self.logons = (collections.Counter() for _ in range(3))
        self.long = collections.defaultdict(collections.Counter)
        self.patched = 0
        for raw in self.raw:
            self.event(raw)

    def event(self, raw):
        clean = FORBIDDEN.sub("?", raw)
        self.patched += clean != raw
        root = ET.fromstring(clean)
        find = {}
        # Names without their namespace: some providers write another one.
        for element in root.iter():
            name = element.tag.rsplit("}", 1)[-1]
            if name == "Data" and element.get("Name"):
                find.setdefault(element.get("Name"), element.text)
            elif name in ("EventID", "Channel"):
                find.setdefault(name, element.text)
        code, channel = find.get("EventID"), find.get("Channel")
        self.codes[code] += 1
        if channel == "Microsoft-Windows-Sysmon/Operational" and code == "1" and find.get("Image"):
            self.images[find["Image"]] += 1
        if channel == "Security" and code == "4624" and find.get("TargetUserName"):
            self.logons[find["TargetUserName"]] += 1
        for name, value in find.items():
            # Where a character was replaced the text is no longer the log's.
            if value and "\n" in value.strip() and clean == raw and re.fullmatch(r"\w+", name):
                self.long[name][value.strip()] += 1


def search(binary, spl, log):
    """The rows of a search."""
    run = subprocess.run([binary, "search", spl, log, "--format", "json"], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise RuntimeError(f"{spl}\n{run.stderr}")
    return [json.loads(line) for line in run.stdout.splitlines()]


def counted(rows, field):
    """Counts by a field. Splunk leaves entities in values as they are, an XML parser does not."""
    counts = collections.Counter()
    for row in rows:
        counts[plain(row[field])] += row["count"]
    return counts


def plain(value):
    """A value as an XML parser gives it: without entities, and with line ends of one character."""
    return unescape(str(value).replace("\r\n", "\n"), {"&quot;": '"', "&apos;": "'"})


def compare(binary, path):
    """The differences of one log, as (what, expected, found), and what the XML parser found."""
    expected = Expected(path)
    different = []

    def check(what, want, got):
        if want != got:
            different.append((what, want - got, got - want))

    try:
        check("events by EventCode", expected.codes, counted(search(binary, "* | stats count by EventCode", path), "EventCode"))
        for what, filters, field, want in (
            ("processes by Image", "EventCode=1", "Image", expected.images),
            ("logons by TargetUserName", "EventCode=4624", "TargetUserName", expected.logons),
        ):
            if want:
                check(what, want, counted(search(binary, f"{filters} | stats count by {field}", path), field))
        names = sorted(expected.long)
        rows = search(binary, "* | table _raw " + " ".join(names), path)
        check("text of events", collections.Counter(expected.raw), collections.Counter(row.get("_raw") for row in rows))
        for name in names:
            values = (value for row in rows for value in each(row.get(name)))
            found = collections.Counter(value for value in map(plain, values) if "\n" in value.strip())
            found = collections.Counter({value.strip(): count for value, count in found.items()})
            # Replaced characters: only what could be compared.
            check(f"values of several lines in {name}", expected.long[name], found & expected.long[name] if expected.patched else found)
    except (RuntimeError, ET.ParseError) as error:
        different.append((str(error), {}, {}))
    return expected, different


def each(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def main():
    args = arguments()
    logs = sorted(args.logs.rglob("*.log"))
    if not logs:
        sys.exit(f"no logs under {args.logs}")
    wrong, totals = 0, collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for path, (expected, different) in zip(logs, pool.map(lambda log: compare(args.binary, log), logs)):
            totals["events"] += len(expected.raw)
            totals["processes"] += sum(expected.images.values())
            totals["logons"] += sum(expected.logons.values())
            totals["events of several lines"] += sum("\n" in raw for raw in expected.raw)
            totals["values of several lines"] += sum(sum(counts.values()) for counts in expected.long.values())
            totals["events with characters that XML can't hold"] += expected.patched
            wrong += bool(different)
            for what, missing, extra in different:
                print(f"{path.relative_to(args.logs)}: {what}")
                for sign, counts in (("-", missing), ("+", extra)):
                    for value, count in list(counts.items())[:5]:
                        print(f"  {sign} {count} x {str(value)[:160]!r}")
    told = ", ".join(f"{count} {what}" for what, count in totals.items())
    print(f"{len(logs)} logs compared: {told}; {wrong} logs differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
