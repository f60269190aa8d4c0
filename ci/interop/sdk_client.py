"""Splunk's own Python SDK on `dryfire serve`: what it asks for it gets, and the rows are those of `dryfire search`."""

import json
import sys
import uuid

from splunklib import client
from splunklib.binding import AuthenticationError, HTTPError
from splunklib.results import JSONResultsReader, Message

from check import Checks
from rows import alike, local
from serve import ROOT, Collector, Serve, wait_for

LOG = ROOT / "datasets/malware/qbot/msra/windows-sysmon.log"
SOURCE = "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational"
SOURCETYPE = "XmlWinEventLog"
MANY = 51_000
SEARCHES = {
    "counts": "search index=interop EventCode=1 | stats count by Computer Image | sort 0 Computer Image",
    "several values": "search index=interop EventCode=1 | stats values(Image) as Image dc(User) as users by Computer | sort 0 Computer",
    "events and times": "search index=interop msra.exe | table _time host source sourcetype index EventCode Image ParentImage CommandLine",
    "raw text": "search index=interop EventCode=22 | table _raw",
    "a data model": "| tstats count from datamodel=Endpoint.Processes where index=interop by Processes.dest Processes.process_name | sort 0 Processes.dest Processes.process_name",
    "numbers": "search index=interop EventCode=3 | stats count avg(DestinationPort) as mean max(DestinationPort) as most by DestinationIp | eval share=round(count/7,3) | sort 0 DestinationIp",
    "a chart": "search index=interop | chart count over EventCode by Computer",
    "empty": "search index=interop EventCode=999 | table Image",
}


def main():
    checks = Checks("splunk-sdk")
    with Serve(*sys.argv[1:]) as server:
        service = login(checks, server)
        token = ready(checks, service)
        send(checks, server, service, token)
        searches(checks, service)
        pages(checks, server, service, token)
        saved(checks, service)
        deletes(checks, service)
    checks.end()


def connect(server, password):
    return client.connect(host="127.0.0.1", port=server.rest, username="admin", password=password, verify=False)


def login(checks, server):
    try:
        connect(server, "not the password")
        checks.that(False, "a wrong password is refused", "it was accepted")
    except AuthenticationError:
        checks.that(True, "a wrong password is refused")
    service = connect(server, server.password)
    checks.that(service.token.startswith("Splunk "), "login gives a session key")
    checks.that(service.splunk_version >= (9, 0, 2), "the version is one with the v2 endpoints", service.splunk_version)
    checks.that(service.restart_required is False, "no restart is asked for")
    other = client.connect(host="127.0.0.1", port=server.rest, username="admin", password=server.password, basic=True)
    checks.that(other.info["version"] == service.info["version"], "basic authentication is one, too")
    other = client.connect(host="127.0.0.1", port=server.rest, token=service.token)
    checks.that(len(other.apps.list()) > 0, "a session key can be used again")
    return service


def ready(checks, service):
    index = service.indexes.create("interop")
    checks.equal(index.name, "interop", "an index is made")
    service.indexes.create("many")
    checks.that({"interop", "many", "main"} <= {i.name for i in service.indexes.list()}, "the list of indexes has it")
    try:
        service.indexes.create("interop")
        checks.that(False, "an index is not made twice", "it was")
    except HTTPError as error:
        checks.that(b"already exists" in error.body, "an index is not made twice", error.body)
    made = service.inputs.create("interop", kind="http", index="interop", indexes="interop,many", useACK=True)
    checks.that(bool(made.token), "an input of the collector is made and has a token")
    again = service.inputs["interop", "http"]
    checks.that(again.token == made.token, "the input is found by its name, with the same token")
    return made.token


def send(checks, server, service, token):
    collector = Collector(server.hec, token, channel=str(uuid.uuid4()))
    path = f"/services/collector/raw?index=interop&source={SOURCE.replace(' ', '+')}&sourcetype={SOURCETYPE}&host=from-hec"
    status, answer = collector.post(path, LOG.read_bytes())
    checks.equal((status, answer.get("code")), (200, 0), "a log is sent to the collector")
    acknowledged(checks, collector, [answer.get("ackId")], "the log is acknowledged")
    event = {"event": {"user": "mila", "n": 3}, "index": "many", "sourcetype": "interop:json", "host": "h", "time": 1772442000.25}
    status, answer = collector.post("/services/collector/event", json.dumps(event))
    checks.equal((status, answer.get("code")), (200, 0), "an event is sent to the collector")
    acknowledged(checks, collector, [answer.get("ackId")], "the event is acknowledged")
    service.indexes["many"].submit("2026-03-02T09:00:00Z simple=yes", host="h", source="s", sourcetype="interop:text")
    collector.close()
    found = oneshot(service, "search index=many sourcetype=interop:json | table _time host user n")
    checks.equal(found, [{"_time": "1772442000250", "host": "h", "user": "mila", "n": "3"}], "the event is found with its fields")
    found = oneshot(service, "search index=many simple=yes | table source sourcetype")
    checks.equal(found, [{"source": "s", "sourcetype": "interop:text"}], "what `index.submit` sends is found")


def acknowledged(checks, collector, ids, what):
    def all_true():
        answer = collector.post("/services/collector/ack", json.dumps({"acks": ids}))[1]
        return all(answer.get("acks", {}).get(str(i)) is True for i in ids)
    checks.that(wait_for(all_true), what, ids)


def read(stream):
    """The rows of an answer; an error among its messages is one here."""
    rows = []
    for item in JSONResultsReader(stream):
        if isinstance(item, Message):
            if item.type in ("ERROR", "FATAL"):
                raise RuntimeError(str(item))
        else:
            rows.append(alike(item))
    return rows


def oneshot(service, spl):
    return read(service.jobs.oneshot(spl, output_mode="json", count=0))


def searches(checks, service):
    for name, spl in SEARCHES.items():
        wanted = local(spl, LOG, index="interop", source=SOURCE, sourcetype=SOURCETYPE, host="from-hec")
        checks.that(bool(wanted) != (name == "empty"), f"{name}: `dryfire search` has rows ({len(wanted)})")
        checks.equal(oneshot(service, spl), wanted, f"{name}: oneshot gives the rows of `dryfire search`")
        checks.equal(read(service.jobs.export(spl, output_mode="json")), wanted, f"{name}: export gives them, too")
        blocking = service.jobs.create(spl, exec_mode="blocking")
        checks.equal(read(blocking.results(output_mode="json", count=0)), wanted, f"{name}: a blocking job gives them")
        normal = service.jobs.create(spl, exec_mode="normal")
        checks.that(wait_for(normal.is_done), f"{name}: a normal job ends")
        checks.equal(read(normal.results(output_mode="json", count=0)), wanted, f"{name}: a normal job gives them")
        normal.refresh()
        checks.equal(int(normal["resultCount"]), len(wanted), f"{name}: the job tells their number")
    listed = {job.sid for job in service.jobs.list()}
    checks.that({normal.sid, blocking.sid} <= listed, "jobs are listed")
    normal.cancel()
    checks.that(normal.sid not in {job.sid for job in service.jobs.list()}, "a cancelled job is gone")
    for spl in ("search index=interop | nosuchcommand", "search index=interop | stats count by"):
        try:
            service.jobs.create(spl, exec_mode="blocking")
            checks.that(False, f"`{spl}` is refused", "it was accepted")
        except HTTPError as error:
            checks.equal(error.status, 400, f"`{spl}` is refused with a reason")


def pages(checks, server, service, token):
    collector = Collector(server.hec, token, channel=str(uuid.uuid4()))
    ids = []
    for start in range(0, MANY, 1000):
        batch = "".join(json.dumps({"event": f"n={n}", "time": 1772442000 + n, "index": "many", "sourcetype": "interop:many"})
                        for n in range(start, start + 1000))
        ids.append(collector.post("/services/collector/event", batch)[1].get("ackId"))
    acknowledged(checks, collector, ids, f"{MANY} events are acknowledged")
    collector.close()
    job = service.jobs.create("search index=many sourcetype=interop:many | fields n | table n", exec_mode="blocking")
    job.refresh()
    checks.equal(int(job["resultCount"]), MANY, "a job has more than 50,000 rows")
    first = read(job.results(output_mode="json"))
    checks.equal([row["n"] for row in first], [str(MANY - 1 - n) for n in range(100)], "100 rows where no count is asked for, newest first")
    got, size = [], 20_000
    while page := read(job.results(output_mode="json", count=size, offset=len(got))):
        got += [int(row["n"]) for row in page]
    checks.that(got == list(range(MANY - 1, -1, -1)), "all rows, once and in order, by count and offset", f"{len(got)} rows")
    every = read(job.results(output_mode="json", count=0))
    checks.that(len(every) >= 50_000, "count=0 gives 50,000 rows or all", len(every))
    exported = read(service.jobs.export("search index=many sourcetype=interop:many | table n", output_mode="json"))
    checks.equal(len(exported), MANY, "export has no such limit")


def saved(checks, service):
    spl = "search index=interop EventCode=1 | stats count by Computer | sort 0 Computer"
    wanted = local(spl, LOG, index="interop", source=SOURCE, sourcetype=SOURCETYPE, host="from-hec")
    name = "Processes / by computer"
    search = service.saved_searches.create(name, spl)
    checks.equal(service.saved_searches[name]["search"], spl, "a saved search is made, with a slash in its name")
    job = search.dispatch()
    checks.that(wait_for(job.is_done), "a dispatched search ends")
    checks.equal(read(job.results(output_mode="json", count=0)), wanted, "a dispatched search gives the rows of `dryfire search`")
    search.update(**{"dispatch.earliest_time": "0", "dispatch.latest_time": "now", "description": "By computer"})
    search.refresh()
    checks.equal((search["description"], search["search"]), ("By computer", spl), "an update changes what it names and nothing else")
    search.disable()
    checks.equal(search.refresh()["disabled"], "1", "it is disabled")
    search.enable()
    checks.equal(search.refresh()["disabled"], "0", "and enabled again")
    checks.that(job.sid in {past.sid for past in search.history()}, "its history names the job")
    service.saved_searches.delete(name)
    checks.that(name not in service.saved_searches, "it is deleted")


def deletes(checks, service):
    role = service.roles["admin"]
    service.roles.post("admin", imported_roles=["user", "power", "can_delete"])
    service.post("/services/properties/authorize/default/deleteIndexesAllowed", value="interop;many")
    checks.that(role is not None, "the role of admin is there")
    before = int(oneshot(service, "search index=interop | stats count")[0]["count"])
    rows = oneshot(service, "search index=interop | delete")
    told = [row for row in rows if row.get("index") == "interop"]
    checks.that(len(told) == 1 and told[0].get("deleted") == str(before) and told[0].get("errors") == "0",
                "`delete` tells how many events of the index are gone", rows)
    checks.equal(oneshot(service, "search index=interop | stats count"), [{"count": "0"}], "deleted events are not found")
    service.indexes.delete("many")
    checks.that("many" not in {i.name for i in service.indexes.list()}, "an index is deleted")
    service.logout()
    try:
        service.indexes.list()
        checks.that(False, "after logout nothing is answered", "it was")
    except AuthenticationError:
        checks.that(True, "after logout nothing is answered")


if __name__ == "__main__":
    main()
