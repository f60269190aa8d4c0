#!/usr/bin/env python3
"""Compares which detections fire on which log with the snapshots in ci/snapshots. Exit code 1 on a difference.

`--write` makes the snapshots anew: each change of theirs is to be explained in the commit that makes it.
Needs only Python 3. See ci/README.md."""
import argparse
import collections
import difflib
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SNAPSHOTS = ROOT / "ci/snapshots"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=ROOT / "target/release/dryfire", help="the dryfire to check")
    default = pathlib.Path(os.environ.get("DRYFIRE_CORPUS", ROOT / "../shared/corpus"))
    parser.add_argument("--corpus", type=pathlib.Path, default=default, help="where security_content and logs are ($DRYFIRE_CORPUS)")
    parser.add_argument("--write", action="store_true", help="write the snapshots instead of comparing")
    return parser.parse_args()


def coverage(binary, corpus):
    """What each detection does: on all logs at once, and on each alone."""
    command = [binary, "coverage", corpus / "security_content", "--data", corpus / "logs", "--by-file", "--format", "json"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(run.stderr)
    return [json.loads(line) for line in run.stdout.splitlines()]


def fired(rows, logs):
    """Lines of `fired.txt`: for each log, the ids of the detections that fire there and how many rows they give."""
    total = len(list(logs.rglob("*.log")))
    by_log = collections.defaultdict(dict)
    same = collections.Counter()
    for row in rows:
        if row["state"] == "fired":
            where = row.get("file")
            where = "all logs at once" if where is None else pathlib.Path(where).relative_to(logs).as_posix()
            by_log[where][row["id"]] = row["rows"]
            same[row["id"], row["rows"]] += where != "all logs at once"
    everywhere = {pair for pair, count in same.items() if count == total}
    yield "each log alone"
    yield from (f"  {name} {count}" for name, count in sorted(everywhere))
    for log, counts in sorted(by_log.items()):
        pairs = [pair for pair in sorted(counts.items()) if log == "all logs at once" or pair not in everywhere]
        if pairs:
            yield log
            yield from (f"  {name} {count}" for name, count in pairs)


def not_run(rows, logs):
    """Lines of `not_run.txt`: the detections that did not run, by what they lack; a file is named where it is only there."""
    by_reason = collections.defaultdict(list)
    for row in rows:
        if "not_run" in row:
            where = "" if "file" not in row else " " + pathlib.Path(row["file"]).relative_to(logs).as_posix()
            by_reason[row["not_run"], row["state"]].append(row["id"] + where)
    counts = collections.Counter()
    for (what, reason), ids in sorted(by_reason.items()):
        counts[what] += len(ids)
        yield f"{what}: {reason}"
        yield from (f"  {name}" for name in sorted(ids))
    yield from (f"in all {count}: {what}" for what, count in sorted(counts.items()))


def main():
    args = arguments()
    rows = coverage(args.binary, args.corpus)
    different = 0
    for name, lines in (("fired.txt", fired), ("not_run.txt", not_run)):
        text = [line + "\n" for line in lines(rows, args.corpus / "logs")]
        path = SNAPSHOTS / name
        if args.write:
            path.write_text("".join(text), encoding="utf-8")
            continue
        known = path.read_text(encoding="utf-8").splitlines(keepends=True)
        changes = list(difflib.unified_diff(known, text, f"ci/snapshots/{name}", "this run", n=1))
        different += bool(changes)
        sys.stdout.writelines(changes)
    ran = sum("file" not in row and "not_run" not in row for row in rows)
    print(f"{ran} detections ran; {'written' if args.write else 'the snapshots differ' if different else 'as in the snapshots'}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
