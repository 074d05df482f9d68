# `make` prints the targets. Everything runs from .venv, which `make install` creates.
PYTHON ?= python3
PORT ?= 6006
BIN := .venv/bin
STAMP := .venv/installed

.DEFAULT_GOAL := help
.PHONY: help install sweep reproduce playground bench report figures pictures quick test lint types check licenses tensorboard clean

help:  ## print these lines
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## */\1|/' | awk -F'|' '{printf "make %-12s %s\n", $$1, $$2}'

install: $(STAMP)  ## create .venv with the pinned packages (about 7 GB on Linux, 2 minutes)

$(STAMP): pyproject.toml constraints.txt
	@echo "Installing into .venv (about 7 GB on Linux with CUDA's libraries; a few minutes) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(STAMP)

sweep: $(STAMP)  ## compare four activation functions on the default network, with a leaderboard at the end
	$(BIN)/python -m mnist_exp -m model.activation=relu,leaky_relu,swish,mish

reproduce: $(STAMP)  ## repeat the published results (about 2 hours; run it again to resume)
	$(BIN)/python -m mnist_exp -m sweep=reproduce sweep.name=reproduction hydra/launcher=joblib
	cp multirun/reproduction/figures/trajectory_cnn_dropout.png docs/images/trajectory.png

playground: $(STAMP)  ## write the classroom page of the newest sweep's networks and open it (SWEEP=multirun/...)
	$(BIN)/python -m mnist_exp playground $(SWEEP)

bench: $(STAMP)  ## time an epoch against plain PyTorch, Lightning and Keras (KERAS=python that has Keras; 25 minutes)
	$(BIN)/python -m mnist_exp bench $(if $(KERAS),--keras $(KERAS))

report: $(STAMP)  ## write the tables and the page of the newest sweep again (SWEEP=multirun/... for another)
	$(BIN)/python -m mnist_exp report $(SWEEP)

figures: $(STAMP)  ## plot the activation functions, compute their properties, and update docs/ (a minute)
	$(BIN)/python -m mnist_exp gallery figures
	cp figures/*.png docs/images/
	cp figures/activations.html docs/pages/

pictures: figures  ## draw the pictures of results.md and inspecting.md (runs the benchmark first, 75 minutes, unless it is there)
	$(BIN)/python -m mnist_exp -m sweep=benchmark sweep.name=benchmark
	cp multirun/benchmark/figures/heat_map.png docs/images/heat_map.png
	$(BIN)/python -m mnist_exp model=cnn hydra.run.dir=multirun/pictures
	$(BIN)/python -m mnist_exp inspect multirun/pictures
	cp multirun/pictures/figures/maps_conv1.png docs/images/feature_maps.png

quick: $(STAMP)  ## run the fast tests (about 45 seconds on 2 cores)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not browser and not full_data and not gpu"

test: $(STAMP)  ## run all tests (about 6 minutes on 2 cores)
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(STAMP)  ## check the style (ruff)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)  ## check the types (mypy)
	$(BIN)/mypy

check: lint types test  ## run everything that CI runs

licenses: $(STAMP)  ## list the licences of all installed packages
	$(BIN)/pip-licenses --order=license --with-urls

tensorboard: $(STAMP)  ## show the curves of all runs on http://127.0.0.1:6006 (PORT=... for another port)
	$(BIN)/tensorboard --logdir multirun --host 127.0.0.1 --port $(PORT)

clean:  ## remove .venv and caches, keep the runs in multirun/
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
