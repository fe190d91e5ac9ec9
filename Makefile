# What a newcomer and CI use. Each target first installs what it needs into .venv, once per lock file.
.POSIX:
PYTHON ?= python3
BIN = .venv/bin

.PHONY: refresh test suite lint ui portal nights soak year cluster bench bench-portal docs truth coverage measurement controls lock licences

refresh: .venv/installed
	@$(BIN)/cit refresh

test: lint suite

suite: .venv/installed-dev
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

lint: .venv/installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy cit_platform
	@$(BIN)/lint-imports

# The web server listens on 127.0.0.1 only; the daemon runs the nightly schedule.
ui: .venv/installed
	@$(BIN)/cit ui

# A portal on loopback with a new day of data each minute, to watch refreshes of the live source.
portal: .venv/installed-dev
	@$(BIN)/python -m cit_platform_tests.portal

# Sixty nights of the live source: revisions against the generator's record, and how the home grows; then the portal's
# known states night after night, each in full (twenty minutes).
nights: .venv/installed-dev
	@$(BIN)/python -m benchmarks.nights
	@CIT_TEST_WHOLE_NIGHTS=1 $(BIN)/python -m pytest -q cit_platform_tests/end_to_end/test_states_overnight.py

# A hundred refreshes killed at random moments, each followed by a normal one, against an undisturbed run (two hours).
soak: .venv/installed-dev
	@OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.soak kills

# A year of nights under a clock that is set: time per night and what grows, into docs/operations.md (six hours, faketime).
year: .venv/installed-dev
	@OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.soak year

# A whole refresh on a Spark cluster on loopback whose worker is killed in mid-stage, and the cluster's other tests (Java).
cluster: .venv/installed-dev .venv/installed-spark
	@CIT_TEST_WHOLE_REFRESH=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q cit_platform_tests/engine/test_spark_cluster.py

# The engine against statsmodels, glum, pyfixest and scikit-learn, up to 100 million rows (an hour, 12 GB).
bench: .venv/installed-bench
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.engine

# A million rows from the portal to the archive and to raw/records: rows per second and peak memory (minutes).
bench-portal: .venv/installed-dev
	@$(BIN)/python -m benchmarks.portal

# The large-city values of the demonstration, into cit_platform/demonstration/truth.csv (minutes, 5 GB).
truth: .venv/installed
	@$(BIN)/python -m cit_platform.demonstration.known_values

# Whether the 95 % intervals cover: 2,000 synthetic cities of each of three designs, 400 for few officers (minutes).
coverage: .venv/installed-dev
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.coverage

# The primary estimate in 1,000 cities under each switch: bias, coverage, size, into docs/methods.md (two processes, an hour).
measurement: .venv/installed-dev
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.measurement

# Negative controls in 1,000 cities under each of four switches: size, and what calibration does (two processes, hours).
controls: .venv/installed-dev
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.controls

# Column lineage from the SQL; the data dictionary and the list of checks of docs/, from the contracts and the suites.
docs: .venv/installed-dev
	@$(BIN)/python -m cit_platform.engine.lineage
	@$(BIN)/python -m cit_platform.contracts.dictionary
	@$(BIN)/python -m cit_platform.checks.catalogue

# The licences of all that is locked; GPL and AGPL are refused unless reviewed.
licences: .venv/installed-dev
	@$(BIN)/python -m benchmarks.licences

lock: .venv/installed-dev
	@sh -c 'for extra in "" production spark dev bench; do \
	  $(BIN)/uv pip compile --universal --generate-hashes --no-strip-extras --python-version 3.11 \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet \
	    $${extra:+--extra $$extra --constraint requirements.txt} pyproject.toml \
	    --output-file requirements$${extra:+-$$extra}.txt; done'

.venv/installed: requirements-pip.txt requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing into .venv (a few minutes, once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-pip.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.txt
	@touch $@

.venv/installed-spark: requirements-spark.txt .venv/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-spark.txt
	@touch $@

.venv/installed-bench: requirements-bench.txt .venv/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-bench.txt
	@touch $@
