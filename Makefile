# make run    the site with its starter content, on 127.0.0.1:$PORT
# make test   every test, on SQLite (on PostgreSQL: tests/on_postgresql make test)
# make check  linters and Django's own checks
# make bench  what reading, searching, baking cost (on PostgreSQL: tests/on_postgresql make bench)
# make soak   1,000 readers and 20 editors at once behind nginx, for MINUTES=30
# make deploy-check  on the server: is it set up as it should be? (ENV=/etc/crcsite.env, no quotes)
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

# `make run` decides for itself, so that it works in any shell; a real site sets these in its service.
RUN_ENV = SECRET_KEY="$$(cat var/secret-key)" DEMO=1 HTTPS=0 ALLOWED_HOSTS=127.0.0.1,localhost
CHECK_ENV = DEBUG=0 DEMO=0 HTTPS=1 SECRET_KEY=only-for-tests-and-checks-0123456789-abcdefghijklmnopqrstuvwxyz
# What was compiled is kept, even where the machine is told not to: every worker and every process
# that a test starts would compile all of it anew.
TEST_ENV = PYTHONDONTWRITEBYTECODE= DEBUG=1 DEMO=0 HTTPS=0 SECRET_KEY=only-for-tests-and-checks-0123456789-abcdefghijklmnopqrstuvwxyz

ENV ?= /etc/crcsite.env
# One more than there are processors: tests of whole servers mostly wait.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 1); [ $$n -lt 4 ] && echo $$((n + 1)) || echo 4)

.PHONY: run test check bench soak deploy-check messages clean

run: .venv/run var/secret-key
	@$(BIN)/pybabel -q compile -d locale -D django
	@$(RUN_ENV) $(BIN)/python manage.py migrate -v0
	@$(RUN_ENV) $(BIN)/python manage.py collectstatic --noinput -v0
	@$(RUN_ENV) $(BIN)/python manage.py demo
	@echo "The site: http://127.0.0.1:$(PORT)/   The admin: http://127.0.0.1:$(PORT)/admin/"
	@$(RUN_ENV) exec $(BIN)/gunicorn crcsite.wsgi --bind 127.0.0.1:$(PORT) --workers 2 --threads 4 --log-level warning

test: .venv/dev
	@$(BIN)/pybabel -q compile -d locale -D django
	$(TEST_ENV) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)
	@case "$$DATABASE_URL" in postgres*) ;; *) \
	  echo "SKIPPED here: the suite on PostgreSQL (tests/on_postgresql make test)";; esac

check: .venv/dev
	@$(BIN)/pybabel -q compile -d locale -D django
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/lint-imports --no-cache
	$(CHECK_ENV) $(BIN)/python manage.py makemigrations --check --dry-run
	$(CHECK_ENV) ALLOWED_HOSTS=example.org $(BIN)/python manage.py check --deploy --fail-level WARNING
	@$(BIN)/pip-licenses --format=plain --order=license --summary
	@timeout 60 $(BIN)/pip-audit -r requirements.txt --progress-spinner off || \
	  echo "NOT JUDGED here: pip-audit found weaknesses (listed above) or could not ask the registry"

bench: .venv/dev
	@$(BIN)/pybabel -q compile -d locale -D django
	$(BIN)/python bench/run.py

soak: .venv/dev
	@$(BIN)/pybabel -q compile -d locale -D django
	$(TEST_ENV) $(BIN)/python -m tests.running.soak --minutes $(or $(MINUTES),30)

# Each line is asked, in the site's own environment if its file is there; the first that fails ends it.
deploy-check:
	@if [ -r $(ENV) ]; then while IFS= read -r line; do \
	  case "$$line" in ''|'#'*) ;; *) export "$$line";; esac; done <$(ENV); fi; \
	$(BIN)/python manage.py check --deploy --fail-level WARNING --database default && \
	$(BIN)/python manage.py migrate --check -v0 && \
	$(BIN)/python manage.py deploy_check && \
	$(BIN)/python manage.py ready

# Collect the interface's texts for the translators (needs gettext).
messages: .venv/dev
	$(TEST_ENV) $(BIN)/python manage.py makemessages --all --no-location --no-wrap --ignore=.venv --ignore=var

.venv/run: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev: requirements.txt requirements-s3.txt requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@ .venv/run

var/secret-key:
	@mkdir -p var
	@(umask 077 && $(PYTHON) -c "import secrets; print(secrets.token_urlsafe(50))" >$@)

clean:
	rm -rf .venv var/static
