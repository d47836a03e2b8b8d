#!/bin/sh
# Fill in COREOS_ENV_FILE from the environment, and run a script beside this one with it: what an operator does
# by hand, for whoever has the values in variables.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
export COREOS_ENV_FILE
umask 077
: >"${COREOS_ENV_FILE:?says where}"
for name in $(sed -n 's/^\([A-Z_]*\)=.*/\1/p' "$here/../../../.env.production.sample"); do
  eval "said=\${$name-}"
  [ -z "$said" ] || printf '%s=%s\n' "$name" "$(printf %s "$said" | sed ':all;N;$!b all;s/\n/\\n/g')" >>"$COREOS_ENV_FILE"
  unset "$name"
done
script=$1
shift
exec "$here/$script" "$@"
