# The one face for people: `make` says what there is.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
# Nothing is written outside the checkout.
export ANSIBLE_HOME := $(CURDIR)/$(VENV)/ansible
export XDG_CACHE_HOME := $(CURDIR)/$(VENV)/cache
export PIP_NO_CACHE_DIR := 1
export PATH := $(CURDIR)/$(BIN):$(PATH)
PLATFORM ?= test_data_tool
ENVIRONMENT ?= dev

.DEFAULT_GOAL := help
.PHONY: help
help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Python and everything it needs, in .venv

define FIND_PYTHON
for minor in 14 13 12; do \
  for python in $$(command -v python3.$$minor) $$(ls -d $$HOME/.pyenv/versions/3.$$minor.*/bin/python3 2>/dev/null | sort -rV) \
      $$(command -v uv >/dev/null && uv python find 3.$$minor 2>/dev/null); do \
    if "$$python" -c "import ensurepip, ssl, sys, venv; assert sys.version_info[:2] == (3, $$minor)" 2>/dev/null; then \
      echo "$$python"; exit 0; fi; \
  done; \
done; \
echo "slipway.aws needs Python 3.12, 3.13 or 3.14 with venv: install one (Debian: apt install python3 python3-venv; anywhere: uv python install 3.13) and run make again." >&2; \
exit 1
endef

READY := $(VENV)/.ready
$(READY): requirements/user.txt requirements/dev.txt
	@python=$$($(FIND_PYTHON)) || exit 1; \
	 echo "Installing into $(VENV) with $$($$python --version)"; \
	 test -x $(BIN)/python || "$$python" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	@site=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))'); \
	 mkdir -p $$site/ansible_collections/slipway && ln -sfn $(CURDIR) $$site/ansible_collections/slipway/aws
	@touch $@

.PHONY: setup
setup: $(READY) ## install everything into .venv

# The demo: an emulated account on this machine, and a whole environment in it

INVENTORY := inventories/$(PLATFORM)/$(ENVIRONMENT).yml
PLAY := ansible-playbook -i $(INVENTORY) playbooks/$(ENVIRONMENT).yml
ACCOUNT := python extensions/emulator
IMAGE := test-data-tool-$(ENVIRONMENT)/backend 1.0.0

.PHONY: demo demo-stop
demo: $(READY) ## build test_data_tool/dev in an emulated account on this machine
	@echo "Emulated AWS account at $$($(ACCOUNT) start)"
	@. .demo/environment; set -e; \
	 if ! $(ACCOUNT) push $(IMAGE) 2>/dev/null; then \
	   echo "First the keys and the image repository, so that there is somewhere to push the first image."; \
	   $(PLAY) --limit security,storage; \
	   $(ACCOUNT) push $(IMAGE); \
	 fi; \
	 $(PLAY); \
	 $(ACCOUNT) hints

demo-stop: ## stop the emulated account; everything in it is gone
	@test ! -x $(BIN)/python || $(ACCOUNT) stop
	@rm -rf .demo

.PHONY: service
service: $(READY) ## add a service to a platform: PLATFORM=fargate_microservices NAME=orders [TYPE=public RUNTIME=python PORT=8002]
	@python extensions/scaffold --platform $(PLATFORM) --name "$(NAME)" $(if $(TYPE),--type $(TYPE)) $(if $(RUNTIME),--runtime $(RUNTIME)) $(if $(PORT),--port $(PORT))

# Tests

FILES := git ls-files --cached --others --exclude-standard

SCENARIOS := $(patsubst molecule/%/molecule.yml,%,$(wildcard molecule/*/molecule.yml))
# Whole environments, planned, built, changed and planned again, many times over.
PROOFS := $(filter plan_% edits_%,$(SCENARIOS))
# The longest first, two at a time; each tells what it did when it is done.
JOBS := $(addprefix molecule-,$(filter platform_%,$(SCENARIOS)) $(filter-out platform_% $(PROOFS),$(SCENARIOS))) unit sanity lint scan property
SIDE_BY_SIDE := $(MAKE) --no-print-directory --jobs=2 --keep-going --output-sync=target

.PHONY: test prove mutate check lint sanity unit property molecule
test: $(READY) ## lint, sanity, unit, property, molecule, scanners (CI runs this, and prove)
	@$(SIDE_BY_SIDE) $(JOBS)
	@echo "All of it passed."

mutate: $(READY) ## break the roles once per property, and see that each is noticed by its own (about 15 minutes)
	python -m ansible_collections.slipway.aws.tests.support.mutate $(MUTATE)

prove: $(READY) ## the long proofs of plans: every edit and every drift is planned, run and compared
	@$(SIDE_BY_SIDE) $(addprefix molecule-,$(PROOFS))
	@echo "What is planned is what happens."

check: $(READY) ## the two-minute inner loop
	@ruff check . && ruff format --check . && yamllint --strict . && pytest -n 2 tests/unit

lint: $(READY) ## ruff, yamllint, ansible-lint (profile production), changelog fragments
	ruff check .
	ruff format --check .
	yamllint --strict .
	ansible-lint --strict
	antsibull-changelog lint

unit: $(READY) ## unit tests: conversations with the emulated account; they have to reach 90 % of plugins/
	pytest -n 2 tests/unit --cov

property: $(READY) ## property tests
	pytest -n 2 tests/property

molecule: $(READY) ## the scenarios: roles and whole platforms in an emulated account
	@$(MAKE) --no-print-directory $(addprefix molecule-,$(SCENARIOS))

molecule-%: $(READY)
	$(ACCOUNT) run -- molecule test --scenario-name $*

# ansible-test insists on a git repository under ansible_collections/slipway/aws, on neighbours to resolve doc fragments from, and on a
# script from the network to bootstrap pip with, for which the one that comes with Python does as well.
SANITY := $(VENV)/sanity
sanity: $(READY) ## ansible-test sanity
	@rm -rf $(SANITY) && mkdir -p $(SANITY)/ansible_collections/slipway/aws $(SANITY)/home/.ansible/test/cache
	@$(FILES) | while read -r file; do test -e "$$file" && echo "$$file"; done | tar -cf - -T - | tar -xf - -C $(SANITY)/ansible_collections/slipway/aws
	@site=$$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/ansible_collections; \
	 for name in amazon community; do ln -s $$site/$$name $(SANITY)/ansible_collections/$$name; done
	@printf 'import ensurepip\nensurepip.bootstrap(upgrade=True, default_pip=True)\n' > $(SANITY)/home/.ansible/test/cache/get_pip_25_2.py
	@cd $(SANITY)/ansible_collections/slipway/aws && git init -q && git add -A && \
	 HOME=$(CURDIR)/$(SANITY)/home ansible-test sanity --color no \
	   --python $$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')

# Speed: what is compared with has its own environment

MITOGEN := $(VENV)/mitogen
$(MITOGEN)/.ready: requirements/bench.txt requirements/user.txt $(READY)
	@test -x $(MITOGEN)/bin/python || $(BIN)/python -m venv $(MITOGEN)
	@$(MITOGEN)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/bench.txt
	@site=$$($(MITOGEN)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))'); \
	 mkdir -p $$site/ansible_collections/slipway && ln -sfn $(CURDIR) $$site/ansible_collections/slipway/aws
	@touch $@

.PHONY: bench
bench: $(MITOGEN)/.ready ## how long runs take: local, Mitogen, warm and the floor, in turns (BENCH="--rounds 1 --services 0" for less)
	python bench $(BENCH)
	$(MITOGEN)/bin/python bench/picture.py

# Scanners: checkov pins other versions of what we use

CHECKOV := $(VENV)/checkov
$(CHECKOV)/.ready: requirements/scan.txt $(READY)
	@test -x $(CHECKOV)/bin/python || $(BIN)/python -m venv $(CHECKOV)
	@$(CHECKOV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/scan.txt
	@touch $@

.PHONY: scan
scan: $(CHECKOV)/.ready ## what cfn-lint, checkov and our own rules say of a platform, without an account
	@PATH=$(PATH):$(CURDIR)/$(CHECKOV)/bin ansible-playbook -i $(INVENTORY) playbooks/scan_environment.yml

# Documentation

.PHONY: docs
docs: $(READY) ## write what is generated: the action group, the pages of modules and of compliance, the changelog
	@{ sed '/slipway modules/,$$d' meta/runtime.yml; echo '    # slipway modules, written by `make docs`'; \
	   for module in plugins/modules/*.py; do name=$$(basename $$module .py); test $$name = preflight || echo "    - $$name"; done; } > meta/runtime.new
	@mv meta/runtime.new meta/runtime.yml
	@python docs/modules.py
	@python docs/compliance.py
	@python docs/create_only.py
	@antsibull-changelog generate --reload-plugins --refresh
