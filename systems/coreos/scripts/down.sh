#!/bin/sh
# Stop CORE OS on this host: workers finish what they hold, containers and network go, the store's data stays.
set -eu
exec "$(dirname "$0")/compose.sh" down --timeout 15 "$@"
