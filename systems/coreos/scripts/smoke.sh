#!/bin/sh
# Send one job through the CORE OS of this host and see it done; ends with 0 if all is well.
set -eu
cd "$(dirname "$0")/../../.."
file=${COREOS_ENV_FILE:-.env.production}
: "${COREOS_LOGIN_TOKENS:=$(sed -n 's/^COREOS_LOGIN_TOKENS=//p' "$file" 2>/dev/null | tail -n 1)}"
: "${COREOS_API_URL:=http://127.0.0.1:${COREOS_PORT:-3001}}"
export COREOS_LOGIN_TOKENS COREOS_API_URL
exec "${PYTHON:-python3}" -m systems.coreos.smoke
