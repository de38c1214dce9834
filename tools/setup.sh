#!/usr/bin/env bash
# Makes a fresh clone ready to build, test and run. Everything goes into .tools/ and node_modules/, both ignored by
# git; what is there already is left alone, so a second run takes no time. Run it through `make setup`. With the
# argument `chromium` it sees to a Chromium for the tests in tests/browser and to nothing else, with `package`,
# `newcomer`, `verifiers` or `issuers` to what the tests of that name need.
set -euo pipefail

cd "$(dirname -- "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/env.sh
. tools/env.sh

readonly TARGET=wasm32-unknown-unknown
readonly TOOLS=$POSTERN_ROOT/.tools

say() { printf 'postern: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Two runs at once (two terminals, two jobs) would write into each other's folders.
take_turns() {
  mkdir -p "$TOOLS"
  command -v flock >/dev/null || return 0
  exec 9>"$TOOLS/lock"
  if ! flock -n 9; then
    say "another set-up is running here, waiting for it"
    flock 9
  fi
}

# --- Debian's packages, unpacked and not installed ---------------------------------------------------------------

# Fails where there is no package $1 even then.
update_package_lists_if_missing() {
  apt-cache show "$1" >/dev/null 2>&1 && return
  say "Debian's package lists are missing: running apt-get update (under a minute)"
  if [ "$(id -u)" = 0 ]; then
    apt-get update -qq
  else
    sudo apt-get update -qq
  fi
  apt-cache show "$1" >/dev/null 2>&1
}

# Of these packages and of what they need, those that are not on this machine yet.
not_installed() {
  apt-get install --simulate --no-install-recommends "$@" | awk '/^Inst / { print $2 }'
}

unpack_debian_packages() {
  local new=$1 file
  shift
  mkdir -p "$new/packages"
  (cd "$new/packages" && apt-get -qq -o APT::Sandbox::User="$(id -un)" download "$@")
  for file in "$new"/packages/*.deb; do
    dpkg -x "$file" "$new"
    rm "$file"
  done
}

# --- Rust and its wasm32 target ----------------------------------------------------------------------------------

has_target() {
  local folder
  folder=$(rustc --print target-libdir --target "$TARGET" 2>/dev/null) || return 1
  compgen -G "$folder/libstd-*.rlib" >/dev/null
}

add_target_with_rustup() {
  command -v rustup >/dev/null || return 1
  say "adding the Rust target $TARGET with rustup (a few seconds)"
  timeout 180 rustup target add "$TARGET" >/dev/null 2>&1 && has_target
}

# For machines that cannot reach rustup's servers: Debian packages a recent Rust with the source of its standard
# library. The packages are unpacked into .tools/rust and not installed, and the standard library is built for wasm32.
make_debian_toolchain() {
  command -v apt-get >/dev/null ||
    die "Rust's $TARGET target is missing and could not be added: run 'rustup target add $TARGET', then again"
  command -v cc >/dev/null || die "no C compiler to link with: install gcc and libc6-dev, then run this again"
  say "rustup cannot add the target here: setting up Debian's Rust inside .tools (nothing is installed system-wide)"
  local new=$TOOLS/rust.new names
  rm -rf "$new"
  mkdir -p "$new/bin"
  update_package_lists_if_missing rustc-web ||
    die "no package rustc-web in Debian's lists: run 'rustup target add $TARGET' where rustup's servers answer"
  say "downloading Debian's Rust (about 180 MB) and unpacking it"
  names=$(rust_packages)
  # shellcheck disable=SC2086 # a list of words
  unpack_debian_packages "$new" $names
  write_wrappers "$new"
  build_standard_library "$new"
  rm -rf "$new/packages" "$new/std" "$new/usr/src" "$new/usr/lib/rustlib/src"
  rm -rf "$TOOLS/rust"
  mv "$new" "$TOOLS/rust"
  # What was compiled against another standard library does not link with this one, and cargo cannot tell.
  rm -rf "${CARGO_TARGET_DIR:-target}/$TARGET"
  PATH=$TOOLS/rust/bin:$PATH
  hash -r
  has_target || die "the toolchain in .tools/rust does not work: remove it and run this again"
}

# The packages we want, and of what they need whatever is not on this machine yet.
rust_packages() {
  local llvm wanted
  llvm=$(apt-cache depends rust-web-llvm | sed -n 's/.*Depends: llvm-\([0-9]*\)$/\1/p' | head -n 1)
  wanted="rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy rustfmt-web libstd-rust-web-dev"
  wanted="$wanted lld-$llvm libllvm$llvm"
  {
    tr ' ' '\n' <<<"$wanted"
    apt-cache depends libstd-rust-web-dev | sed -n 's/.*Depends: \(libstd-rust-web-[0-9.]*\)$/\1/p'
    # shellcheck disable=SC2086 # a list of words
    not_installed $wanted
  } | sort -u
}

# The binaries look for their libraries where Debian would have installed them: say where they are instead.
write_wrappers() {
  local new=$1 name libraries
  libraries=$(cd "$new" && echo usr/lib/*-linux-gnu)
  for name in cargo rustc rustdoc rustfmt cargo-fmt cargo-clippy clippy-driver; do
    cat >"$new/bin/$name" <<EOF
#!/bin/sh
# Written by tools/setup.sh.
root=\$(CDPATH='' cd -- "\${0%/*}/.." && pwd) || exit
export LD_LIBRARY_PATH="\$root/$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
exec "\$root/usr/bin/$name" "\$@"
EOF
    chmod +x "$new/bin/$name"
  done
  ln -s ../usr/bin/rust-lld "$new/bin/rust-lld"
}

# An empty crate is built with -Zbuild-std and its dependencies are kept: they are the standard library. From then on
# the target counts as installed. The embedded bitcode is what lets `lto = true` link against it.
build_standard_library() {
  local new=$1 folder
  say "building Rust's standard library for $TARGET (about 40 seconds, once)"
  mkdir -p "$new/std/src"
  printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n' >"$new/std/Cargo.toml"
  printf '#![no_std]\n' >"$new/std/src/lib.rs"
  (
    cd "$new/std"
    PATH=$new/bin:$PATH
    export RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes CARGO_TARGET_DIR=$new/std/target
    cargo build -q --release --target "$TARGET" -Zbuild-std=std,panic_abort
  )
  folder=$new/usr/lib/rustlib/$TARGET/lib
  mkdir -p "$folder"
  cp "$new/std/target/$TARGET"/release/deps/*.rlib "$folder"
  rm "$folder"/libempty-*.rlib
}

rust() {
  has_target || add_target_with_rustup || make_debian_toolchain
}

# rustup's minimal profile comes without them.
lint_tools() {
  cargo clippy --version >/dev/null 2>&1 && cargo fmt --version >/dev/null 2>&1 && return
  say "adding clippy and rustfmt with rustup (a few seconds)"
  rustup component add clippy rustfmt >/dev/null 2>&1 || die "cargo clippy or cargo fmt is missing and could not be added"
}

# --- Build tools written in Rust ---------------------------------------------------------------------------------

wasm_bindgen_version() {
  [ -f Cargo.lock ] || die "no Cargo.lock: it names the version of wasm-bindgen to set up"
  awk '/^name = "wasm-bindgen"$/ { getline; gsub(/[^0-9.]/, ""); print; exit }' Cargo.lock
}

has_version() { [ -x "$TOOLS/bin/$1" ] && [[ " $("$TOOLS/bin/$1" --version) " == *" $2 "* ]]; }

# These are run for a moment in each build: unoptimised they take 0.2 seconds longer there, and half as long to build.
cargo_install() {
  local name=$1
  shift
  CARGO_TARGET_DIR=$TOOLS/target-$name CARGO_INCREMENTAL=0 \
    CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_DEBUG=0 \
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo install -q --force --no-track --root "$TOOLS" "$@"
  rm -rf "$TOOLS/target-$name"
}

build_tools() {
  local bindgen
  bindgen=$(wasm_bindgen_version)
  has_version wasm-bindgen "$bindgen" && return
  say "building wasm-bindgen $bindgen, the version in Cargo.lock (about 2 minutes, once)"
  # Without --locked, which did not resolve for this crate.
  # Beside us, so that any step that fails ends it: behind `||` none would.
  cargo_install wasm-bindgen "wasm-bindgen-cli@$bindgen" &
  wait $! || die "it could not be built: see above"
}

# --- npm packages ------------------------------------------------------------------------------------------------

npm_packages() {
  local stamp=node_modules/.postern-lock
  cmp -s package-lock.json "$stamp" && return
  command -v npm >/dev/null || die "npm is missing: install Node.js with npm (20 or later will do), then run this again"
  say "installing the npm packages: wrangler, workerd, esbuild, binaryen, and what the tests use (about 15 seconds)"
  npm ci --no-audit --no-fund --loglevel=error >&2
  cp package-lock.json "$stamp"
}

# What a user of the package has: several bundlers, each with a workerd of its own. tests/package alone needs them.
package_tests() {
  tests_packages tests/package "what the tests of the package use: wrangler, Vite, Vitest, TypeScript (about 30 seconds, 950 MB)"
}

issuers_tests() {
  tests_packages tests/issuers "what the tests of other issuers use: Better Auth (about 10 seconds, 35 MB)"
  python_packages "django-oauth-toolkit into a Python of its own in .tools (about 10 seconds, 100 MB)" \
    tests/issuers/django/requirements.txt "$TOOLS/django"
}

newcomer_tests() {
  tests_packages tests/newcomer "what a newcomer may have: Astro, VitePress, Hono, wrangler (about 30 seconds, 450 MB)"
}

tests_packages() {
  local folder=$1 what=$2
  cmp -s "$folder/package-lock.json" "$folder/node_modules/.postern-lock" && return
  say "installing $what"
  # workerd and esbuild are programs that come whole: their scripts only make them start a little faster.
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
  cp "$folder/package-lock.json" "$folder/node_modules/.postern-lock"
}

# --- Python packages, in a folder of their own -------------------------------------------------------------------

# They are pinned by their digests.
python_packages() {
  local what=$1 pinned=$2 folder=$3 advice="install Python 3.10 or later with venv and pip (Debian: python3-venv), then run this again"
  if cmp -s "$pinned" "$folder/pinned.txt" && "$folder/bin/python" -c '' 2>/dev/null; then return; fi
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || die "no Python 3.10 or later: $advice"
  say "installing $what"
  rm -rf "$folder"
  if python3 -c 'import ensurepip' 2>/dev/null; then
    python3 -m venv "$folder" >/dev/null || die "Python makes no environment here: $advice"
    pip_install "$folder" "$pinned"
  else
    # A Debian without python3-venv: its pip is a wheel in a package of its own, and runs from there.
    command -v apt-get >/dev/null || die "this Python has no pip: $advice"
    update_package_lists_if_missing python3-pip-whl || die "there is no package python3-pip-whl: $advice"
    python3 -m venv --without-pip "$folder" || die "Python makes no environment here: $advice"
    unpack_debian_packages "$folder/pip" python3-pip-whl
    PYTHONPATH=$(compgen -G "$folder/pip/usr/share/python-wheels/pip-*.whl") pip_install "$folder" "$pinned"
    rm -rf "$folder/pip"
  fi
  cp "$pinned" "$folder/pinned.txt"
}

pip_install() {
  "$1/bin/python" -m pip install -q --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
    -r "$2" >&2 || die "the Python packages could not be installed: see above"
}

# --- What origins are written in ---------------------------------------------------------------------------------

# What cannot be had is said, and the tests of that verifier say once more that they are skipped.
verifiers_tests() {
  skipping verifiers_python "Python's packages"
  command -v go >/dev/null || [ -x "$TOOLS/go/bin/go" ] || skipping debian_go "Go"
  [ -e /usr/lib/apache2/modules/mod_oauth2.so ] || [ -e "$TOOLS/apache" ] || skipping debian_apache "Apache with mod_oauth2"
}

# Beside us, so that any step that fails ends it: behind `||` none would.
skipping() {
  "$1" &
  wait $! || say "$2 could not be set up: the verifier that needs it is not tested"
}

verifiers_python() {
  python_packages "FastAPI into a Python of its own in .tools (about 10 seconds, 60 MB)" \
    tests/verifiers/python/requirements.txt "$TOOLS/verifiers-python"
}

debian_go() {
  local new=$TOOLS/go.new names version
  update_package_lists_if_missing golang-go
  say "downloading Debian's Go (about 80 MB) and unpacking it"
  rm -rf "$new"
  mkdir -p "$new/bin"
  names=$(not_installed golang-go)
  # shellcheck disable=SC2086 # a list of words
  unpack_debian_packages "$new" $names
  version=$(cd "$new" && echo usr/lib/go-*)
  cat >"$new/bin/go" <<EOF
#!/bin/sh
# Written by tools/setup.sh.
root=\$(CDPATH='' cd -- "\${0%/*}/.." && pwd) || exit
GOROOT="\$root/$version" exec "\$root/$version/bin/go" "\$@"
EOF
  chmod +x "$new/bin/go"
  "$new/bin/go" version >/dev/null
  rm -rf "$new/packages" "$TOOLS/go"
  mv "$new" "$TOOLS/go"
}

debian_apache() {
  local new=$TOOLS/apache.new names
  update_package_lists_if_missing libapache2-mod-oauth2
  say "downloading Debian's Apache (about 2 MB) and unpacking it"
  rm -rf "$new"
  mkdir -p "$new"
  names=$(not_installed apache2-bin libapache2-mod-oauth2)
  # shellcheck disable=SC2086 # a list of words
  unpack_debian_packages "$new" $names
  rm -rf "$new/packages"
  mv "$new" "$TOOLS/apache"
}

# --- A browser for the tests -------------------------------------------------------------------------------------

# tools/env.sh has looked for one already.
chromium() {
  local advice="install Chromium or Google Chrome, or say where one is: CHROMIUM=/path/to/it make test" new names
  if [ -n "${CHROMIUM:-}" ]; then
    "$CHROMIUM" --version >/dev/null 2>&1 || die "$CHROMIUM does not start: $advice"
    return
  fi
  command -v apt-get >/dev/null || die "the browser tests need Chromium, and there is none here: $advice"
  say "no Chromium here: setting up Debian's inside .tools (nothing is installed system-wide)"
  update_package_lists_if_missing chromium || die "there is no package chromium either: $advice"
  new=$TOOLS/chromium.new
  rm -rf "$new"
  mkdir -p "$new/bin"
  say "downloading it (about 100 MB) and unpacking it"
  names=$(not_installed chromium) || die "apt-get could not say what Chromium needs: $advice"
  # shellcheck disable=SC2086 # a list of words
  unpack_debian_packages "$new" $names fonts-dejavu-core
  write_chromium_wrapper "$new"
  "$new/bin/chromium" --version >/dev/null || die "Debian's Chromium does not start when it is only unpacked: $advice"
  rm -rf "$new/packages" "$TOOLS/chromium"
  mv "$new" "$TOOLS/chromium"
}

# It finds its own files beside itself; its libraries and a font it must be shown.
write_chromium_wrapper() {
  local new=$1 libraries
  libraries=$(cd "$new" && echo usr/lib/*-linux-gnu)
  cat >"$new/bin/chromium" <<EOF
#!/bin/sh
# Written by tools/setup.sh.
root=\$(CDPATH='' cd -- "\${0%/*}/.." && pwd) || exit
libraries=\$root/$libraries
export LD_LIBRARY_PATH="\$libraries:\$libraries/nss:\$libraries/pulseaudio\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
export FONTCONFIG_FILE="\$root/fonts.conf" XDG_CACHE_HOME="\$root/cache"
exec "\$root/usr/lib/chromium/chromium" "\$@"
EOF
  chmod +x "$new/bin/chromium"
  cat >"$new/fonts.conf" <<'EOF'
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
EOF
}

take_turns
case ${1:-} in
  '')
    rust
    lint_tools
    build_tools
    npm_packages
    ;;
  chromium) chromium ;;
  package) package_tests ;;
  newcomer) newcomer_tests ;;
  verifiers) verifiers_tests ;;
  issuers) issuers_tests ;;
  *) die "what is '$1'? It is run as tools/setup.sh, with chromium, package, newcomer, verifiers or issuers, or with nothing" ;;
esac
