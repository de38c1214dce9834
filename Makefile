# Everything a developer runs. Each recipe gets the project's own tools from tools/env.sh.
SHELL := /bin/bash
ENV := . tools/env.sh &&
# The command line, as people have it from the package.
POSTERN := node build/cli/postern.js
# Compiles a crate of the workspace to Wasm, which names no folder of this machine: everything is downloaded first, because
# postern_remap looks where it is. As a cdylib alone: for a crate that is to be an rlib as well, cargo leaves out `lto`.
TO_WASM = $(ENV) cargo fetch -q --locked --target wasm32-unknown-unknown && \
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="$$(postern_remap)" \
  cargo rustc -q --lib --target wasm32-unknown-unknown --crate-type cdylib
PORT ?= 8787
export PORT
# 400 KB gzipped: a seventh of what Cloudflare takes on the free plan, and every cold start reads it.
MAX_GZIPPED := 491520

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup build package cli dev test demo check keys client user bench scale fuzz soak campaign clean tools worker lint unit command workerd clients verifiers people issuers faults browser chromium parties packages newcomer dry-run

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: tools chromium parties ## install what the project needs into .tools/ and node_modules/ (minutes the first time, then nothing)
	@echo "postern: set up; 'make dev' starts it on this machine"

build: worker cli ## make what is in the package: compile the Worker into build/ and the command line into build/cli/
	@cp npm/postern/worker.js npm/postern/vite.js npm/postern/*.d.ts build/

package: build ## write the package, its bill of materials and their digests into dist/
	@$(ENV) node_modules/node/bin/node tools/package/run.mjs

worker: tools
	@echo "postern: compiling the Worker (a minute the first time)"
	@$(TO_WASM) --release -- -C llvm-args=-inline-threshold=40
	@$(ENV) wasm-bindgen --target module --no-typescript --out-name index --out-dir target/glue \
	  --experimental-reset-state-function --force-enable-abort-handler \
	  "$${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/release/postern.wasm"
	@$(ENV) node tools/bundle.mjs target/glue build
	@wasm=build/index_bg.wasm; raw=$$(wc -c <$$wasm); gzipped=$$(gzip -9 -c $$wasm | wc -c); \
	echo "postern: $$wasm is $$raw bytes, $$gzipped gzipped (limit $(MAX_GZIPPED))"; \
	[ $$gzipped -le $(MAX_GZIPPED) ] || { echo "postern: the Worker has grown too big" >&2; exit 1; }

cli: tools
	@$(TO_WASM) --profile cli -p postern-cli
	@$(ENV) node tools/command.mjs "$${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/cli/postern_cli.wasm" build/cli

dev: build ## run the Worker on http://localhost:8787 and print curl lines to try (PORT=... for another port)
	@tools/dev.sh

test: lint unit build command workerd clients verifiers people issuers faults browser packages newcomer dry-run ## run every check, as CI does

demo: tools ## walk through a token's life against the Worker that `make dev` runs
	@$(ENV) node tools/demo.mjs

check: cli ## check postern.toml and wrangler.toml
	@$(ENV) $(POSTERN) check

keys: cli ## make a sealing key for the secret POSTERN_KEYS
	@$(ENV) $(POSTERN) keys

client: cli ## make a client's secret and its lines for postern.toml (ID=... names the client)
	@[ -n "$(ID)" ] || { echo "postern: which client? make client ID=my-app" >&2; exit 2; }
	@$(ENV) $(POSTERN) client "$(ID)"

user: cli ## make an account's line for the secret POSTERN_USERS; asks for the password (NAME=... is the name to log in with)
	@[ -n "$(NAME)" ] || { echo "postern: whose account? make user NAME=ann" >&2; exit 2; }
	@$(ENV) $(POSTERN) user "$(NAME)"

bench: build ## measure what the gate costs (ARGS=--quick for a short try)
	@$(ENV) node bench/run.mjs $(ARGS)

scale: build ## simulate the log with up to 100,000 isolates, and some on workerd (ARGS="--quick --only NAME --seed N")
	@$(ENV) node bench/scale/run.mjs $(ARGS)

fuzz: tools ## send bytes of every kind to every parser (SECONDS=600 for each; TARGET=path for one)
	@tools/fuzz.sh "$(or $(SECONDS),600)" "$(TARGET)" $(if $(KEEP),keep)

soak: build ## half an hour of everything at once on workerd: are all answers right, is memory flat? (MINUTES=2 to try)
	@$(ENV) node tests/soak/run.mjs

campaign: build ## ten minutes of failing stores: is nothing lost, does nothing dead pass? (ARGS="--seed N --rounds M")
	@$(ENV) node tests/campaign/run.mjs $(ARGS)

clean: ## remove what was built (not .tools/ and node_modules/)
	rm -rf build target dist .wrangler/tmp .wrangler/dry-run

# The parts of the above.
tools:
	@tools/setup.sh

chromium:
	@tools/setup.sh chromium

parties:
	@tools/setup.sh issuers

lint: tools
	@$(ENV) cargo fmt --all --check
	@$(ENV) cargo clippy -q --all-targets --workspace -- -D warnings
	@$(ENV) cargo clippy -q --target wasm32-unknown-unknown -p postern -- -D warnings
	@$(ENV) cargo clippy -q --target wasm32-unknown-unknown -p postern-cli --lib -- -D warnings
	@$(ENV) biome check --error-on-warnings --log-level=warn .

unit: tools
	@$(ENV) cargo test -q --workspace

command: cli
	@$(ENV) node --test tests/command/*.test.mjs

workerd: build
	@$(ENV) node --test tests/workerd/*.test.mjs tests/soak/*.test.mjs

clients: build
	@$(ENV) node --test tests/clients/*.test.mjs

# The Rust one without TLS, which its tests do not need: half the time to compile it.
verifiers: build
	@tools/setup.sh verifiers
	@$(ENV) cargo fmt --manifest-path examples/verifiers/axum/Cargo.toml --check
	@$(ENV) CARGO_TARGET_DIR=$${CARGO_TARGET_DIR:-target}/verifiers CARGO_PROFILE_DEV_DEBUG=0 \
	  cargo build -q --locked --no-default-features --manifest-path examples/verifiers/axum/Cargo.toml
	@$(ENV) node --test tests/verifiers/*.test.mjs

people: build
	@$(ENV) node --test tests/people/*.test.mjs

issuers: build parties
	@$(ENV) node --test tests/issuers/*.test.mjs

faults: build
	@$(ENV) node --test tests/campaign/*.test.mjs

browser: build chromium
	@$(ENV) node --test tests/browser/*.test.mjs

packages: package
	@tools/setup.sh package
	@$(ENV) node --test tests/package/*.test.mjs

newcomer: package chromium
	@tools/setup.sh newcomer
	@$(ENV) node --test tests/newcomer/*.test.mjs

dry-run: build
	@$(ENV) said=$$(wrangler deploy --dry-run --outdir .wrangler/dry-run 2>&1); failed=$$?; echo "$$said"; \
	[ $$failed = 0 ] && ! grep -q WARNING <<<"$$said" || { echo "postern: wrangler does not take it without a warning" >&2; exit 1; }
