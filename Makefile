# Portway's targets. `make help` lists them. Those marked (root) need root: sudo make TARGET.
SHELL := /bin/bash
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
export NODE_OPTIONS := --disable-warning=ExperimentalWarning
LUA_SOURCES := $(shell find src/gateway -name '*.ts' ! -name '*.test.ts')
WEB_SOURCES := $(shell find src/web -type f ! -name '*.test.ts')

.PHONY: help setup build demo demo-down test check unit e2e guest bench bench-mesh bench-hostile bench-instructions bench-scale dev clean format root
help:  ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-20s %s\n", $$1, $$2}'

root:
	@[ "$$(id -u)" = 0 ] || { echo "this target needs root, for network namespaces: sudo make $(MAKECMDGOALS)"; exit 1; }

setup:  ## (root when packages are missing) install Debian and npm packages
	@scripts/setup

build: setup build/lua/.done build/web/.done  ## compile the gateway to Lua and bundle the dashboard
build/lua/.done: $(LUA_SOURCES) tsconfig.lua.json package-lock.json
	@rm -rf build/lua.new && tstl -p tsconfig.lua.json --outDir build/lua.new && rm -rf build/lua && mv build/lua.new build/lua && touch $@
build/web/.done: $(WEB_SOURCES) package-lock.json
	@rm -rf build/web && node scripts/build-web.ts && touch $@

check: setup  ## format, lint, four type checks, import rules
	@biome ci --error-on-warnings .
	@tsc -p tsconfig.json && tsc -p tsconfig.web.json && tsc -p tsconfig.lua.json --noEmit && tsc -p tsconfig.gateway-tests.json
	@node --test --test-reporter=dot test/imports.test.ts

unit: build  ## tests beside the code, in one process
	@node --test --test-isolation=none 'src/**/*.test.ts' 'test/*.test.ts'

e2e: root build  ## (root) tests in network namespaces with real nginx and WireGuard
	@node --test --test-concurrency=1 --test-timeout=300000 'test/e2e/**/*.test.ts'

guest: root build  ## (root) the units under systemd on Debian's own kernel, in two emulated machines: minutes
	@scripts/setup --with-guest
	@PORTWAY_GUEST=1 PATIENCE=3 node --test --test-timeout=2400000 test/e2e/guest.test.ts

test: root build check  ## (root) everything: check, unit, e2e; ends with node's summary
	@node scripts/test.ts

demo: root build  ## (root) the whole system in a lab, with every command shown
	@node test/demo/main.ts

demo-down: root setup  ## (root) remove whatever a demo or test left behind
	@node test/lab/sweep.ts

bench: root build  ## (root) the gateway's speed: beside its peers, plugins, routes, TLS, changes, bodies, workers
	@scripts/setup --with-bench
	@node bench/gateway.ts
	@node bench/instructions.ts
	@node bench/routes.ts
	@node bench/route-change.ts 40
	@node bench/tls.ts
	@node bench/changes.ts 5 3 0
	@node bench/bodies.ts
	@node bench/workers.ts

bench-hostile: root build  ## (root) what good requests feel while clients are slow, and while they flood
	@scripts/setup --with-bench
	@node bench/hostile.ts && node bench/floods.ts

bench-mesh: root build  ## (root) keys, relays, hosts that move and start, in namespaces; throughput, new keys and clocks on Debian's kernel in a guest
	@scripts/setup --with-guest || echo "no guests here: what needs one is skipped"
	@for file in bench/mesh/*.ts; do PORTWAY_GUEST=1 node $$file || exit 1; done

bench-scale: build  ## compiles, control with 100, 300 and 1,000 simulated agents, a simulated day of churn
	@node bench/scale/compile.ts
	@node bench/scale/main.ts
	@node --expose-gc bench/scale/churn.ts

bench-instructions: root build  ## (root) user instructions a request, plugin by plugin (valgrind)
	@scripts/setup --with-bench
	@node bench/instructions.ts

dev: build  ## run the unit tests again at each change
	@node --test --watch --test-isolation=none 'src/**/*.test.ts'

format: setup  ## rewrite the sources in the project's format
	@biome check --write .

clean:  ## remove what was built
	@rm -rf build
