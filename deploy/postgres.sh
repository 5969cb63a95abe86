#!/bin/sh
# Runs once, on an empty volume: the owner of the database (no superuser, may make logins).
set -eu
owner_password=$(cat /run/secrets/owner_password)
psql --username postgres --dbname postgres --set ON_ERROR_STOP=1 \
    --set owner_password="$owner_password" <<'SQL'
CREATE ROLE servicedesk_owner LOGIN CREATEROLE NOSUPERUSER PASSWORD :'owner_password';
CREATE DATABASE servicedesk OWNER servicedesk_owner;
SQL
