"""Splunk's contentctl, unchanged, tests the detections of content/ on `dryfire serve`: `pass` as they are, `fail` with two broken."""

import os
import pathlib
import shutil
import subprocess
import sys

import yaml

from check import Checks
from serve import SCRATCH, Serve, tail

CONTENT = pathlib.Path(__file__).resolve().parent / "content"
# contentctl wants these folders, and git keeps no empty ones.
EMPTY = ("baselines", "dashboards", "playbooks", "removed")
SHELL = "Shell Started By An Office Program"
ACCOUNT = "Account Made By A Stranger"
PORTAL = "Many Failed Sign Ins From One Address"
# One that finds nothing, which contentctl believes after 126 s, and one whose rows lack the object at risk.
BROKEN = {
    "detections/application/many_failed_sign_ins_from_one_address.yml": ("action=failure", "action=failed"),
    "detections/endpoint/account_made_by_a_stranger.yml": ("by dest user src_user", "by dest src_user"),
}


def main():
    way = sys.argv[1]
    checks = Checks(f"contentctl, {way}")
    folder = copy(way)
    with Serve("--content", folder, "--es", *sys.argv[2:], log=SCRATCH / f"serve-{way}.log") as server:
        code, log = contentctl(folder, server)
        summary = folder / "test_results/summary.yml"
        if not checks.that(summary.is_file(), "contentctl writes its summary", tail(log, 40)):
            checks.end()
        told = yaml.safe_load(summary.read_text())
        if way == "pass":
            passes(checks, code, told)
        else:
            fails(checks, code, told)
        left(checks, server)
    if checks.failed:
        print(f"the end of {log}:\n{tail(log, 40)}")
    checks.end()


def copy(way):
    """A copy of the content, as contentctl writes into the folder that it tests."""
    folder = SCRATCH / f"content-{way}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(CONTENT, folder)
    for name in EMPTY:
        (folder / name).mkdir()
    if way == "fail":
        for name, (old, new) in BROKEN.items():
            text = (folder / name).read_text()
            assert old in text, f"{name} has no `{old}` to be broken"
            (folder / name).write_text(text.replace(old, new))
    return folder


def contentctl(folder, server):
    """One run of `contentctl test_servers`: its exit code and its log. The password goes by the environment."""
    servers = f"127.0.0.1,admin,{server.password},8000,{server.hec},{server.rest}"
    program = pathlib.Path(sys.executable).parent / "contentctl"
    command = [str(program), "test_servers", "--enable-integration-testing", "--disable-tqdm",
               "--post-test-behavior", "never_pause", "mode:all"]
    # contentctl opens a page of its own, and a browser to show it.
    environment = {**os.environ, "CONTENTCTL_TEST_INFRASTRUCTURES": servers, "BROWSER": "/bin/true"}
    path = folder.with_suffix(".log")
    with open(path, "wb") as log:
        done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log,
                              stderr=subprocess.STDOUT, timeout=400, check=False)
    return done.returncode, path


def passes(checks, code, told):
    summary = told["summary"]
    checks.equal(code, 0, "contentctl ends with 0")
    checks.equal((summary["success"], summary["success_rate"]), (True, "100.0%"), "its summary is a success")
    checks.equal((summary["total_tested_detections"], summary["total_pass"], summary["total_skipped"]), (3, 3, 0),
                 "three detections are tested, three pass")
    checks.equal(states(told), {(name, kind): "pass" for name in (SHELL, ACCOUNT, PORTAL) for kind in ("unit", "integration")},
                 "each passes its unit and its integration test")


def fails(checks, code, told):
    summary = told["summary"]
    checks.equal(code, 1, "contentctl ends with 1")
    checks.equal(summary["success"], False, "its summary is no success")
    checks.equal((summary["total_tested_detections"], summary["total_pass"], summary["total_fail"]), (3, 1, 2),
                 "of three detections, two fail")
    wanted = {(name, kind): "fail" for name in (ACCOUNT, PORTAL) for kind in ("unit", "integration")}
    wanted |= {(SHELL, "unit"): "pass", (SHELL, "integration"): "pass"}
    checks.equal(states(told), wanted, "the two that are broken fail, the other passes")
    said = {test["name"]: str(test["exception"]) for d in told["tested_detections"] for test in d["tests"] if test["test_type"] == "unit"}
    checks.that("risk object field" in said["A stranger makes an account"], "the reason is the object at risk that rows lack", said)


def states(told):
    """Detection and kind of test: how it ended."""
    return {(d["name"], test["test_type"]): test.get("status", test.get("message")) for d in told["tested_detections"] for test in d["tests"]}


def left(checks, server):
    """contentctl deletes what it sent and what its tests made."""
    for index in ("contentctl_testing_index", "risk", "notable"):
        checks.equal(server.count(f"search index={index}"), 0, f"nothing is left in index {index}")


if __name__ == "__main__":
    main()
