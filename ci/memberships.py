#!/usr/bin/env python3
"""Compares tags and data model memberships of the corpus' events with ci/snapshots/memberships.txt, and proves that every
event of the logs is there: by count and by checksum of the text, per log. Exit code 1 on a difference.

`--write` makes the snapshot anew: each change of its lines is to be explained in the commit that makes it.
Needs only Python 3. See ci/README.md."""
import argparse
import collections
import difflib
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SNAPSHOT = ROOT / "ci/snapshots/memberships.txt"
EVENT = re.compile(rb"<Event[ >].*?</Event>", re.S)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=ROOT / "target/release/dryfire", help="the dryfire to check")
    default = pathlib.Path(os.environ.get("DRYFIRE_CORPUS", ROOT / "../shared/corpus")) / "logs"
    parser.add_argument("--logs", type=pathlib.Path, default=default, help="folder of logs ($DRYFIRE_CORPUS/logs)")
    parser.add_argument("--write", action="store_true", help="write the snapshot instead of comparing")
    return parser.parse_args()


def read(binary, logs):
    """All events as `dryfire events` gives them, by log."""
    command = [binary, "events", "--format", "json", *map(str, logs)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(run.stderr)
    by_log = collections.defaultdict(list)
    for line in run.stdout.splitlines():
        event = json.loads(line)
        by_log[event["file"]].append(event)
    return by_log


def checksum(texts):
    """One for all texts in their order; their lengths are in it, so that no text can lend to its neighbour."""
    total = hashlib.sha256()
    for text in texts:
        total.update(f"{len(text)}:".encode() + text)
    return total.hexdigest()


def lost(path, events):
    """Why the events of a log are not those of its bytes; nothing if they are."""
    data = path.read_bytes()
    expected = EVENT.findall(data)
    if EVENT.sub(b"", data).strip():
        return "there is text outside of events"
    found = [event["_raw"].encode() for event in events]
    if len(found) != len(expected):
        return f"{len(expected)} events are in it, {len(found)} are found"
    if checksum(found) != checksum(expected):
        return "the text of the events is another"
    lines = [data.count(b"\n", 0, match.start()) + 1 for match in EVENT.finditer(data)]
    return None if lines == [event["line"] for event in events] else "the events stand at other lines"


def memberships(by_log):
    """Lines of the snapshot: for each channel and event code, how many events have which tags and datasets."""
    groups = collections.defaultdict(collections.Counter)
    for events in by_log.values():
        for event in events:
            fields = event["fields"]
            code = fields.get("EventCode", "-")
            key = (fields.get("Channel", "-"), int(code) if code.isdigit() else -1)
            groups[key][" ".join(event["tags"]) or "-", " ".join(event["datasets"]) or "-"] += 1
    for (channel, code), kinds in sorted(groups.items()):
        yield f"{channel} {code}"
        for (tags, datasets), count in sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0])):
            yield f"  {count} tags {tags}; datasets {datasets}"


def main():
    args = arguments()
    logs = sorted(args.logs.rglob("*.log"))
    if not logs:
        sys.exit(f"no logs under {args.logs}")
    by_log = read(args.binary, logs)
    wrong = 0
    for path in logs:
        why = lost(path, by_log[str(path)])
        if why:
            wrong += 1
            print(f"{path.relative_to(args.logs)}: {why}")
    total = sum(map(len, by_log.values()))
    text = [line + "\n" for line in memberships(by_log)]
    if args.write:
        SNAPSHOT.write_text("".join(text), encoding="utf-8")
        told = "written"
    else:
        known = SNAPSHOT.read_text(encoding="utf-8").splitlines(keepends=True)
        changes = list(difflib.unified_diff(known, text, "ci/snapshots/memberships.txt", "this run", n=1))
        sys.stdout.writelines(changes)
        wrong += bool(changes)
        told = "the snapshot differs" if changes else "as in the snapshot"
    print(f"{len(logs)} logs, {total} events; memberships {told}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
