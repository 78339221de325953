#!/bin/bash
# A database and a role for each service, read from its secret (/run/secrets/database_url_<service>).
# Runs by itself when the data folder is new. After a service was added or a password changed:
#   docker compose -f infra/docker-compose.yml exec -u postgres postgres /docker-entrypoint-initdb.d/10-databases.sh
set -euo pipefail

for secret in /run/secrets/database_url_*; do
  url=$(<"$secret")
  if [[ ! $url =~ ^postgresql\+psycopg://([a-z_]+):([A-Za-z0-9]+)@[^/]+/([a-z_]+)$ ]]; then
    echo "10-databases.sh: $secret is not postgresql+psycopg://role:password@host/database" >&2
    exit 1
  fi
  role=${BASH_REMATCH[1]} password=${BASH_REMATCH[2]} database=${BASH_REMATCH[3]}
  # By standard input, not by arguments: a password must not stand in the list of processes.
  psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<SQL
SELECT 'CREATE ROLE $role LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$role') \\gexec
ALTER ROLE $role PASSWORD '$password';
SELECT 'CREATE DATABASE $database OWNER $role'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$database') \\gexec
-- Every role may connect to every new database unless that is taken back.
REVOKE ALL ON DATABASE $database FROM PUBLIC;
SQL
  echo "10-databases.sh: database $database belongs to $role"
done
