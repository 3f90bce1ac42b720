# Every target sets up what it needs by itself; `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.SUFFIXES:

export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/www/node_modules/.bin:$(HOME)/.cargo/bin:$(PATH)
# The tools of Cloudflare report nothing and fetch nothing.
export WRANGLER_SEND_METRICS := false
export CLOUDFLARE_CF_FETCH_ENABLED := false

step = @printf '== %s\n' '$(1)'

# What the package is made of. Its manifest is written last and stands for the whole.
PACKAGE := pkg/package.json
SOURCES := $(shell find src www/package www/tools/pack.js www/tools/glue.js www/tools/budget.js www/tools/size.js -type f 2>/dev/null) \
  $(wildcard .cargo/config.toml Cargo.toml Cargo.lock rust-toolchain.toml pkg.json README.md LICENSE-MIT LICENSE-APACHE)

WASM_PACK := wasm-pack --log-level warn build --mode no-install --target web --no-pack --out-name omadm

# Each is a function of src/testing/fuzz.rs and has a corpus in tests/fuzz.
FUZZ_TARGETS := $(sort $(basename $(notdir $(wildcard tests/fuzz/fuzz_targets/*.rs))))
FUZZ_SECONDS := 60
FUZZ_RUNS :=
export FUZZ_SECONDS FUZZ_RUNS

# The console as it is deployed, beside the package that it carries.
CONSOLE := www/dist/console.stamp
CONSOLE_SOURCES := $(shell find www/console -type f 2>/dev/null) www/tools/console.js

.PHONY: help setup build run test claims bench size soak lint fuzz clean
.PHONY: setup-rust setup-wasm setup-npm setup-browser setup-oracle setup-fuzz setup-bench lint-rust lint-wasm lint-js test-rust test-wasm test-node test-readme test-worker test-device test-page

help: ## list the targets
	@printf 'make TARGET; the first that needs the tools takes about 7 minutes more\n\n'
	@sed -nE 's/^([a-z]+):.*## (.*)/  \1\t\2/p' Makefile | expand -t 12

setup: setup-rust setup-wasm setup-npm setup-browser setup-oracle ## install the tools into .tools and www/node_modules: 7 minutes once, then a second
	@echo 'the tools are there'

build: $(PACKAGE) $(CONSOLE) ## build the npm package in pkg and the console in www/dist: a minute; nothing when no source changed
	@echo 'pkg and www/dist are up to date'

run: build ## build, then serve the console and the Worker on http://127.0.0.1:8787 (PORT=...) until Ctrl-C
	@exec node www/tools/serve.js

test: lint test-rust build test-node claims test-readme test-worker test-device test-page test-wasm ## lint, and all tests natively, in Node, workerd and Chromium: half an hour on two cores where nothing is built yet
	@echo 'all tests passed'

claims: test-rust test-node ## what is demanded of both sides against the tests that claim it, once they have run
	$(call step,claims: each claim has tests that passed)
	@node www/tools/conformance.js --tests

bench: build setup-browser setup-bench ## speed against its peers, in Node and Chromium, size, start, memory, growth: tables, written to BENCHMARKS.md; 12 minutes (BENCH="decode turn" for some of it, written nowhere)
	$(call step,the codec natively and alone in wasm; libwbxml)
	@.ci/bench
	$(call step,bench)
	@node tests/bench/main.js $(BENCH)

size: build ## what each module and dependency adds to the modules of the package, written to docs/size.md
	@node www/tools/size.js docs/size.md 'The whole: `omadm`' target/wasm-pack/omadm_bg.wasm pkg/omadm_bg.wasm \
	  'The codec alone: `omadm/codec`' target/wasm-pack-codec/omadm_bg.wasm pkg/codec/omadm_bg.wasm

soak: setup-rust setup-npm setup-oracle ## the differential tests with 100,000 messages (OMADM_CASES, OMADM_SEED), as many sessions with two faults, every single fault in both encodings, and every cut of long recordings: 30 minutes
	$(call step,soak)
	@OMADM_THOROUGH=1 OMADM_CASES="$${OMADM_CASES:-100000}" CARGO_PROFILE_TEST_OPT_LEVEL=2 CARGO_TARGET_DIR="$${CARGO_TARGET_DIR:-target}/soak" \
	  cargo test --quiet --test oracle --test faults --test corpus

lint: lint-rust lint-wasm setup-npm lint-js ## formatting, clippy natively and for wasm32, tsc: 2 minutes, half a minute the second time

fuzz: setup-rust setup-fuzz ## fuzz each target for FUZZ_SECONDS (60) or FUZZ_RUNS executions; FUZZ_TARGETS=... for some of them
	$(call step,fuzz: $(FUZZ_TARGETS))
	@.ci/fuzz $(FUZZ_TARGETS)

clean: ## delete all that was built (the tools in .tools and www/node_modules stay)
	rm -rf pkg target www/dist .state

setup-rust:
	@.ci/setup rust
setup-wasm:
	@.ci/setup wasm
setup-npm:
	@.ci/setup npm
setup-browser:
	@.ci/setup browser
setup-fuzz:
	@.ci/setup fuzz
setup-oracle:
	@.ci/setup oracle
setup-bench:
	@.ci/setup bench

$(PACKAGE): $(SOURCES) | setup-wasm setup-npm
	$(call step,wasm-pack build)
	@$(WASM_PACK) --release --out-dir target/wasm-pack
	$(call step,wasm-pack build: the codec alone)
	@$(WASM_PACK) --profile codec --out-dir target/wasm-pack-codec -- --no-default-features
	@rm -rf pkg
	@node www/tools/pack.js target/wasm-pack target/wasm-pack-codec target/pkg
	@node www/tools/budget.js target/pkg
	@mv target/pkg pkg

$(CONSOLE): $(PACKAGE) $(CONSOLE_SOURCES) | setup-npm
	$(call step,console)
	@node www/tools/console.js
	@touch $@

lint-rust: setup-rust
	$(call step,cargo fmt --check)
	@cargo fmt --all --check
	$(call step,clippy)
	@cargo clippy --quiet --all-targets -- -D warnings
	$(call step,rustdoc)
	@RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps

lint-wasm: setup-rust
	$(call step,the codec alone: natively and for wasm32)
	@cargo clippy --quiet --lib --no-default-features -- -D warnings
	@cargo clippy --quiet --lib --no-default-features --target wasm32-unknown-unknown -- -D warnings
	$(call step,clippy for wasm32)
	@cargo clippy --quiet --all-targets --target wasm32-unknown-unknown -- -D warnings

lint-js: setup-npm
	$(call step,tsc)
	@for project in $(wildcard www/tsconfig.json www/*/tsconfig.json tests/*/tsconfig.json); do echo "   $$project"; tsc -p "$$project"; done
	$(call step,rows of the catalogue of bad inputs)
	@node www/tools/catalogue.js
	$(call step,rows of conformance)
	@node www/tools/conformance.js

test-rust: setup-rust setup-npm setup-oracle
	$(call step,cargo test)
	@cargo test 2>&1 | node www/tools/tested.js

test-wasm: setup-wasm setup-browser
	$(call step,tests in Rust in Chromium and Node)
	@.ci/test-wasm

test-node: build
	$(call step,tests/node: the package in Node)
	@.ci/test-js tests/node

test-readme: build setup-browser
	$(call step,tests/readme: the examples of README.md, type-checked and run)
	@.ci/test-js tests/readme

test-worker: build
	$(call step,tests/worker: the Worker in workerd)
	@.ci/test-js tests/worker

test-device: build
	$(call step,tests/device: the command omadm device, as a second process against the Worker)
	@.ci/test-js tests/device

test-page: build setup-browser
	$(call step,tests/page: the console in Chromium)
	@.ci/test-js tests/page
