# The commands a newcomer and CI use. Each target installs what it needs into .venv, once per lock file.
.POSIX:
PYTHON ?= python3
BIN = .venv/bin

.PHONY: refresh test ui lock
