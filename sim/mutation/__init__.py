"""Faults planted on purpose: which of them do the project's checks find?"""
