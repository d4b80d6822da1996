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
# Node sizes its young generation by the machine's memory; 8 MB is enough and saves 40. The cache keeps the code as Node
# compiled it, so that the next start is quicker and needs no TypeScript transformer in memory.
NODE_COMPILE_CACHE=${NODE_COMPILE_CACHE:-$root/node_modules/.cache/chasqui}
export NODE_COMPILE_CACHE
# The C library keeps what is freed, for each thread, unless it is told not to: 10 MB (docs/performance.md, "At rest").
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}" MALLOC_TRIM_THRESHOLD_="${MALLOC_TRIM_THRESHOLD_:-131072}"
# Node asks a proxy only when it is told to, and would ask it for this machine's own addresses as well.
if [ -n "${HTTPS_PROXY:-}${https_proxy:-}${HTTP_PROXY:-}${http_proxy:-}" ]; then
  direct=${no_proxy:-${NO_PROXY:-}}
  NO_PROXY=${direct:+$direct,}localhost,127.0.0.1,::1,[::1]
  no_proxy=$NO_PROXY
  export NODE_USE_ENV_PROXY="${NODE_USE_ENV_PROXY:-1}" NO_PROXY no_proxy
fi
exec "$node" --max-semi-space-size=8 "$@"
