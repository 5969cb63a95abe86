#!/bin/sh
# Makes the secrets that docker-compose.yml hands out, each in a file; those that exist stay.
# The directory is closed; the files are readable so that each service's own user can read its own.
# The certificates' directory is open: nginx looks into it as a user of its own; the key is closed.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets certificates
chmod 0700 secrets
chmod 0755 certificates
for name in superuser_password owner_password tenant_secret desk_secret desk_key portal_key \
    broker_password; do
    [ -s "secrets/$name" ] || od -An -vtx1 -N32 /dev/urandom | tr -d ' \n' > "secrets/$name"
done
# The mail server's password is not ours to make: write it in, or leave it empty. Former keys there
# are only after a change of keys (docs/operating.md, "Changing the secrets").
for name in smtp_password desk_key_before portal_key_before; do
    [ -e "secrets/$name" ] || : > "secrets/$name"
done
chmod 0444 secrets/*
echo "deploy/secrets: $(ls secrets | tr '\n' ' ')"
