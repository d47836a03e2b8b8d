#!/bin/sh
# Compose as it is installed here, told what compose.yaml leaves open; its arguments are Compose's own.
# COREOS_ENV_FILE names the file that the operator filled in.
set -eu
cd "$(dirname "$0")/../../.."
: "${COREOS_ENV_FILE:=.env.production}"
[ -r "$COREOS_ENV_FILE" ] || {
  echo "$COREOS_ENV_FILE is not there: copy .env.production.sample and fill it in" >&2
  exit 1
}
said() { sed -n "s/^$1=//p" "$COREOS_ENV_FILE" | tail -n 1; }

# The build freezes these; they stand in the same file as all else.
for name in API_KEY AUTH_DOMAIN PROJECT_ID STORAGE_BUCKET MESSAGING_SENDER_ID APP_ID; do
  name=NEXT_PUBLIC_FIREBASE_$name
  export "$name=$(said "$name")"
done
NEXT_PUBLIC_AUTH_MODE=$(said NEXT_PUBLIC_AUTH_MODE)
NEXT_PUBLIC_SUPER_ADMIN_ID=$(said NEXT_PUBLIC_SUPER_ADMIN_ID)
COREOS_STORE_PASSWORD=$(said STORE_PASSWORD)
: "${COMMIT_SHA:=$(git rev-parse HEAD 2>/dev/null || echo dev)}"
: "${COMPOSE_PROJECT_NAME:=coreos}"
export COREOS_ENV_FILE NEXT_PUBLIC_AUTH_MODE NEXT_PUBLIC_SUPER_ADMIN_ID COREOS_STORE_PASSWORD
export COMMIT_SHA COMPOSE_PROJECT_NAME
# The base is an image of this machine: no newer builder goes and looks for it elsewhere.
export DOCKER_BUILDKIT="${DOCKER_BUILDKIT:-0}" COMPOSE_DOCKER_CLI_BUILD="${COMPOSE_DOCKER_CLI_BUILD:-0}"

# compose.yaml takes these out of the worker; in the shell they would be put in again.
unset FIREBASE_PROJECT_ID FIREBASE_CLIENT_EMAIL FIREBASE_PRIVATE_KEY ATTESTATION_PRIVATE_KEY \
  ATTESTATION_PUBLIC_KEY DATABASE_URL STORE_PASSWORD COREOS_LOGIN_TOKENS

if docker compose version >/dev/null 2>&1; then
  exec docker compose "$@"
fi
exec docker-compose "$@"
