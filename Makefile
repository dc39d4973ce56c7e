# Chimera Insight. `make run` and `make test` do all that is needed from a fresh checkout.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test faults fuzz setup models build lint tour portable dist cuda vulkan metal clean

# The folder that `make run` opens, and the model it uses (empty: the best one found).
DIR ?= assets/demo
MODEL ?=

# In front of every command that may compile llama.cpp.
ENV := . scripts/build-env.sh;
PROGRAM := target/release/chimera-insight

help: ## Shows this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F '\t' '{printf "  make %-10s %s\n", $$1, $$2}'
	@echo "  DIR=folder and MODEL=name (or none) choose what \`make run\` opens and with which model."

run: ## Opens the program on DIR; without a terminal it writes a report instead
	@scripts/setup.sh $(if $(MODEL),build,run)
	@$(ENV) cargo build --release --locked
	@if [ -t 0 ] && [ -t 1 ]; then exec $(PROGRAM) $(if $(MODEL),--model '$(MODEL)') '$(DIR)'; \
	else exec $(PROGRAM) report $(if $(MODEL),--model '$(MODEL)') '$(DIR)'; fi

test: ## Runs the whole test suite, real models included
	@scripts/setup.sh test
	@$(ENV) cargo test --release --locked

# Groups of cases with commas between them; all of them take minutes.
FAULTS ?= all
faults: ## Runs the long tier of faults and prints its table; FAULTS=kills,storms chooses groups
	@$(ENV) CHIMERA_INSIGHT_FAULTS='$(FAULTS)' cargo test --release --locked --test it

MINUTES ?= 5
fuzz: ## Gives the readers broken input for MINUTES=5; what is found is kept in tests/data/fuzz
	@$(ENV) CHIMERA_INSIGHT_FUZZ='$(MINUTES)' cargo test --release --locked --test it

setup: ## Installs what building and testing need, once
	@scripts/setup.sh test

models: ## Fetches the models, without building anything
	@python3 scripts/fetch_models.py run
	@python3 scripts/fetch_models.py test

build: ## Builds the program
	@scripts/setup.sh build
	@$(ENV) cargo build --release --locked

# Advisories need a database that is fetched; where it cannot be, the rest still holds.
lint: ## Formatting and lints, as .ci/run has them, then licenses and sources of what is built in
	@cargo fmt --check
	@$(ENV) cargo clippy --release --locked --all-targets -- -D warnings
	@if cargo deny --version >/dev/null 2>&1; then \
	cargo deny --log-level error check licenses bans sources; \
	cargo deny --log-level error check advisories || echo 'advisories: not checked, or not all settled (see above)'; \
	else echo 'licenses, bans and sources were not checked: there is no cargo-deny (cargo install cargo-deny)'; fi

# The tour of the README. Another SIZE or DIR makes one in target/tour and leaves that one as it is.
SIZE ?= 120x36
PYTHON ?= python3
TOUR_FLAGS ?= --release --locked
TOUR_MADE := target/tour/$(SIZE)
TOUR_KEPT := $(if $(filter-out 120x36 assets/demo,$(SIZE) $(DIR)),$(TOUR_MADE),assets/tour)
tour: ## Records the tour of this README and draws its screens; SIZE=80x24 or DIR=folder: in target/tour
	@$(ENV) CHIMERA_INSIGHT_TOUR='$(TOUR_MADE)' CHIMERA_INSIGHT_TOUR_SIZE='$(SIZE)' \
	CHIMERA_INSIGHT_TOUR_FOLDER='$(filter-out assets/demo,$(DIR))' \
	cargo test $(TOUR_FLAGS) --test it -- tour::each
	@$(PYTHON) scripts/screens_to_png.py '$(TOUR_MADE)/screens' '$(TOUR_KEPT)'
	@cmp -s '$(TOUR_MADE)/tour.cast' '$(TOUR_KEPT)/tour.cast' || cp '$(TOUR_MADE)/tour.cast' '$(TOUR_KEPT)'

# The everyday build is for this machine's processor (.cargo/config.toml). This one has a
# target folder of its own, so that the two never rebuild each other. llama.cpp takes AVX2
# on x86-64 where nothing says native.
ifneq ($(filter x86_64 amd64,$(shell uname -m)),)
portable: PORTABLE_FLAGS := -C target-cpu=x86-64-v2
else
portable: PORTABLE_FLAGS := -C panic=unwind
endif
portable: ## Builds for other machines too (x86-64 with AVX2, or arm64) in target/portable
	@scripts/setup.sh build
	@$(ENV) RUSTFLAGS='$(PORTABLE_FLAGS)' cargo build --release --locked --target-dir target/portable
	@echo "built target/portable/release/chimera-insight"

vulkan metal: ## Builds with that GPU backend in target/<name>
	@scripts/setup.sh build
	@$(ENV) cargo build --release --locked --features $@ --target-dir target/$@
	@echo "built target/$@/release/chimera-insight"

dist: ## Makes the folder and archive for other machines in target/dist; its tests start it
	@scripts/setup.sh test
	@scripts/dist.sh

cuda: ## The same with the CUDA backend, with or without a CUDA toolkit on this machine
	@scripts/setup.sh test
	@scripts/dist.sh cuda

clean: ## Removes everything that was built
	@cargo clean
