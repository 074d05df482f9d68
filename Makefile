# `make` prints the targets. Everything runs from .venv, which `make install` creates.
PYTHON ?= python3
PORT ?= 6006
BIN := .venv/bin
STAMP := .venv/installed

.DEFAULT_GOAL := help
.PHONY: help install sweep reproduce playground bench report figures pictures test lint types check tensorboard clean

help:  ## these lines
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## */\1|/' | awk -F'|' '{printf "make %-12s %s\n", $$1, $$2}'

install: $(STAMP)  ## create .venv with the pinned packages (about 6 GB on Linux, 2 minutes)

$(STAMP): pyproject.toml constraints.txt
	@echo "Installing into .venv (about 6 GB on Linux with CUDA's libraries; a few minutes) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(STAMP)

sweep: $(STAMP)  ## compare four activations on the default network, ending in a leaderboard
	$(BIN)/python -m mnist_exp -m model.activation=relu,leaky_relu,swish,mish

reproduce: $(STAMP)  ## repeat five published studies, claimed beside measured (hours; typed again, it goes on)
	$(BIN)/python -m mnist_exp -m sweep=reproduce sweep.name=reproduction hydra/launcher=joblib
	cp multirun/reproduction/figures/trajectory_cnn_dropout.png figures/trajectory.png

playground: $(STAMP)  ## a page to draw digits on and watch the newest sweep read them (SWEEP=multirun/… for another)
	$(BIN)/python -m mnist_exp.playground $(SWEEP)

bench: $(STAMP)  ## an epoch of each network beside a bare loop, plain Lightning and Keras (KERAS=python that has it)
	$(BIN)/python -m mnist_exp.benchmark $(if $(KERAS),--keras $(KERAS))

report: $(STAMP)  ## the tables of the newest sweep anew (SWEEP=multirun/… for another)
	$(BIN)/python -m mnist_exp.report $(SWEEP)

figures: $(STAMP)  ## draw the activation functions and their derivatives into figures/
	$(BIN)/python -m mnist_exp.gallery

pictures: figures  ## draw the README's pictures anew (does the grid first: 70 minutes, unless it is in multirun/grid)
	$(BIN)/python -m mnist_exp -m sweep=grid sweep.name=grid
	$(BIN)/python -m mnist_exp.inspect multirun/grid/cnn_relu_seed0_*
	cp multirun/grid/figures/heat_map.png figures/heat_map.png
	cp multirun/grid/cnn_relu_seed0_*/figures/maps_conv1.png figures/feature_maps.png

test: $(STAMP)  ## run the tests (6 minutes on 2 cores)
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(STAMP)  ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)  ## static types
	$(BIN)/mypy

check: lint types test  ## all that CI runs

tensorboard: $(STAMP)  ## curves of every run under multirun/, on http://127.0.0.1:6006 (PORT=… for another)
	$(BIN)/tensorboard --logdir multirun --host 127.0.0.1 --port $(PORT)

clean:  ## remove .venv and caches; runs under multirun/ stay
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
