#!/usr/bin/env bash
# Runs the Worker on this machine with wrangler, and beside it another issuer and a server that verifies who is there. Prints
# lines to try once all of them answer. `make dev` builds first and then runs this. PORT=... takes another port than 8787; the
# other two take the next ones (or ACME_PORT and ORIGIN_PORT). Ctrl-C stops everything it started.
set -euo pipefail

cd "$(dirname -- "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/env.sh
. tools/env.sh

readonly PORT=${PORT:-8787}
readonly SITE=http://localhost:$PORT
readonly ACME_PORT=${ACME_PORT:-$((PORT + 1))} ORIGIN_PORT=${ORIGIN_PORT:-$((PORT + 2))}
readonly ACME=http://localhost:$ACME_PORT ORIGIN=http://localhost:$ORIGIN_PORT

say() { printf 'postern: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# The secrets that a deployed Worker gets from `wrangler secret put`, made up for this machine. The demo client's
# secret is for whoever calls the Worker; the Worker itself only gets the hash.
write_secrets_if_missing() {
  [ -e .dev.vars ] && return
  say "writing .dev.vars: a sealing key and the demo client's secret, for this machine only"
  local keys secret hash
  keys=$(node build/cli/postern.js keys)
  read -r secret hash < <(node -e '
    const { randomBytes, createHash } = require("node:crypto");
    const secret = randomBytes(32).toString("base64url");
    console.log(secret, createHash("sha256").update(secret).digest("hex"));')
  (
    umask 077
    cat >.dev.vars.new <<EOF
POSTERN_KEYS="$keys"
DEMO_CLIENT_SECRET="$secret"
DEMO_CLIENT_SECRET_SHA256="$hash"
EOF
  )
  mv .dev.vars.new .dev.vars
}

# The account to try the login with. Its password is for whoever tries; the Worker itself only gets the hash. A
# .dev.vars from before there were accounts gets both as well. The quotes keep a shell from reading the `$` in the hash.
write_account_if_missing() {
  grep -qE '^[[:space:]]*(export[[:space:]]+)?POSTERN_USERS[[:space:]]*=' .dev.vars && return
  say "writing into .dev.vars: the account ann and its password, for this machine only"
  local password line
  password=$(node -e '
    const { randomInt } = require("node:crypto");
    const letters = "abcdefghijkmnpqrstuvwxyz23456789"; // each is hard to mistake for another
    const group = () => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join("");
    console.log(Array.from({ length: 4 }, group).join("-"));')
  line=$(node build/cli/postern.js user ann <<<"$password")
  (
    umask 077
    {
      grep -v '^DEMO_PASSWORD=' .dev.vars || true
      printf "DEMO_PASSWORD='%s'\nPOSTERN_USERS='%s'\n" "$password" "$line"
    } >.dev.vars.new
  )
  mv .dev.vars.new .dev.vars
}

# The key with which the gate tells origins who is there, and what it and ACME know of each other. A .dev.vars from before there
# were these gets them as well.
write_parties_if_missing() {
  grep -qE '^[[:space:]]*(export[[:space:]]+)?POSTERN_SIGNING_KEYS[[:space:]]*=' .dev.vars && return
  say "writing into .dev.vars: a key that signs, and a secret for ACME, for this machine only"
  local keys
  keys=$(node build/cli/postern.js keys --signing)
  (
    umask 077
    {
      grep -v '^DEMO_ACME_SECRET=' .dev.vars || true
      printf 'POSTERN_SIGNING_KEYS="%s"\nDEMO_ACME_SECRET="demo"\n' "$keys"
    } >.dev.vars.new
  )
  mv .dev.vars.new .dev.vars
}

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# $1 is a process and $2 a URL that it answers.
wait_until_it_answers() {
  local tries
  for ((tries = 0; tries < 120; tries++)); do
    kill -0 "$1" 2>/dev/null || return 1
    curl -s -o /dev/null --max-time 2 "$2" && return
    sleep 0.25
  done
  say "$2 did not answer within half a minute"
  return 1
}

wait_until_healthy() {
  local tries
  for ((tries = 0; tries < 240; tries++)); do
    kill -0 "$wrangler" 2>/dev/null || return 1
    curl -fs -o /dev/null --max-time 2 "$SITE/_postern/health" && return
    sleep 0.25
  done
  say "$SITE/_postern/health did not answer with 200 within a minute"
  return 1
}

print_lines_to_try() {
  cat <<EOF

Postern runs on $SITE (Ctrl-C stops it). In another terminal, in this folder:

# 1. Without a token: refused with 401.
curl -si $SITE/api/hello

# 2. Get a token.
TOKEN=\$(. ./.dev.vars; curl -s -u "demo:\$DEMO_CLIENT_SECRET" -d grant_type=client_credentials $SITE/oauth/token | sed -E 's/.*"access_token" *: *"([^"]+)".*/\\1/'); echo "\$TOKEN"

# 3. With it: let in.
curl -si -H "Authorization: Bearer \$TOKEN" $SITE/api/hello

# 4. Or in a browser, as a person: a page that only people who are signed in may read.
$SITE/private/    (name: ann, password: $(sed -n "s/^DEMO_PASSWORD='\(.*\)'$/\1/p" .dev.vars))

# 5. And one for staff: continue with ACME, and log in there as zoe. Anybody else, ann too, is told that it is not for them.
$SITE/staff/

# 6. ACME is another issuer, and its tokens are JWTs. The gate takes them too.
JWT=\$(curl -s -u robot:demo -d grant_type=client_credentials -d scope=hello:read $ACME/token | sed -E 's/.*"access_token" *: *"([^"]+)".*/\\1/'); echo "\$JWT"
curl -si -H "Authorization: Bearer \$JWT" $SITE/api/hello

# 7. One call ends that JWT here, whatever ACME says of it.
ADMIN=\$(. ./.dev.vars; curl -s -u "demo-admin:\$DEMO_CLIENT_SECRET" -d grant_type=client_credentials $SITE/oauth/token | sed -E 's/.*"access_token" *: *"([^"]+)".*/\\1/')
curl -si -H "Authorization: Bearer \$ADMIN" --data-urlencode "token=\$JWT" $SITE/_postern/admin/sessions
curl -si -H "Authorization: Bearer \$JWT" $SITE/api/hello

# 8. A server that anyone can reach: it believes nobody but the gate.
curl -si -H "X-Postern-Subject: admin" -H "X-Postern-Assertion: forged" $ORIGIN/whoami
curl -si -H "Authorization: Bearer \$TOKEN" $SITE/whoami

EOF
}

# wrangler stops workerd itself when it is told to end.
stop() {
  trap - INT TERM EXIT
  kill -TERM "${started[@]}" 2>/dev/null || true
  wait "${started[@]}" 2>/dev/null || true
}

for port in "$PORT" "$ACME_PORT" "$ORIGIN_PORT"; do
  ! port_is_taken "$port" || die "port $port is in use: stop what listens there, or PORT=9787 make dev"
done
write_secrets_if_missing
write_account_if_missing
write_parties_if_missing

started=()
trap 'stop; exit 0' INT TERM
trap stop EXIT

# The audience is that of postern.toml, whatever the port.
env SITE="$SITE" ACME_PORT="$ACME_PORT" AUDIENCE=http://localhost:8787 node demo/acme/issuer.mjs >&2 &
acme=$!
started+=("$acme")
env PORT="$ORIGIN_PORT" ISSUER="$SITE" AUDIENCE="$ORIGIN" JWKS_URI="$SITE/.well-known/jwks.json" \
  node examples/verifiers/express/server.mjs >/dev/null &
origin=$!
started+=("$origin")
wrangler dev -c wrangler.toml -c demo/api/wrangler.toml --port "$PORT" --ip 127.0.0.1 --show-interactive-dev-session=false \
  --var "DEMO_ACME:$ACME" "DEMO_ORIGIN:$ORIGIN" &
wrangler=$!
started+=("$wrangler")

wait_until_healthy || die "the Worker did not start: see above"
wait_until_it_answers "$acme" "$ACME/.well-known/openid-configuration" || die "ACME did not start: see above"
wait_until_it_answers "$origin" "$ORIGIN/whoami" || die "the server that verifies did not start: see above"
print_lines_to_try
wait "$wrangler"
