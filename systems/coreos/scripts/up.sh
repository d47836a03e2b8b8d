#!/bin/sh
# Build CORE OS and start it on this host; ends with 0 once the API says that it is well.
set -eu
here=$(dirname "$0")
cd "$here/../../.."
here=systems/coreos/scripts
: "${COREOS_ENV_FILE:=.env.production}"
: "${COREOS_PORT:=3001}"

for name in FIREBASE_PROJECT_ID FIREBASE_CLIENT_EMAIL FIREBASE_PRIVATE_KEY JOB_WORKER_HMAC_SECRET \
  ATTESTATION_PRIVATE_KEY ATTESTATION_PUBLIC_KEY JOB_TICKET_PUBLIC_KEY DATABASE_URL; do
  grep -q "^$name=." "$COREOS_ENV_FILE" || {
    echo "$COREOS_ENV_FILE: $name is required" >&2
    exit 1
  }
done

$here/compose.sh build
$here/compose.sh up -d
health=http://127.0.0.1:$COREOS_PORT/api/worker/health
for _ in $(seq 60); do
  if curl -fsS -m 5 "$health" 2>/dev/null; then
    echo
    echo "CORE OS is up: http://127.0.0.1:$COREOS_PORT/ops"
    exit 0
  fi
  sleep 1
done
echo "CORE OS started, and $health is not well:" >&2
curl -sS -m 5 "$health" >&2 || true
exit 1
