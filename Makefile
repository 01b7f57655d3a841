# Sluice. `make` lists the targets; `make run` and `make test` do all set-up on a fresh machine (npm and make).
SHELL := /bin/bash
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
MAKEFLAGS += --no-print-directory
T ?=

.PHONY: help setup build run test lint format bench fuzz ci clean native

help:
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

setup: node_modules/.package-lock.json ## install the locked dependencies (Node 24 among them)
