"""The smallest handler that `yizhan contract test` is content with: an event a line in, an answer out.

yizhan contract test "python handler.py"
"""

import json
import sys

newest = {}
for line in sys.stdin:
    event = json.loads(line)
    if event["sequence"] > newest.get(event["subject"], 0):
        newest[event["subject"]] = event["sequence"]
    print("ok", flush=True)
