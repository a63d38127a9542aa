"""The cocotb tests: each file is a module that a simulator loads."""
