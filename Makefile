# Sluice. `make` lists the targets; `make run` and `make test` do all set-up on a fresh machine (npm and make).
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
# The system's PATH, for npm itself; everything else runs with the pinned Node.js, which npm ci installs.
SYSTEM_PATH := $(PATH)
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

# Only the test files whose path has this in it: make test T=throttle
T ?=
# For make bench: ARGS='--quick --only cpu'
ARGS ?=
# The port of make run; else SLUICE_PORT, else 8080.
PORT ?=
# Longer fuzzing: make fuzz FOR=600
FOR ?= 60
RUNS ?= 400

CARGO := $(shell command -v cargo 2>/dev/null)
INSTALLED := node_modules/.package-lock.json
SOURCES := $(shell find src -type f)
NATIVE := build/native.stamp
NATIVE_SOURCES := $(shell find native -maxdepth 1 -type f ! -name '*.node') $(shell find native/src native/tests native/injection -type f 2>/dev/null)
LOAD := build/load/release/sluice-load
LOAD_CRATE := --manifest-path bench/load/native/Cargo.toml
LOAD_SOURCES := bench/load/native/Cargo.toml bench/load/native/Cargo.lock $(shell find bench/load/native/src -type f)
TESTS = $(shell find test -name '*.test.ts' $(if $(T),-path '*$(T)*') | sort)

# The interpreter of make aws-clients.
PYTHON ?= python3

.PHONY: help setup build run test check native native-test aws-clients autobahn sdk-generator lint format bench load pingora fuzz model sim ci clean

help:
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

# No package of ours needs an install script, so none is run.
$(INSTALLED): package.json package-lock.json
	PATH="$(SYSTEM_PATH)" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# uWebSockets.js is linked against a newer C library than Debian 12 has; there this makes a copy that loads.
build/uws.stamp: $(INSTALLED) src/gateway/listener/prepare-binary.ts src/gateway/listener/elf.ts
	@mkdir -p build
	@node src/gateway/listener/prepare-binary.ts
	@touch $@

setup: $(INSTALLED) build/uws.stamp ## install the locked dependencies (Node 24 among them)

$(NATIVE): $(INSTALLED) $(NATIVE_SOURCES)
	@mkdir -p build
ifdef CARGO
	@cd native && napi build --platform --release --no-js --no-const-enum --no-dts-header 2>&1 \
	  | sed '/type-def/d' && touch ../$@ \
	  || echo 'The Rust crate did not build: the TypeScript twin of the throttling counters is used.'
	@cd native/injection && napi build --platform --release --no-js --no-const-enum --no-dts-header --output-dir .. 2>&1 \
	  | sed '/type-def/d' \
	  || echo 'The Rust crate of the firewall did not build: its SQLi and XSS statements are refused.'
else
	@echo 'Rust (cargo) is not installed: the TypeScript twin of the throttling counters is used, and SQLi and XSS statements of web ACLs are refused.'
endif

native: $(NATIVE) ## build the Rust crate, where there is cargo

# The stamp gets the time at which the build began: what is saved meanwhile is newer than it.
dist/.built: $(INSTALLED) $(SOURCES) tsconfig.json tsconfig.build.json
	@mkdir -p dist build && touch build/began
	tsc -p tsconfig.build.json
	@rm -rf dist/functions/runtimes && cp -R src/functions/runtimes dist/functions/runtimes
	@touch -r build/began $@

build: setup $(NATIVE) dist/.built ## compile TypeScript to dist/ and, where there is cargo, the Rust crate

# On a terminal Ctrl-C is to reach Sluice alone, which drains and exits 0, and not make, which would call that an
# error: job control (set -m) gives Sluice a process group of its own. Elsewhere Sluice takes the shell's place, so
# that the SIGTERM that make hands on reaches it.
run: build ## start Sluice on port 8080 (PORT=...) with the petstore example
	@if [ -t 0 ] && [ -t 2 ]; then set -m; bin/sluice example $(if $(PORT),--port $(PORT)) || exit $$?; \
	  else exec bin/sluice example $(if $(PORT),--port $(PORT)); fi

build/python/.installed: test/requirements.txt
	@mkdir -p build
	$(PYTHON) -m venv build/python
	build/python/bin/pip install --quiet --disable-pip-version-check -r test/requirements.txt
	@touch $@

aws-clients: build/python/.installed ## install the aws command line, boto3 and moto for the tests that use them

build/autobahn/wstest: test/gateway/websocket/install-autobahn.sh test/gateway/websocket/autobahn-requirements.txt
	bash $< build/autobahn
	@touch $@

autobahn: build/autobahn/wstest ## fetch Autobahn's fuzzing client for the test of WebSocket conformance

# Through Maven where it is there: it knows the repositories of this machine.
GENERATOR = $(shell sed -n "s/^export const generatorVersion = '\(.*\)';/\1/p" src/control/sdk/generator-jar.ts)
sdk-generator: setup ## fetch OpenAPI Generator for the tests of SDKs
	@if command -v mvn >/dev/null; then mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
	  -Dartifact=org.openapitools:openapi-generator-cli:$(GENERATOR) -DoutputDirectory=$(CURDIR)/build/tools; fi
	@node -e "import('./src/control/sdk/index.ts').then(async (sdk) => console.log((await sdk.fetchGenerator({ dataDir: 'build' })).path))"

check: setup
	tsc --noEmit -p .

lint: setup ## look for mistakes and unformatted files (biome, clippy)
	biome check
ifdef CARGO
	cd native && cargo fmt --all --check
	cd native && cargo clippy --quiet --workspace --all-targets -- -D warnings
	cargo fmt $(LOAD_CRATE) --check
	cargo clippy --quiet --locked $(LOAD_CRATE) --target-dir build/load --all-targets -- -D warnings
endif

format: setup ## format everything
	biome check --write
ifdef CARGO
	cd native && cargo fmt --all
	cargo fmt $(LOAD_CRATE)
endif

native-test: setup
ifdef CARGO
	cd native && cargo test --quiet --workspace
	cargo test --quiet --locked $(LOAD_CRATE) --target-dir build/load
endif

# All of it runs whatever fails, so that one run tells everything; the tests of Node.js come last, so that the output
# ends on their summary.
ifeq ($(T),)
test: setup $(NATIVE) $(LOAD) ## set up and run all tests and checks, or with T=name those test files
	@failed=0; for each in check lint native-test; do $(MAKE) $$each || failed=1; done; \
	node --test --test-timeout=240000 --test-reporter=spec $(TESTS) || failed=1; exit $$failed
else
test: setup $(NATIVE) $(LOAD)
	@test -n "$(TESTS)" || { echo "no test file has \"$(T)\" in its path"; exit 1; }
	node --test --test-timeout=240000 --test-reporter=spec $(TESTS)
endif

bench: build $(LOAD) ## measure what bench/README.md promises; report in bench/report (ARGS=--quick)
	bin/sluice bench $(ARGS)

$(LOAD): $(LOAD_SOURCES)
ifdef CARGO
	@cargo build --quiet --release --locked $(LOAD_CRATE) --target-dir build/load && touch $@ \
	  || echo 'The load program did not build: the ones in Node.js put on the load, and take more of the machine for it.'
else
	@echo 'Rust (cargo) is not installed: the load programs in Node.js are used, which take more of the machine.'
endif

load: $(LOAD) ## build the program that puts on the load of make bench, where there is cargo

pingora: ## build a proxy with pingora, for make bench to compare with (needs cargo and cmake; minutes)
	cargo build --release --locked --manifest-path bench/rivals/pingora-server/Cargo.toml --target-dir build/pingora

# Each round takes fresh seeds; a failure prints its own.
fuzz: setup $(NATIVE) ## repeat the property tests with fresh seeds for FOR seconds (60)
	@files=$$(grep -lE "from '.*/(support/properties\.ts|contract/.*)'" -r test --include='*.test.ts' | sort); \
	end=$$((SECONDS + $(FOR))); rounds=0; \
	while [ $$SECONDS -lt $$end ]; do \
	  FUZZ_RUNS=$(RUNS) node --test --test-reporter=dot $$files; rounds=$$((rounds + 1)); \
	done; echo "$$rounds rounds without a failure"

model: setup ## check the Rust crate under loom and, where it is installed, Miri
ifdef CARGO
	cd native && RUSTFLAGS="--cfg loom" cargo test --locked --no-default-features --lib --release --target-dir target/loom
	cd native && if rustup run nightly cargo miri --version >/dev/null 2>&1; \
	  then cargo +nightly miri test --locked --no-default-features --lib --target-dir target/miri; \
	  else echo 'Miri is not installed: skipped'; fi
else
	@echo 'Rust (cargo) is not installed: nothing to check'
endif

sim: setup $(NATIVE) ## run the simulations
	@files=$$(find test/sim -name '*.test.ts' 2>/dev/null | sort); \
	if [ -z "$$files" ]; then echo 'there are no simulations yet'; else node --test --test-reporter=spec $$files; fi

ci: ## exactly what CI runs
	.ci/run

clean: ## remove what was built
	rm -rf dist build native/target native/*.node bench/report
