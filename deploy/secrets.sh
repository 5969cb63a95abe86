#!/bin/sh
# Makes the secrets that docker-compose.yml hands out, each in a file; those that exist stay.
# The directory is closed; the files are readable so that each service's own user can read its own.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets certificates
chmod 0700 secrets certificates
for name in superuser_password owner_password tenant_secret desk_secret desk_key portal_key \
    broker_password; do
    [ -s "secrets/$name" ] || od -An -vtx1 -N32 /dev/urandom | tr -d ' \n' > "secrets/$name"
done
# The mail server's password is not ours to make: write it in, or leave it empty.
[ -e secrets/smtp_password ] || : > secrets/smtp_password
chmod 0444 secrets/*
echo "deploy/secrets: $(ls secrets | tr '\n' ' ')"
