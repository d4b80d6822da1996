#!/bin/sh
# Runs the tests, all or those that the arguments name (`npm test -- test/guard`), and ends with a line of counts.
# The exit code is 0 only when something was tested and all of it passed.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
. scripts/lib.sh

sh scripts/setup.sh --tests
packages_ready || fail 'the setup did not finish.' "Run 'npm run setup' and read its last lines."
if [ -z "${CHROMIUM_PATH:-}" ] && has chromium; then
  CHROMIUM_PATH=$(command -v chromium)
  export CHROMIUM_PATH
fi

results=$(mktemp -d "${TMPDIR:-/tmp}/chasqui-tests.XXXXXX")
trap 'rm -rf "$results"' EXIT
# Ctrl-C reaches vitest by itself; a TERM from outside is handed on, and then the closing line is still printed.
trap : INT
trap '[ -z "${tests:-}" ] || kill -TERM "$tests" 2>/dev/null' TERM

"$node" node_modules/vitest/vitest.mjs run \
  --reporter=default --reporter=json --outputFile.json="$results/results.json" "$@" &
tests=$!
code=0
wait "$tests" || code=$?
# A trapped signal ends `wait` early; the tests may still be closing down.
while kill -0 "$tests" 2>/dev/null; do
  wait "$tests" || code=$?
done

"$node" scripts/counts.ts "$results/results.json" "$code"
