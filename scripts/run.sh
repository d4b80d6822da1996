#!/bin/sh
# Runs one of Chasqui's programs, after installing what is missing: run.sh <entry.ts> [arguments]
# The program takes this process's place, so that signals and the exit code are its own.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
. scripts/lib.sh

if ! { packages_ready && page_ready && redis_ready; }; then
  sh scripts/setup.sh
  packages_ready || fail 'the setup did not finish.' "Run 'npm run setup' and read its last lines."
fi
exec "$node" "$@"
