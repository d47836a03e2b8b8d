#!/bin/sh
# Prove a target, then let a gate decide: a step for any CI server, cron, or a person at a terminal.
#
#   promote.sh GATE TARGET STORE [COMPONENT=DIGEST...]
#
# STORE is a folder that is kept for as long as evidence counts: a mounted volume, a synchronised
# bucket, a clone of a branch. What the decision is told in lies in $PROOFBOOK_OUT (decision/).
# PROOFBOOK_KEY refers to the key that signs (file:PATH or env:NAME); without it this clone's own
# signs, which opens only the gate `local`. PROOFBOOK_HEAD is the head that the decision before
# printed, kept elsewhere than in STORE: it tells of a log that was cut.
set -eu
gate=$1 target=$2 store=$3
shift 3
out=${PROOFBOOK_OUT:-decision}

# A claim that does not hold (1), was not settled (5) or is too old (6) is the gate's to judge.
# Whatever else went wrong ends here: there may be no new evidence at all.
proofbook verify --target "$target" --store "$store" || case $? in
  1 | 5 | 6) ;;
  *) exit $? ;;
esac

# The rest of the words become options, one each.
for release; do
  shift
  set -- "$@" --release "$release"
done
if [ -n "${PROOFBOOK_HEAD:-}" ]; then
  set -- "$@" --head "$PROOFBOOK_HEAD"
fi
code=0
proofbook gate "$gate" --target "$target" --store "$store" --explain --out "$out" "$@" || code=$?

# GitHub shows this page of the job; elsewhere it is one of the artefacts.
if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -f "$out/summary.md" ]; then
  cat "$out/summary.md" >>"$GITHUB_STEP_SUMMARY"
fi
exit "$code"
