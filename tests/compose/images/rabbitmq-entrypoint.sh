#!/bin/bash
# What the compose file uses of the official image's entrypoint: the data folder belongs to the account
# of the broker, and the command runs as that account.
set -euo pipefail

if [[ $(id -u) == 0 ]]; then
  chown -R rabbitmq:rabbitmq /var/lib/rabbitmq
  exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups "$0" "$@"
fi
# Debian's own command sends the log to a file; the one behind it leaves it on standard output.
export PATH=/usr/lib/rabbitmq/bin:$PATH
export HOME=/var/lib/rabbitmq RABBITMQ_LOGS=-
exec "$@"
