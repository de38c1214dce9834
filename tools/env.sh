# shellcheck shell=bash
# Sourced, never run: `. tools/env.sh`. Puts the project's tools on PATH, so that every script and recipe uses the
# same ones. Installs nothing, prints nothing, and does no harm where tools/setup.sh has not run yet.

POSTERN_ROOT=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
export POSTERN_ROOT

# True when the node on PATH is at least 22.12, which is what wrangler and miniflare ask for.
postern_node_is_new_enough() {
  command -v node >/dev/null && node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 22 || (major === 22 && minor >= 12) ? 0 : 1);' >/dev/null 2>&1
}

postern_path() {
  local root=$POSTERN_ROOT cargo_bin=${CARGO_HOME:-$HOME/.cargo}/bin
  case ":$PATH:" in
    *":$root/.tools/bin:"*) return ;; # sourced before
  esac
  # cargo looks for its subcommands in CARGO_HOME/bin before PATH, unless PATH holds that folder: put it behind.
  PATH=$PATH:$root/node_modules/.bin:$cargo_bin
  if ! postern_node_is_new_enough && [ -x "$root/node_modules/node/bin/node" ]; then
    PATH=$root/node_modules/node/bin:$PATH
  fi
  PATH=$root/.tools/bin:$PATH
  # One toolchain for everything, host tests included, so that one target folder serves all of it. setup.sh makes
  # .tools/rust only where the ordinary toolchain cannot get the wasm32 target.
  if [ -x "$root/.tools/rust/bin/cargo" ]; then
    PATH=$root/.tools/rust/bin:$PATH
  fi
  export PATH
}
postern_path

# The project's own Node brings certificates of its own. It trusts what this machine trusts as well, such as a company's proxy.
if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -r /etc/ssl/certs/ca-certificates.crt ]; then
  export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
fi

# Flags for rustc, so that what is compiled names its sources alike wherever cargo keeps them: `argon2-0.6.0/src/memory.rs`.
postern_remap() {
  local folder
  for folder in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/; do
    # The flags are told apart by spaces.
    [[ $folder == *" "* ]] || printf -- '--remap-path-prefix=%s= ' "$folder"
  done
}

# The browser for tests/browser: the one you name, one on this machine, or the one that tools/setup.sh has unpacked.
postern_chromium() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" && return
  done
  name=$POSTERN_ROOT/.tools/chromium/bin/chromium
  [ ! -x "$name" ] || echo "$name"
}
export CHROMIUM=${CHROMIUM:-$(postern_chromium)}

# wrangler and miniflare: no questions, no reports, no update check, no look-up of where we are; logs stay in here.
export CI=${CI:-1}
export WRANGLER_SEND_METRICS=false
export WRANGLER_SEND_ERROR_REPORTS=false
export WRANGLER_HIDE_BANNER=true
export WRANGLER_NO_SKILLS_UPDATE_PROMPTS=true
export WRANGLER_LOG_PATH=$POSTERN_ROOT/.wrangler/logs
export CLOUDFLARE_CF_FETCH_ENABLED=false
