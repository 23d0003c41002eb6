# make demo   runs the main job        make test   passes the tests
# Both install what is missing first, saying what and why (tools/setup.sh), once: build/.setup and its kin remember it.
SHELL := /bin/sh
IN := . tools/env.sh;
PYTHON ?= python3
FUZZ_SECONDS ?= 60

.PHONY: build setup engine sdk control demo demo-sfc dev test check conformance bench performance packages generate fuzz clean

# Two at a time: the engine is built while npm fetches. rustc and cargo don't take part in make's counting (MAKEFLAGS=).
build:
	@$(MAKE) --no-print-directory --jobs=2 engine control sdk

setup: build/.setup build/.setup-node
build/.setup: tools/setup.sh
	@sh tools/setup.sh build
	@touch $@
build/.setup-node build/.setup-test build/.setup-check: build/.setup-%: build/.setup
	@sh tools/setup.sh $*
	@touch $@

node_modules/.package-lock.json: package-lock.json build/.setup-node
	@echo "build: libraries of the control plane (npm)"
	@$(IN) npm ci --loglevel=error --no-fund --no-audit >/dev/null
	@touch $@

engine: build/.setup
	@echo "build: engine (Rust)"
	@cd engine && MAKEFLAGS= cargo build --release --locked --quiet

sdk: build/.setup node_modules/.package-lock.json
	@echo "build: SDKs (C and C++, Python, Node, Java, Rust), adapters"
	@$(MAKE) --silent -C sdk/c
	@$(MAKE) --silent -C sdk/adapters
	@$(MAKE) --silent -C sdk/python PYTHON=$(PYTHON)
	@$(IN) $(MAKE) --silent -C sdk/node
	@$(MAKE) --silent -C sdk/java
	@MAKEFLAGS= $(MAKE) --silent -C sdk/rust

control: node_modules/.package-lock.json
	@echo "build: control plane (TypeScript)"
	@$(IN) node --import tsx control/bundle.ts >/dev/null

demo: build
	@bin/coven demo

demo-sfc: build
	@bin/coven demo sfc

dev: build
	@bin/coven up --foreground

test: build build/.setup-test
	@$(IN) node --import tsx tools/house/src/test.ts

# What CI runs besides the tests: generated files are current, types, lint, style.
check: build build/.setup-check
	@$(IN) $(MAKE) --silent generate && git diff --exit-code --stat -- spec sdk engine/channel/src/layout.rs control docs || { echo "check: generated files are not current: run make generate and commit"; exit 1; }
	@$(IN) npx tsc -b
	@$(IN) npx biome check .
	@cd engine && cargo fmt --all --check && cargo clippy --release --locked --all-targets --quiet -- -D warnings
	@cd sdk/rust && cargo fmt --check && cargo clippy --offline --locked --all-targets --quiet -- -D warnings

# Every framework and every pair of languages through one suite; docs/conformance.md is what came of it.
conformance: build build/.setup-test
	@$(IN) tools/isolate.sh npx vitest run conformance/frameworks.test.ts conformance/languages.test.ts --reporter=default --reporter=json --outputFile.json=build/conformance.json; \
	    status=$$?; node --import tsx conformance/report.ts build/conformance.json && exit $$status

bench: build
	@bin/coven bench all

# Tables and plots of docs/performance.md, from the results in docs/performance.
performance: build
	@bin/coven bench report

packages: build
	@$(IN) sh tools/packages.sh

generate: node_modules/.package-lock.json
	@$(IN) node --import tsx spec/generate.ts
	@$(IN) node --import tsx control/api/src/generate.ts

fuzz: build
	@FUZZ_SECONDS=$(FUZZ_SECONDS) sh engine/fuzz/run.sh

clean:
	rm -rf build engine/target node_modules control/dist control/*/dist sdk/*/build sdk/rust/target
