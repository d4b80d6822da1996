#!/bin/sh
# Everything that can be said about the code without running it. Each check runs, whatever the others find.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
. scripts/lib.sh

if ! packages_ready || [ ! -x node_modules/.bin/biome ]; then sh scripts/setup.sh --packages; fi
packages_ready || fail 'the setup did not finish.' "Run 'npm run setup' and read its last lines."
PATH=$(dirname "$node"):$root/node_modules/.bin:$PATH
export PATH

output=$(mktemp "${TMPDIR:-/tmp}/chasqui-check.XXXXXX")
trap 'rm -f "$output"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
passed=0
failed=

# check <what it looks at> <command…>: a line when it finds nothing, all that it says when it does.
check() {
  what=$1
  shift
  if "$@" >"$output" 2>&1; then
    passed=$((passed + 1))
    say "✓ $what"
  else
    failed="$failed$what, "
    say "✗ $what: $*"
    cat "$output"
    say ''
  fi
}

check 'format and lint' biome ci --error-on-warnings .
check 'types' tsc --noEmit
check 'types of the web page' tsc --noEmit -p adapters/web/page
check 'types of the operators’ page' tsc --noEmit -p src/ops/page
if [ -d bench/peers/node_modules ]; then check 'types of the bots that the bench brings' tsc --noEmit -p bench/peers; fi
check 'imports, names and shape' node scripts/check-imports.ts
check 'unused files, exports and packages' knip
for script in scripts/*.sh; do check "syntax of $script" sh -n "$script"; done
check 'syntax of .ci/run' bash -n .ci/run
if has shellcheck; then check 'shell scripts' shellcheck -x scripts/*.sh .ci/run; fi

say ''
if [ -n "$failed" ]; then
  say "Checks: $passed passed; these did not: ${failed%, }."
  exit 1
fi
say "Checks: all $passed passed."
