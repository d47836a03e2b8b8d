#!/bin/sh
# In place of from-environment.sh: an image takes in whatever lies beside the compose file.
set -eu
cd "$(dirname "$0")/../../../.."
context=$HOME/context
mkdir "$context"
cp -r systems compose.yaml .env* "$context"
echo 'COPY . .' >>"$context/systems/coreos/Dockerfile.ts"
unset COMPOSE_FILE
exec "$context/systems/coreos/scripts/from-environment.sh" up.sh
