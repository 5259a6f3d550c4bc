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
