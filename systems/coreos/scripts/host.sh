#!/bin/sh
# Start, stop and look at the CORE OS of a plain host; COREOS_HOME (~/coreos) is where it lies.
set -eu
cd "$(dirname "$0")/../../.."
exec "${PYTHON:-python3}" -m systems.coreos.host "$@"
