#!/usr/bin/env bash
# Builds what the compose file needs where no registry can be reached: stand-ins for the official base
# images from Debian packages, and the image of Yizhan on top of one of them. What is there already and
# unchanged is left as it is, so a second run takes seconds.
#
#   tests/compose/images/build.sh [--only-bases]
#
# Needs: podman, runc, mmdebstrap. PYTHON names the interpreter (3.11) that collects the wheels.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
cache=${YIZHAN_COMPOSE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/yizhan-compose}
python=${PYTHON:-python3.11}
suite=bookworm
mkdir -p "$cache"

# Two test runs at once would build the same images side by side.
exec 9>"$cache/lock"
flock 9

fingerprint() { cat "$@" | sha256sum | cut -c1-16; }

# bootstrap TAG PACKAGES: a root file system of Debian packages, imported as an image.
bootstrap() {
  local tag=$1 packages=$2
  podman image exists "$tag" && return
  echo "build.sh: $tag from Debian packages" >&2
  mmdebstrap --quiet --variant=minbase --include="$packages" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    "$suite" - | podman import --quiet - "$tag" >/dev/null
}

# layer TAG CONTAINERFILE: a small image on top of one of ours, made again when its fingerprint changes.
layer() {
  local tag=$1
  podman build --quiet --isolation chroot --tag "$tag" --file - "$here" >/dev/null
}

servers_packages=rabbitmq-server,postgresql,redis-server
python_packages=python3,python3-venv,ca-certificates
servers=localhost/yizhan-standin/servers:$(fingerprint <<<"$suite $servers_packages")
debian_python=localhost/yizhan-standin/debian-python:$(fingerprint <<<"$suite $python_packages")
bootstrap "$servers" "$servers_packages" &
first=$!
bootstrap "$debian_python" "$python_packages"
wait "$first"

layer localhost/yizhan-standin/rabbitmq:latest <<CONTAINERFILE
FROM $servers
ENV LANG=C.UTF-8
COPY rabbitmq-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["rabbitmq-server"]
CONTAINERFILE

layer localhost/yizhan-standin/postgres:latest <<CONTAINERFILE
FROM $servers
ENV LANG=C.UTF-8 PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY postgres-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
CONTAINERFILE

layer localhost/yizhan-standin/redis:latest <<CONTAINERFILE
FROM $servers
CMD ["redis-server"]
CONTAINERFILE

# The official image calls it python.
layer localhost/yizhan-standin/python:latest <<CONTAINERFILE
FROM $debian_python
RUN ln -s /usr/bin/python3 /usr/local/bin/python
CONTAINERFILE

[[ ${1:-} == --only-bases ]] && exit 0

# The wheels are collected here, by the pip of this machine with whatever indexes it is set to, and the
# build inside installs them without an index. What pip would build for itself (the build back end of
# the project and of any source distribution) is collected beside them.
mapfile -t backends < <("$python" -c '
import sys, tomllib
print(*tomllib.load(open(sys.argv[1], "rb"))["build-system"]["requires"], "setuptools", "wheel", sep="\n")
' "$root/pyproject.toml")
wheelhouse=$cache/wheels-$(fingerprint "$root/requirements.lock" - <<<"${backends[*]}")
if [[ ! -e $wheelhouse/complete ]]; then
  echo "build.sh: wheels into $wheelhouse" >&2
  mkdir -p "$wheelhouse"
  "$python" -m pip download --quiet --dest "$wheelhouse" "${backends[@]}"
  # The image's interpreter may be of another patch release than this one: what only some of them need is
  # collected for all.
  sed -E "s/ ; python_full_version < '3\.11\.[0-9]+'//" "$root/requirements.lock" >"$wheelhouse/requirements.txt"
  "$python" -m pip download --quiet --dest "$wheelhouse" --require-hashes --requirement "$wheelhouse/requirements.txt"
  touch "$wheelhouse/complete"
fi

# Nothing can be fetched inside, so the console comes along as it was built here.
PYTHON="$python" "$root/web/build"

podman build --isolation chroot --tag localhost/yizhan:test \
  --file "$root/infra/Dockerfile" --ignorefile "$root/infra/Dockerfile.dockerignore" \
  --build-arg BASE_IMAGE=localhost/yizhan-standin/python:latest \
  --volume "$wheelhouse:/wheelhouse:ro" \
  --build-arg PIP_NO_INDEX=1 --build-arg PIP_FIND_LINKS=/wheelhouse \
  "$root"
