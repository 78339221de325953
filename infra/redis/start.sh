#!/bin/sh
# Starts Redis with one user, taken from the secret redis_url. The configuration goes in by standard
# input: nothing secret reaches the list of processes or the disk.
set -eu

url=$(cat /run/secrets/redis_url)
credentials=${url#redis://}
credentials=${credentials%%@*}
user=${credentials%%:*}
password=${credentials#*:}
case $user:$password in
  *[!a-z0-9:]* | :* | *: | *:*:*) echo "start.sh: redis_url is not redis://user:password@host:port/n" >&2; exit 1 ;;
esac

# Nothing is saved: whatever Redis holds is rebuilt from the databases. Refusing writes when it is full
# is seen at once; evicting keys behind the boards' backs is not.
exec redis-server - <<CONF
port 6379
bind * -::*
protected-mode no
save ""
appendonly no
maxmemory ${REDIS_MAXMEMORY:-512mb}
maxmemory-policy noeviction
user default off
user $user on >$password ~* &* +@all -@admin -@dangerous +info
CONF
