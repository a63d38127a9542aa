"""A plugin of pytest by which commands that a test starts are traced in its name.

The files that ``coverage`` installs read the configuration that ``COVERAGE_PROCESS_START`` names,
as soon as Python starts: the tests' own processes, which are traced already, must not see it.
"""

import os

CONFIGURATION = "COVERAGE_OF_STARTED"
"""What tells the configuration until then."""


def pytest_runtest_setup() -> None:
    os.environ["COVERAGE_PROCESS_START"] = os.environ[CONFIGURATION]
