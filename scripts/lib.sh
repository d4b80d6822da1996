# Shared by the scripts beside it; sourced with $root set to the folder of package.json, which is also the current folder.
# shellcheck shell=sh disable=SC2154

state=node_modules/.chasqui

say() {
  printf '%s\n' "$*"
}

# Ends the script: what is wrong, then what to do, one line each.
fail() {
  printf '\n%s\n' "Chasqui cannot start: $1" >&2
  shift
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}

has() {
  command -v "$1" >/dev/null 2>&1
}

# Reads the first line of a file into $line; empty when there is none.
first_line() {
  line=
  # shellcheck disable=SC2034 # read by the callers
  if [ -r "$1" ]; then IFS= read -r line <"$1" || :; fi
}

# Is this `v22.18.0`-like version at least $2.$3?
version_at_least() {
  rest=${1#v}
  major=${rest%%.*}
  rest=${rest#*.}
  minor=${rest%%.*}
  case $major$minor in '' | *[!0-9]*) return 1 ;; esac
  [ "$major" -gt "$2" ] || { [ "$major" -eq "$2" ] && [ "$minor" -ge "$3" ]; }
}

# Can this Node run TypeScript as it stands (type stripping without a flag: 22.18)?
runs_typescript() {
  found=$("$1" --version 2>/dev/null) && version_at_least "$found" 22 18
}

# What the installed packages depend on: the lockfile, and the kind of machine that their binaries are for.
packages_key() {
  sum=$(cksum <package-lock.json)
  say "$sum $(uname -sm)"
}

# What the built pages depend on: everything in their folders, and the packages.
page_key() {
  {
    find adapters/web/page src/ops/page src/markdown -name dist -prune -o -type f -exec cksum {} + | LC_ALL=C sort
    cksum <package-lock.json
  } | cksum
}

# The stamp's first line is the key of what is installed, its second the Node to run on.
packages_ready() {
  [ -r $state/packages ] || return 1
  { IFS= read -r installed && IFS= read -r node; } <$state/packages || return 1
  [ "$installed" = "$(packages_key)" ] && [ -x "$node" ]
}

page_ready() {
  [ -r adapters/web/page/dist/index.html ] && [ -r src/ops/page/dist/index.html ] || return 1
  # Installed without development packages, a page that came ready-built is taken as it is.
  [ -x node_modules/.bin/vite ] || return 0
  first_line $state/page
  [ -n "$line" ] && [ "$line" = "$(page_key)" ]
}

# A Redis of one's own (in the environment or in .env), or a server that Chasqui can start.
redis_ready() {
  [ -n "${REDIS_URL:-}" ] || has redis-server || has valkey-server ||
    { [ -r .env ] && grep -Eq '^[[:space:]]*(export[[:space:]]+)?REDIS_URL[[:space:]]*=[[:space:]]*[^[:space:]#]' .env; }
}

chromium_ready() {
  [ -n "${CHROMIUM_PATH:-}" ] || has chromium
}

# Debian or Ubuntu, and allowed to install.
may_apt() {
  [ -r /etc/debian_version ] && has apt-get && [ "$(id -u)" = 0 ]
}

# The one command that installs a package here: $1 for apt, $2 dnf, $3 apk, $4 pacman, $5 brew.
install_command() {
  if has apt-get; then
    say "sudo apt-get install -y $1"
  elif has dnf; then
    say "sudo dnf install -y $2"
  elif has apk; then
    say "sudo apk add $3"
  elif has pacman; then
    say "sudo pacman -S $4"
  elif has brew; then
    say "brew install $5"
  else
    say "by your system's packages: $1"
  fi
}
