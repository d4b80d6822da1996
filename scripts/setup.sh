#!/bin/sh
# Installs what is missing and nothing else; a second run finds all of it there and says so.
#   setup.sh              what Chasqui runs on: packages, a Redis server, the web page
#   setup.sh --tests      Chromium as well, for the tests of the web page
#   setup.sh --packages   the packages only, those for development included
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
. scripts/lib.sh

wanted=${1:-}
case $wanted in
  '' | --tests | --packages) ;;
  *) fail "setup.sh does not know \"$wanted\"." 'Use it without options, or with --tests or --packages.' ;;
esac

# One setup at a time in this folder; the lock goes with this process. (macOS has no flock: there, start one at a time.)
if has flock; then
  mkdir -p -m 700 .data
  exec 9>.data/setup.lock
  flock -n 9 || {
    say '· another setup is under way in this folder; waiting for it'
    flock 9
  }
fi

log=$(mktemp "${TMPDIR:-/tmp}/chasqui-setup.XXXXXX")
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs a command quietly. Its output is shown only when it fails. A service that it starts must not keep the lock.
quietly() {
  "$@" >"$log" 2>&1 </dev/null 9>&-
}

show_log() {
  printf '\n' >&2
  tail -n 25 "$log" >&2
}

apt_install() {
  # A mirror that is away is no reason to stop: what the system knows already may be enough.
  quietly env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 update || :
  quietly env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$1"
}

# Sets $node to the Node that runs Chasqui: the package's for this kind of machine, or else the machine's own.
choose_node() {
  for node in "$root"/node_modules/node-linux-*/bin/node; do
    if runs_typescript "$node"; then return 0; fi
  done
  node=$(command -v node) && runs_typescript "$node"
}

install_packages() {
  found=$(node --version 2>/dev/null) || fail 'there is no Node here.' 'Install Node 20.9 or newer: https://nodejs.org'
  version_at_least "$found" 20 9 ||
    fail "Node $found is too old to install with." 'Install Node 20.9 or newer: https://nodejs.org'
  has npm || fail 'there is no npm here.' 'Install npm 10 or newer; it comes with Node: https://nodejs.org'

  # All there already: installed by hand, perhaps without development packages, or a newer lockfile asks for nothing else.
  # Then nothing is fetched.
  if [ -z "$wanted" ] && node scripts/installed.mjs && choose_node && { [ -x node_modules/.bin/vite ] || page_ready; }; then
    :
  elif [ -n "$wanted" ] && node scripts/installed.mjs --dev && choose_node; then
    :
  else
    say '· npm packages: installing (a minute the first time)'
    quietly env PUPPETEER_SKIP_DOWNLOAD=1 npm ci --include=dev || {
      show_log
      fail 'npm could not install the packages.' "The lines above say why. Behind a proxy, see 'npm help config' for proxy and cafile."
    }
    say '✓ npm packages'
  fi
  choose_node ||
    fail 'the npm packages bring no Node 24 that runs here.' \
      'Install Node 24 for this system (https://nodejs.org) and start again.'
  mkdir -p $state
  printf '%s\n%s\n' "$(packages_key)" "$node" >$state/packages
}

install_redis() {
  install=$(install_command redis-server valkey valkey valkey redis)
  if ! may_apt; then
    fail 'there is no Redis: neither redis-server nor valkey-server is on the PATH.' \
      "Install one:            $install" \
      'or use one that runs:   set REDIS_URL=redis://… in .env'
  fi
  say '· redis-server: installing'
  if ! { apt_install redis-server || apt_install valkey-server; } || ! redis_ready; then
    show_log
    fail 'apt could not install redis-server.' "Try it by hand: $install" 'or set REDIS_URL=redis://… in .env'
  fi
  # Debian starts a service of its own with the package. Chasqui does not use it, and nobody asked for it.
  for service in redis-server valkey-server; do
    if [ -d /run/systemd/system ]; then
      quietly systemctl disable --now "$service" || :
    elif has invoke-rc.d; then
      quietly invoke-rc.d "$service" stop || :
    fi
  done
  say '✓ redis-server'
}

install_chromium() {
  # Ubuntu's package of that name is a snap, which does not run in a container.
  if may_apt && grep -q '^ID=debian' /etc/os-release; then
    say '· chromium: installing, for the tests of the web page'
    if apt_install chromium; then
      say '✓ chromium'
      return
    fi
    show_log
  fi
  say '! There is no Chromium: the tests of the web page will fail. Install it:' \
    "$(install_command chromium chromium chromium chromium chromium), or set CHROMIUM_PATH"
}

build_pages() {
  say '· web chat and operators’ page: building'
  for config in adapters/web/page/vite.config.ts src/ops/page/vite.config.ts; do
    quietly "$node" node_modules/vite/bin/vite.js build --config $config || {
      show_log
      fail 'a page could not be built.' "The lines above say why; 'npm run build' tries it again."
    }
  done
  page_key >$state/page
  say '✓ web chat and operators’ page'
}

if ! packages_ready || { [ -n "$wanted" ] && [ ! -x node_modules/.bin/vitest ]; }; then install_packages; fi
[ "$wanted" != --packages ] || exit 0
redis_ready || install_redis
page_ready || build_pages
[ "$wanted" != --tests ] || chromium_ready || install_chromium
