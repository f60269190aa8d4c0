"""Processes that send batches of events to the collector of `dryfire serve` and wait for their acknowledgement."""

import json
import multiprocessing
import re
import time
import uuid

from serve import Collector

START = 1_772_442_000


def ready(server, index):
    """Makes the index and an input that acknowledges, where they are not there yet; gives the input's token."""
    status, body = server.request("POST", "/services/data/indexes", {"name": index})
    if status >= 300 and b"already exists" not in body:
        raise RuntimeError(f"the index {index} was not made: {status} {body[:300]!r}")
    server.request("POST", "/services/data/inputs/http", {"name": index, "index": index, "indexes": index, "useACK": "True"})
    status, body = server.request("GET", f"/services/data/inputs/http/{index}")
    token = re.search(rb'name="token">([^<]+)<', body)
    if token is None:
        raise RuntimeError(f"the input {index} has no token: {status} {body[:300]!r}")
    return token.group(1).decode()


def batch(sender, numbers, round_number=0):
    """Events in the collector's format; each has a key of its own."""
    events = []
    for n in numbers:
        text = (f"round={round_number} sender={sender} n={n} key=r{round_number}s{sender}n{n} action=allowed user=user{n % 997} "
                f"src=10.{n % 7}.{n % 251}.{n % 241} bytes={n * 37 % 65536} app=portal")
        events.append(json.dumps({"time": START + n / 100, "host": f"sender{sender}", "source": "interop",
                                  "sourcetype": "interop:load", "event": text}))
    return "\n".join(events).encode()


class Sender:
    """One connection with a channel of its own, and the batches that it has sent and had acknowledged."""

    def __init__(self, port, token):
        self.collector = Collector(port, token, channel=str(uuid.uuid4()))
        self.waiting = {}

    def send(self, body, numbers):
        """Sends one batch; a server that is busy is asked again, as a forwarder does."""
        while True:
            status, answer = self.collector.post("/services/collector/event", body)
            if status == 200 and "ackId" in answer:
                self.waiting[answer["ackId"]] = numbers
                return
            if status not in (429, 503):
                raise RuntimeError(f"a batch was answered with {status} {answer}")
            time.sleep(0.05)

    def acknowledged(self):
        """The numbers of the events that were acknowledged since the last call."""
        if not self.waiting:
            return []
        answer = self.collector.post("/services/collector/ack", json.dumps({"acks": list(self.waiting)}))[1]
        done = [int(i) for i, yes in answer.get("acks", {}).items() if yes is True]
        return [n for i in done for n in self.waiting.pop(i)]


def in_processes(work, count, *arguments):
    """Runs `work(number, queue, *arguments)` in so many processes: the processes and the queue that they report to."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    processes = [context.Process(target=work, args=(number, queue, *arguments), daemon=True) for number in range(count)]
    for process in processes:
        process.start()
    return processes, queue
