# Everything below works as root and as an ordinary user, and uses the network only for what
# is not there yet. The tools live in .venv, the lab image in the user's (or root's) cache.

PYTHON ?=
export PYTHON
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
# Two tests a core: most of a test's time is the protocols' own waiting.
PYTEST := $(BIN)/python -m pytest -n $(shell echo $$(( 2 * $$(nproc) )))

NOTEBOOK ?=

.PHONY: class container container-parts sdist kernel tested-kernel kernel-lock demo notebook unit test test-all answers vocabulary new-exercise check bench soak calibrate image image-lock wheel clean help

demo: image  ## set up what is missing, then the tour: from a network to a graded lab
	@$(BIN)/ipv6lab demo

notebook: image  ## JupyterLab on the course; NOTEBOOK='--lang vi' for its options
	@tools/set-up notebook
	@$(BIN)/ipv6lab notebook $(NOTEBOOK)

class: image  ## what a class needs: JupyterHub, its proxy; then ipv6lab class init ROSTER
	@tools/set-up classroom
	@$(BIN)/python -m ipv6lab.classroom.installing

unit:  ## the tests that start nothing: no image, no lab, no browser
	@tools/set-up unit
	@$(BIN)/python -m pytest --unit -q -n $$(nproc) -m 'not slow'

test: image tested-kernel  ## the tests, in parallel, without the slow ones
	@tools/set-up test
	@$(PYTEST) -m 'not slow'

test-all: image tested-kernel  ## every test
	@tools/set-up test
	@$(PYTEST)

answers: image tested-kernel  ## graded: those of exercises that changed, and a third of the rest
	@tools/set-up test
	@$(BIN)/python tools/answers.py

vocabulary:  ## docs/vocabulary.md, from the docstrings
	@$(BIN)/python tools/vocabulary.py

new-exercise:  ## begin an exercise: make new-exercise ID=L40 SLUG=two-machines
	@tools/set-up
	@$(BIN)/python tools/new_exercise.py '$(ID)' '$(SLUG)'

check:  ## style, format and types
	@tools/set-up check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: image  ## how long things take on this machine
	@$(BIN)/python bench/bench.py

soak: image  ## the exam: 200 draws, each fault alone, each mend by force; takes hours
	@EIGHTS=200 $(BIN)/python -m pytest -q -n 2 tests/faults

calibrate: image  ## how sharp the graders are, into docs/graders.md; takes long
	@$(BIN)/python tools/calibrate.py $(EXERCISE)

image:  ## the lab image, unless it is there
	@tools/set-up
	@$(BIN)/python -m ipv6lab.image build --install-tools

image-lock:  ## lock the image to the versions that Debian's mirror has today
	@tools/set-up
	@$(BIN)/python -m ipv6lab.image lock

kernel:  ## the lab kernel, unless it is there
	@tools/set-up
	@$(BIN)/python -m ipv6lab.kernel build --install-tools

# On a machine that can neither run nor build it the tests that need it are skipped, and say so.
tested-kernel: image
	@$(BIN)/python -m ipv6lab.kernel build --install-tools || [ $$? -eq 3 ]

kernel-lock:  ## lock the lab kernel's source and compiler to the mirror's of today
	@tools/set-up
	@$(BIN)/python -m ipv6lab.kernel lock

# What an unprivileged container cannot build for itself.
container-parts: image tested-kernel
	@mkdir -p build/container
	@$(BIN)/ipv6lab image pack build/container/lab-image.tar.gz
	@cp "$$($(BIN)/python -c 'from ipv6lab import kernel; print(kernel.find().file)')" build/container/

container: container-parts  ## a Docker image in which labs run without any privilege
	docker build --tag ipv6lab .

sdist:  ## dist/ipv6lab-*.tar.gz, with the tests in it
	@tools/set-up
	@LC_ALL=C.UTF-8 $(BIN)/python -c 'from setuptools import build_meta; print(build_meta.build_sdist("dist"))' | tail -1

wheel:  ## dist/ipv6lab-*.whl, with the course in it
	@tools/set-up
	@rm -rf build
	@LC_ALL=C.UTF-8 $(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@rm -rf build

clean:  ## remove what make has made here; images: ipv6lab uninstall
	rm -rf .venv .venv.new build dist ipv6lab-demo src/ipv6lab.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12
