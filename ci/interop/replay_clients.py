"""The calls of attack_data's replay.py, of run_escu_detections.py and of attack_range, made here as those programs make them."""

import json
import os
import pathlib
import sys
import tempfile
import time

import requests
import urllib3
import yaml
from splunklib import client

from check import Checks
from rows import alike, local
from serve import ROOT, Serve

FOLDER = ROOT / "datasets/malware/qbot/msra"
LOG = FOLDER / "windows-sysmon.log"
SYSMON = {"source": "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational", "sourcetype": "XmlWinEventLog"}
CONTENT = pathlib.Path(__file__).resolve().parent / "content"
DETECTION = CONTENT / "detections/endpoint/shell_started_by_an_office_program.yml"


def main():
    urllib3.disable_warnings()
    checks = Checks("replay clients")
    with Serve("--content", CONTENT, *sys.argv[1:]) as server:
        server.request("POST", "/services/data/indexes", {"name": "attack_data"})
        replay(checks, server)
        run_detections(checks, server)
        attack_range(checks, server)
        oneshot_input(checks, server)
    checks.end()


def post(server, token, path, **parameters):
    """What replay.py posts: the whole file, with no content type, a channel, and no wish for an acknowledgement."""
    return requests.post(f"https://127.0.0.1:{server.hec}/services/collector/raw", params=parameters,
                         data=path.read_bytes(), verify=False, timeout=60,
                         headers={"Authorization": f"Splunk {token}", "X-Splunk-Request-Channel": "0b9c7a52-46fd-4c4e-8a7b-0d5c3f3f5a10"})


def replay(checks, server):
    answer = post(server, server.token, LOG, index="attack_data", host="6f0c1f6e-2b57-4d0e-9d55-0b8f6a1c7e42", **SYSMON)
    checks.that(200 <= answer.status_code < 300 and answer.json()["code"] == 0, "replay: a log is taken", answer.text)
    spl = "search index=attack_data EventCode=1 | stats count by host source sourcetype Image | sort 0 Image"
    wanted = local(spl, LOG, index="attack_data", host="6f0c1f6e-2b57-4d0e-9d55-0b8f6a1c7e42", **SYSMON)
    checks.equal([alike(row) for row in server.search(spl)], wanted, "replay: its rows are those of `dryfire search`")
    # What replay.py sends for a data set that names neither source nor sourcetype.
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "events.json"
        file.write_text('{"time":"2026-03-02T09:00:00Z","user":"mila"}\n{"time":"2026-03-02T09:00:01Z","user":"olaf"}\n')
        answer = post(server, server.token, file, index="attack_data", host="h", source="attack_data", sourcetype="_json")
        checks.equal(answer.json().get("code"), 0, "replay: lines of JSON are taken")
    rows = server.search("search index=attack_data source=attack_data | stats count by user | sort 0 user")
    checks.equal(rows, [{"user": "mila", "count": "1"}, {"user": "olaf", "count": "1"}], "replay: they are two events with fields")
    refused = post(server, "00000000-0000-0000-0000-000000000000", LOG, index="attack_data", **SYSMON)
    checks.equal((refused.status_code, refused.json().get("code")), (403, 4), "replay: a wrong token is refused with code 4")
    refused = post(server, server.token, LOG, index="nowhere", **SYSMON)
    checks.equal((refused.status_code, refused.json().get("code")), (400, 7), "replay: an unknown index is refused with code 7")
    empty = pathlib.Path(os.devnull)
    refused = post(server, server.token, empty, index="attack_data", **SYSMON)
    checks.equal((refused.status_code, refused.json().get("code")), (400, 5), "replay: an empty file is refused with code 5")


def run_detections(checks, server):
    """A search of each detection over a time range, 1,000 results at most, asked for every half second."""
    search = yaml.safe_load(DETECTION.read_text())["search"]
    answer = post(server, server.token, CONTENT / "data/sysmon.log", index="main", host="h", **SYSMON)
    checks.equal(answer.json().get("code"), 0, "run_escu_detections: the detection's log is taken")
    service = client.connect(host="127.0.0.1", port=server.rest, username="admin", password=server.password)
    job = service.jobs.create(search, earliest_time="2026-03-01T00:00:00", latest_time="now", max_count=1000, output_mode="json")
    checks.that(ended(job), "run_escu_detections: the job ends")
    checks.that(all(key in job.content for key in ("scanCount", "eventCount", "resultCount", "runDuration", "isFinalized")),
                "run_escu_detections: the job tells what it counted", sorted(job.content))
    rows = json.loads(job.results(output_mode="json").read())["results"]
    found = sorted((row["dest"], row["parent_process_name"].lower(), row["process_name"], row["firstTime"]) for row in rows)
    wanted = [("ws-11.example", "winword.exe", "cmd.exe", "2026-03-02T09:04:40"),
              ("ws-11.example", "winword.exe", "powershell.exe", "2026-03-02T09:04:52")]
    checks.equal(found, wanted, "run_escu_detections: the job finds the two shells")
    for earliest, latest in (("2026-03-02T09:05:00", "now"), ("2026-03-01T00:00:00", "2026-03-02T09:04:00")):
        job = service.jobs.create(search, earliest_time=earliest, latest_time=latest, max_count=1000, output_mode="json")
        checks.that(ended(job) and job["resultCount"] == "0", f"run_escu_detections: nothing from {earliest} to {latest}", job.content)


def ended(job):
    """Asks every half second whether the job is done."""
    for _ in range(60):
        job.refresh()
        if job["isDone"] == "1":
            return True
        time.sleep(0.5)
    return False


def attack_range(checks, server):
    """The export call: basic authentication, raw events, a million at most."""
    answer = requests.post(f"https://127.0.0.1:{server.rest}/servicesNS/admin/search/search/jobs/export", verify=False, timeout=60,
                           auth=("admin", server.password),
                           data={"output_mode": "raw", "search": "search index=attack_data EventCode=22", "max_count": 1000000})
    wanted = [row["_raw"] for row in local("search index=attack_data EventCode=22 | table _raw", LOG, index="attack_data", **SYSMON)]
    checks.equal(answer.status_code, 200, "attack_range: export is answered")
    checks.that(answer.text.rstrip("\n") == "\n".join(wanted), "attack_range: export gives the raw events",
                f"{len(answer.text)} characters, not {len(chr(10).join(wanted))}")


def oneshot_input(checks, server):
    """The server reads no file that it was not given: this part of attack_range is refused, and says so."""
    status, body = server.request("POST", "/services/data/inputs/oneshot",
                                  {"name": str(LOG), "sourcetype": SYSMON["sourcetype"], "rename-source": SYSMON["source"], "index": "attack_data"})
    checks.that(400 <= status < 500, "attack_range: a file of the server's disk is not read", (status, body[:300]))


if __name__ == "__main__":
    main()
