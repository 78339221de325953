"""Keeps a public recruitment site and a county's gig-work network in step, both ways.

What the network publishes goes to the site; what employers enter at the site goes to the network, where
staff verify it, and comes back with the answer. It keeps nothing but a file of identifiers, so that it can be
killed at any moment and started again.

    YIZHAN_AMQP=amqp://user:password@host/vhost  YIZHAN_API=https://yizhan.example.cn/api/v1
    YIZHAN_API_KEY=yzk_…  SITE_API=https://recruitment.example.cn/api
    python bridge.py NAME PAIRS.json [seconds]

NAME: of the integrator. seconds: between two looks at the site, 30 unless said otherwise. The site's own API
is taken to be: `GET /jobs?changed=1`, `PUT /jobs/<id>`, `DELETE /jobs/<id>`, `POST /jobs/<id>/answer`; a real
one differs, and only the class `Site` knows it.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pika


def call(method, url, body=None, key=None):
    """One HTTP call; the answer as JSON."""
    request = urllib.request.Request(url, method=method)  # noqa: S310 - addresses are the operator's own
    request.add_header("Content-Type", "application/json")
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(request, data, timeout=15) as answer:  # noqa: S310
        text = answer.read()
    return json.loads(text) if text else None


class Site:
    """The recruitment site."""

    def __init__(self, url):
        self.url = url

    def changed(self):
        """Jobs that employers entered or changed and that the network has not answered yet."""
        return call("GET", f"{self.url}/jobs?changed=1")

    def show(self, posting):
        """A job of the network; the same identifier again is the same job."""
        terms = posting["terms"]
        call(
            "PUT",
            f"{self.url}/jobs/yz-{posting['id']}",
            {
                "title": terms["trade"],
                "company": posting["employer_name"],
                "people": terms["headcount"] - posting["taken"],
                "pay": f"{terms['wage']['fen'] / 100:g}/{terms['wage']['unit']}",
                "where": terms["place"],
                "from": terms["starts_at"],
            },
        )

    def hide(self, posting_id):
        try:
            call("DELETE", f"{self.url}/jobs/yz-{posting_id}")
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise

    def answer(self, answer):
        """What the network says of a job that was entered here."""
        reasons = [finding["instead"] for finding in answer["findings"]]
        call(
            "POST",
            f"{self.url}/jobs/{answer['external_id']}/answer",
            {"outcome": answer["outcome"], "version": answer["version"], "reasons": reasons},
        )


class Pairs:
    """Which of the network's postings began at the site: those are not shown there a second time."""

    def __init__(self, path):
        self.path = path
        self.ours = set(json.loads(path.read_text())) if path.exists() else set()

    def add(self, posting_id):
        if posting_id and posting_id not in self.ours:
            self.ours.add(posting_id)
            fresh = self.path.with_suffix(".new")
            fresh.write_text(json.dumps(sorted(self.ours)))
            fresh.replace(self.path)


class Bridge:
    def __init__(self, site, api, key, pairs):
        self.site, self.api, self.key, self.pairs = site, api, key, pairs

    def take(self, event):
        """An event of the network, for the site. Safe to do twice."""
        family = event["type"].rsplit(".", 2)[0]
        if family == "jobs.external_posting":
            answer = event["data"]["answer"]
            self.pairs.add(answer["posting_id"])
            self.site.answer(answer)
        elif family == "jobs.posting":
            posting = event["data"]["posting"]
            if posting["id"] in self.pairs.ours:
                return
            # It is to be seen while, and only while, its status is published; no event's name need be known.
            if posting["status"] == "published":
                self.site.show(posting)
            else:
                self.site.hide(posting["id"])

    def send(self):
        """What was entered at the site, for the network. The same version twice is taken once."""
        for job in self.site.changed():
            submission = {
                "external_id": job["id"],
                "version": job["version"],
                "station": job["station"],
                "employer": {"name": job["company"], "credit_code": job["credit_code"]},
                "terms": job["terms"],
            }
            try:
                answer = call("POST", f"{self.api}/integrations/postings", submission, self.key)
            except urllib.error.HTTPError as error:
                if error.code in (429, 502, 503, 504):
                    return  # later
                problem = json.loads(error.read())
                self.site.answer(
                    {
                        "external_id": job["id"],
                        "version": job["version"],
                        "outcome": "refused",
                        "findings": [{"instead": problem["detail"]}],
                    }
                )
            else:
                self.pairs.add(answer["posting_id"])


def main():
    name, pairs = sys.argv[1], Pairs(Path(sys.argv[2]))
    look_every_seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 30.0
    site = Site(os.environ["SITE_API"])
    bridge = Bridge(site, os.environ["YIZHAN_API"], os.environ["YIZHAN_API_KEY"], pairs)
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["YIZHAN_AMQP"]))
    channel = connection.channel()
    channel.basic_qos(prefetch_count=50)
    next_look = 0.0
    for method, _, body in channel.consume(f"ext.{name}.events", inactivity_timeout=0.5):
        if method is not None:
            bridge.take(json.loads(body))
            channel.basic_ack(method.delivery_tag)  # after the site has it: a crash before this does it twice
        if time.monotonic() >= next_look:
            bridge.send()
            next_look = time.monotonic() + look_every_seconds


if __name__ == "__main__":
    main()
