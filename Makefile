# The face of the project: a target per job; `make help` lists them, with examples.
# Values reach the commands through the environment, never through the text of a recipe, so that
# a shell never interprets them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
RESULTS := e4m3 e5m2 bf16 fp16 fp32
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

# `$(call option,--flag,NAME)` gives the flag if the user set NAME, were it to nothing.
option = $(if $(filter command environment,$(firstword $(origin $(2)))),$(1) "$$$(2)")
# `$(call switch,--flag,NAME)` gives the flag if NAME is set and not 0.
switch = $(if $(filter-out 0,$($(2))),$(1))

SPECIFICATION = $(call option,--kind,KIND) $(call option,--fmt,FMT) $(call option,--fmt-b,FMT_B) \
	$(call option,--fmt-y,FMT_Y) $(call option,--latency,LATENCY) $(call option,--carry,CARRY) \
	$(call option,--offset,OFFSET) $(call option,--guard,GUARD) \
	$(call option,--subnormals,SUBNORMALS) $(call option,--overflow,OVERFLOW) \
	$(call option,--rounding,ROUNDING) \
	$(call option,--acc,ACC) $(call switch,--fused,FUSED) $(call option,--adder-latency,ADDER_LATENCY) \
	$(call option,--terms,TERMS) $(call option,--msb,MSB) $(call option,--lsb,LSB) \
	$(call option,--result,RESULT) $(call option,--guard-bits,GUARD_BITS) $(call option,--n,N) \
	$(call option,--rows,ROWS) $(call option,--cols,COLS) $(call option,--dataflow,DATAFLOW) \
	$(call option,--fold,FOLD) $(call switch,--partial,PARTIAL)

export KIND FMT FMT_B FMT_Y LATENCY CARRY OFFSET GUARD SUBNORMALS OVERFLOW ROUNDING UNIT OUT TECH
export ACC FUSED ADDER_LATENCY TERMS MSB LSB RESULT GUARD_BITS N ROWS COLS DATAFLOW FOLD PARTIAL
export NETLIST TOP SAIF VCD SCOPE WORKLOAD CLOCK_PS SAIF_OUT SIMULATION_OUT
export SIMULATOR SEED PAIRS WIRE_FF LEVELS M K SEQUENCE WIDTH FORMATS TECHS SIDE TARGET

.PHONY: claims report baseline help venv synth power verilog sim array attention test test-long results bench lint types clean
.DEFAULT_GOAL := help

help: ## list the targets
	@echo "make TARGET [NAME=value ...]"
	@awk -F '## ' '/^[a-z-]+:.*## /{split($$1, t, ":"); printf "  %-10s %s\n", t[1], $$2}' Makefile
	@echo
	@echo "examples"
	@echo "  make synth FMT=e4m3                 gates, area, delay and energy: multipliers, units, arrays"
	@echo "  make synth FMT=bf16 TECH=asap7      the same at 7 nm; TECH also takes a Liberty file"
	@echo "  make verilog KIND=lmul FMT=bf16     build/verilog/lmul_bf16.v"
	@echo "  make verilog KIND=exact FMT=fp16 LATENCY=2 SUBNORMALS=gradual OUT=rtl"
	@echo "  make verilog UNIT=mac KIND=lmul FMT=e4m3 ACC=fixed TERMS=4096"
	@echo "  make verilog UNIT=dot FMT=bf16 ACC=aligned N=8 GUARD_BITS=4"
	@echo "  make verilog UNIT=array FMT=e4m3 ROWS=16 COLS=16 DATAFLOW=ws FOLD=weight PARTIAL=1"
	@echo "  make sim FMT=bf16 WAVES=1           cocotb regression of one format, with a waveform"
	@echo "  make array FMT=e4m3 ROWS=8 COLS=8 DATAFLOW=ws PARTIAL=1    a matrix product, cycles, gates"
	@echo "  make attention FMT=bf16             one attention head through an array"
	@echo "  make claims FORMATS=\"e4m3 bf16\"     the paper's claims beside what these gates say"
	@echo "  make report                         all of it on one page: build/report/index.html"
	@echo "  make test                           everything that is checked in five minutes"
	@echo "  make test-long                      the rest"
	@echo "  make bench                          how fast model, netlists and commands are"

venv: $(STAMP) ## create .venv with everything, tests included

$(STAMP): pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "error: $(PYTHON) is not there; name a Python of 3.11 or newer with PYTHON=" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: $(PYTHON) is older than 3.11; name a newer one with PYTHON=" >&2; exit 1; }
	@echo "creating $(VENV) (once)"
	@rm -f $(STAMP)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,lint]'
	@touch $(STAMP)

synth: $(STAMP) ## FMT=e4m3 [LEVELS=multiplier,mac,dot,array TECH= CLOCK_PS= WORKLOAD=codes.npy WIRE_FF= PAIRS= SEED= OUT=]: synthesise, check, measure, report
	@$(BIN)/python -m lmul_pe.synth.format $(call option,--fmt,FMT) $(call option,--tech,TECH) \
		$(call option,--wire-ff,WIRE_FF) $(call option,--pairs,PAIRS) $(call option,--seed,SEED) \
		$(call option,--levels,LEVELS) $(call option,--clock-ps,CLOCK_PS) \
		$(call option,--workload,WORKLOAD) $(call option,--out,OUT)

power: $(STAMP) ## NETLIST=build/synth/e4m3/lmul_e4m3.v [SAIF= | VCD= REPLAY=1] [SCOPE= TECH= CLOCK_PS= SAIF_OUT= ...]: energy of what was simulated
	@$(BIN)/python -m lmul_pe.synth.power $(call option,--netlist,NETLIST) $(call option,--tech,TECH) \
		$(call option,--top,TOP) $(call option,--saif,SAIF) $(call option,--vcd,VCD) \
		$(call option,--scope,SCOPE) $(call switch,--replay,REPLAY) \
		$(call option,--workload,WORKLOAD) $(call option,--pairs,PAIRS) $(call option,--seed,SEED) \
		$(call switch,--functional,FUNCTIONAL) $(call option,--clock-ps,CLOCK_PS) \
		$(call option,--wire-ff,WIRE_FF) $(call option,--saif-out,SAIF_OUT) \
		$(call option,--simulation-out,SIMULATION_OUT)

verilog: $(STAMP) ## FMT=bf16 [UNIT=mul|mac|dot|array KIND=lmul ACC=fp32|fixed|aligned OUT= ...]: one Verilog file; `python -m lmul_pe.hw.verilog -h` lists all
	@$(BIN)/python -m lmul_pe.hw.verilog $(call option,--unit,UNIT) $(SPECIFICATION) $(call option,--out,OUT)

sim: $(STAMP) ## FMT=bf16 [KIND= SIMULATOR= PAIRS= SEED= WAVES=1]: cocotb regression of one format
	@$(BIN)/python -m lmul_pe.sim.units $(call option,--fmt,FMT) $(call option,--kind,KIND) \
		$(call option,--simulator,SIMULATOR) $(call option,--pairs,PAIRS) \
		$(call option,--seed,SEED) $(call switch,--waves,WAVES)

array: $(STAMP) ## FMT=e4m3 ROWS=8 COLS=8 [DATAFLOW=os|ws KIND= ACC= ADDER_LATENCY= FOLD= PARTIAL=1 M= K= N= SEED= ...]: verify and report one array
	@$(BIN)/python -m lmul_pe.sim.array $(SPECIFICATION) $(call option,--m,M) $(call option,--k,K) \
		$(call option,--seed,SEED) $(call option,--simulator,SIMULATOR)
	@$(BIN)/python -m lmul_pe.synth.array $(filter-out --n "$$N",$(SPECIFICATION)) \
		$(call option,--tech,TECH) $(call option,--wire-ff,WIRE_FF) $(call option,--seed,SEED)

attention: $(STAMP) ## [FMT=e4m3 ROWS=8 COLS=8 SEQUENCE=128 WIDTH=64 SEED=]: one attention head through an array
	@$(BIN)/python -m lmul_pe.sim.attention $(call option,--fmt,FMT) $(call option,--rows,ROWS) \
		$(call option,--cols,COLS) $(call option,--sequence,SEQUENCE) \
		$(call option,--width,WIDTH) $(call option,--seed,SEED) \
		$(call option,--simulator,SIMULATOR)

test: $(STAMP) ## the regression, under five minutes on two cores
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not long"

test-long: $(STAMP) ## what does not fit into five minutes
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m long

results: $(STAMP) ## the tables and picture of the README, over five formats
	@set -e; for format in $(RESULTS); do $(BIN)/python -m lmul_pe.synth.format --fmt $$format; done
	@$(BIN)/python -m lmul_pe.synth.summary $(RESULTS:%=build/synth/%/report.json) \
		--readme README.md --plot docs/results.png

claims: $(STAMP) ## [FORMATS="e4m3 bf16" TECHS="nangate45 asap7 sky130hd" SIDE= TARGET= OUT=]: the paper's claims judged, memory beside arithmetic
	@$(BIN)/python -m lmul_pe.synth.claims $(call option,--formats,FORMATS) $(call option,--techs,TECHS) \
		$(call option,--side,SIDE) $(call option,--target,TARGET) $(call option,--out,OUT)

report: $(STAMP) ## [FORMATS="e4m3 bf16" OUT=]: one HTML page over all formats, build/report/index.html
	@$(BIN)/python -m lmul_pe.synth.site $(call option,--formats,FORMATS) $(call option,--out,OUT)

baseline: $(STAMP) ## [FORMATS="e4m3 bf16" ACCEPT=1]: key figures against docs/baseline.json
	@$(BIN)/python -m lmul_pe.synth.baseline $(call option,--formats,FORMATS) \
		$(call switch,--accept,ACCEPT)

bench: $(STAMP) ## speed of the model, of the netlist evaluation and of the commands
	@$(BIN)/python -m tests.benchmark

lint: $(STAMP) ## style
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .

types: $(STAMP) ## types
	@$(BIN)/python -m mypy

clean: ## remove build/; .venv stays
	@rm -rf build
