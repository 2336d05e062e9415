#!/bin/sh
# What the official image's entry point does for an empty volume: the system tables, and root with the password given.
set -eu
data=/var/lib/mysql
if [ "$1" = mariadbd ] && [ ! -d "$data/mysql" ]; then
  mariadb-install-db --no-defaults --datadir="$data" --auth-root-authentication-method=normal --skip-test-db > /dev/null
  mariadbd --no-defaults --datadir="$data" --bootstrap << SQL
FLUSH PRIVILEGES;
ALTER USER root@localhost IDENTIFIED BY '$MARIADB_ROOT_PASSWORD';
CREATE USER root@'${MARIADB_ROOT_HOST:-%}' IDENTIFIED BY '$MARIADB_ROOT_PASSWORD';
GRANT ALL ON *.* TO root@'${MARIADB_ROOT_HOST:-%}' WITH GRANT OPTION;
SQL
fi
exec "$@"
