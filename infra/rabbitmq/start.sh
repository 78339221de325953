#!/bin/sh
# Starts the broker with the users of permissions.json; each password comes from the user's secret
# (/run/secrets/broker_url_<user>). It is done on every start, so a changed secret or permission
# needs a restart of the broker and nothing else.
set -eu

definitions=/run/yizhan/definitions.json
umask 077
cp /etc/yizhan/permissions.json "$definitions"
for secret in /run/secrets/broker_url_*; do
  user=${secret##*/broker_url_}
  password=$(sed -n 's|^amqp://[a-z]*:\([A-Za-z0-9]*\)@.*$|\1|p' "$secret")
  if [ -z "$password" ]; then
    echo "start.sh: $secret is not amqp://user:password@host:port/vhost" >&2
    exit 1
  fi
  # A script by standard input: an argument would stand in the list of processes.
  sed -i -f - "$definitions" <<SED
s|@broker_url_$user@|$password|
SED
done
if grep -q '@broker_url_' "$definitions"; then
  echo "start.sh: a user of permissions.json has no secret" >&2
  exit 1
fi
chown -R rabbitmq:rabbitmq /run/yizhan
exec docker-entrypoint.sh rabbitmq-server
