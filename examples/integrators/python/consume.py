"""Reads a queue of events, live or replayed, and prints one line for each that is news.

YIZHAN_AMQP=amqp://user:password@host/vhost python consume.py ext.<name>.events [count]
"""

import json
import os
import sys

import pika

queue, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
connection = pika.BlockingConnection(pika.URLParameters(os.environ["YIZHAN_AMQP"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=100)

seen = set()  # in production a table: at least once means that an id may come again
newest = {}  # subject → sequence: an older one never overwrites a newer
printed = 0

print(json.dumps({"listening": queue}), flush=True)
for method, _, body in channel.consume(queue):
    event = json.loads(body)
    if event["type"] == "notify.replay.ended.v1":
        channel.basic_ack(method.delivery_tag)
        print(
            json.dumps({"ended": event["data"]["replay_id"], "events": event["data"]["events"]}), flush=True
        )
        break
    if event["id"] not in seen and event["sequence"] > newest.get(event["subject"], 0):
        seen.add(event["id"])
        newest[event["subject"]] = event["sequence"]
        line = {name: event[name] for name in ("type", "subject", "station")}
        print(json.dumps(line), flush=True)
        printed += 1
    channel.basic_ack(method.delivery_tag)  # only after the work is done: what is not acked comes again
    if count and printed >= count:
        break
connection.close()
