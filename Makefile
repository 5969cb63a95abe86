# servicedesk. `make run` and `make test` need Python 3.11 or newer and make, nothing else.
# `make help` lists the targets.

.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/sh

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$python; break; }; done)
BIN := .venv/bin

# Sample files for the import and for the tests that read them; only named here.
SAMPLES ?= $(realpath ../shared/data)
export SAMPLES

# Where the tests' servers keep their state: in memory, where there is a disk of it with room. A
# hundred tests copy their database, and each customer that a test lays is six hundred files.
MEMORY := /dev/shm
IN_MEMORY := $(MEMORY)/servicedesk-tests-$(shell id -u)-$(shell printf '%s' '$(CURDIR)' | cksum | cut -d' ' -f1)
KEPT_IN_MEMORY = if [ -z "$$SERVICEDESK_VAR$$DATABASE_URL" ] \
	&& [ "$$(df -Pk $(MEMORY) 2>/dev/null | awk 'NR == 2 {print int($$4 / 1000000)}')" -ge 3 ] 2>/dev/null \
	&& mkdir -p -m 755 $(IN_MEMORY) && [ -O $(IN_MEMORY) ]; \
	then export SERVICEDESK_VAR=$(IN_MEMORY); fi

.PHONY: help run stop test drills check lint style types imports templates migrations bench mail-corpus import-sample messages lock install install-tests

help: ## List what make can do here
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: install ## Start everything, with a demo, in this terminal; Ctrl-C stops it
	@exec $(BIN)/python -m servicedesk.run </dev/null

stop: ## Stop whatever this checkout has running
	@if [ -O $(IN_MEMORY)/pg.json ]; then \
	SERVICEDESK_VAR=$(IN_MEMORY) $(BIN)/python -m servicedesk.run stop </dev/null >/dev/null; fi; \
	exec $(BIN)/python -m servicedesk.run stop </dev/null

test: install-tests ## The whole test suite (some minutes); beside a running `make run` too
	@$(KEPT_IN_MEMORY); exec $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS) </dev/null

drills: install-tests ## The long drills, one after the other, with their figures
	@exec $(BIN)/python -m pytest -m drill -p no:randomly -s tests/drills tests/faults tests/hostile/test_browser.py tests/isolation/test_matrix.py tests/isolation/test_pages.py tests/journeys tests/roles tests/scale $(ARGS) </dev/null

check: lint test ## All checks and the tests: the one command to remember

lint: style types imports templates migrations ## All checks without the tests

style: install-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install-tests
	$(BIN)/mypy

imports: install-tests
	$(BIN)/lint-imports --no-logo

templates: install-tests
	git ls-files 'templates/*.html' 'templates/*.txt' | xargs $(BIN)/djade --check --target-version 5.2

migrations: install-tests
	$(BIN)/python manage.py makemigrations --check --dry-run

mail-corpus: install-tests ## Read every mail of a folder and say what each is: make mail-corpus MAILS=folder (the samples' emails/)
	@test -n "$(or $(MAILS),$(SAMPLES))" || { echo "Name the folder: make $@ MAILS=/path" >&2; exit 2; }
	@exec $(BIN)/python -m tests.inbound.corpus "$(or $(MAILS),$(SAMPLES)/emails)" </dev/null

bench: install-tests ## Measure pages at 10 and 1,000 customers beside a floor, against tests/bench/budget.toml (QUICK=1: a quarter)
	@exec $(BIN)/python -m tests.bench $(if $(QUICK),--quick) </dev/null

import-sample: install ## Import one sample: make import-sample SAMPLE=chinese (or helpdesk, volvo, complaints, faults, csat, comments)
	@test -n "$(SAMPLES)" || { echo "Name the folder of samples: SAMPLES=/path make $@" >&2; exit 2; }; \
	case "$(SAMPLE)" in \
	chinese) file=chinese/taidi2020c_fj4_reply_trail_dev.csv.gz; map=taidi_messages;; \
	helpdesk) file=ticket_logs/italian_helpdesk_21348.csv.gz; map=italian_helpdesk;; \
	volvo) file=ticket_logs/bpic2013_volvo_incidents.xes.gz; map=volvo_incidents;; \
	complaints) file=chinese/taidi2020c_fj3_hot_topics_4326.csv.gz; map=taidi_hot_topics;; \
	faults) file=ticket_logs/jira_apache_hive_issues.csv; map=hive_titles;; \
	csat) file=csat/ecommerce_csat_dev.csv.gz; map=ecommerce_csat; what=import_answers;; \
	comments) file=csat/zh_waimai_10k.csv.gz; map=zh_waimai; what=import_answers;; \
	shopping) file=csat/zh_online_shopping_electronics_dev.csv.gz; map=zh_online_shopping; what=import_answers;; \
	*) echo "Which one? SAMPLE=chinese, helpdesk, volvo, complaints, faults, csat, comments or shopping" >&2; exit 2;; \
	esac; \
	$(BIN)/python manage.py prepare && \
	exec $(BIN)/python manage.py $${what:-import_tickets --jobs 2} "$(SAMPLES)/$$file" --map "imports/$$map.toml" \
		--bad "var/$(SAMPLE).bad.csv" $(ARGS)

messages: install ## Collect texts for translation, and compile the translations
	@exec $(BIN)/python -m servicedesk.messages collect

lock: ## Write the lock files anew from requirements/*.in
	@exec $(PYTHON) requirements/lock.py

install: need-python
	@exec $(PYTHON) requirements/install.py base </dev/null

install-tests: need-python
	@exec $(PYTHON) requirements/install.py test </dev/null

.PHONY: need-python
need-python:
	@[ -n "$(PYTHON)" ] || { \
	echo "servicedesk needs Python 3.11 or newer, and none was found on the PATH."; \
	echo "Install one (Debian, Ubuntu: apt-get install python3 python3-venv), or name it:"; \
	echo "  make run PYTHON=/path/to/python3.11"; exit 1; } >&2
