"""Servers that fan-out is measured beside, each the shortest that its own documentation would have it.

All take the same orders, one line of JSON on standard input:
`{"count": 20, "rate": 20, "head": "…", "tail": "…", "acks": false}` sends `head + moment + tail` to every
connection `count` times, `rate` times a second from now on; the moment is the one at which the update was
due, not the one at which it was sent.
"""
